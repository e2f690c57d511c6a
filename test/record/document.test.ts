import { describe, expect, it } from '@jest/globals';
import type { DocumentReference, ServiceRequest } from '@medplum/fhirtypes';
import { validate } from '../../src/fhir/validate.ts';
import { translate } from '../../src/mapping/translate.ts';
import type { PersonRecord } from '../../src/record/person.ts';
import { planRows } from '../../src/record/plan.ts';
import { mappingsWith, messageOf, pasFeed } from '../support/mapping.ts';

const mappings = mappingsWith();
const pid = 'PID|1||R0001234^^^RZZ^PI||Ashdown^Amara||19800312|2';
const txa = (number: string, parent = '', availability = '') =>
  `TXA|1|LETTER|TX|20260227||||||||${number}|${parent}||||AU||${availability}`;
const mdm = (event: string, ...rest: Parameters<typeof txa>) => [`MDM^${event}`, pid, txa(...rest)] as const;
const ref = (event: string, rf1: string) => [`REF^${event}`, rf1, pid] as const;

/** The record after messages, one a minute, and every finding of it. */
function after(...messages: readonly (readonly [string, ...string[]])[]) {
  let record: PersonRecord = { id: 1, uid: 'u1', keys: [], rows: [] };
  const findings: string[] = [];
  for (const [minute, [event, ...segments]] of messages.entries()) {
    const translation = translate(mappings, messageOf(event, ...segments), pasFeed);
    if (translation.outcome !== 'used') throw new Error('the message must be used');
    const at = new Date(pasFeed.receivedAt.getTime() + minute * 60_000);
    const plan = planRows(record, translation.resources, { source: 'pas', at, personUid: 'u1' });
    findings.push(...plan.findings.map(({ kind }) => kind));
    const rows = plan.rows.map((row, index) => ({
      ...row,
      id: record.rows.length + index + 1,
      source: 'pas',
    }));
    record = { ...record, rows: [...record.rows, ...rows] };
  }
  const current = (sourceId: string) =>
    record.rows.filter((row) => row.sourceId === sourceId).at(-1)?.resource;
  const document = (sourceId: string): DocumentReference | undefined => {
    const resource = current(sourceId);
    return resource?.resourceType === 'DocumentReference' ? resource : undefined;
  };
  const request = (sourceId: string): ServiceRequest | undefined => {
    const resource = current(sourceId);
    return resource?.resourceType === 'ServiceRequest' ? resource : undefined;
  };
  const faults = record.rows.flatMap(({ resource }) => validate(resource));
  return { document, request, findings, faults };
}

describe('documents in the record', () => {
  it('a replacement supersedes its parent, in whichever order the two come', () => {
    const inOrder = after(mdm('T02', 'D1', '', 'AV'), mdm('T10', 'D2', 'D1', 'AV'));
    expect(inOrder.document('D1')?.status).toBe('superseded');
    expect(inOrder.document('D2')).toMatchObject({
      status: 'current',
      relatesTo: [{ code: 'replaces', target: { identifier: { value: 'D1' } } }],
    });
    const turned = after(mdm('T10', 'D2', 'D1', 'AV'), mdm('T02', 'D1', '', 'AV'));
    expect(turned.document('D1')?.status).toBe('superseded');
    expect(turned.findings).toEqual(['field/document-ended']);
    expect([...inOrder.faults, ...turned.faults]).toEqual([]);
  });

  it('an edit under the same number is the same document, without anything new where nothing changed', () => {
    const edited = after(mdm('T02', 'D1'), mdm('T08', 'D1', '', 'AV'));
    expect(edited.document('D1')?.status).toBe('current');
    expect(edited.findings).toEqual([]);
  });

  it('a cancelled document stays cancelled, and a message that does not mention it changes nothing', () => {
    const cancelled = after(mdm('T02', 'D1', '', 'AV'), mdm('T11', 'D1', '', 'AV'), mdm('T08', 'D1'));
    expect(cancelled.document('D1')?.status).toBe('entered-in-error');
    expect(after(mdm('T11', 'D9')).document('D9')).toMatchObject({ status: 'entered-in-error' });
    expect(cancelled.faults).toEqual([]);
  });

  it('no content of any document is held', () => {
    const [event, ...segments] = mdm('T02', 'D1');
    const held = after([
      event,
      ...segments,
      'OBX|1|TX|LETTER||Words that stay where they are||||||F',
      'NTE|1||Nor these',
    ]);
    expect(JSON.stringify(held.document('D1'))).not.toMatch(/Words|Nor/);
  });
});

describe('referrals in the record', () => {
  it('a change says what changes and leaves the rest, a cancellation revokes', () => {
    const changed = after(
      ref('I12', 'RF1|P||Med|AM||RF1|20260227'),
      ref('I13', 'RF1|A|||||RF1||20270227'),
    ).request('RF1');
    expect(changed).toMatchObject({
      status: 'active',
      occurrencePeriod: { start: '2026-02-27', end: '2027-02-27' },
      code: { coding: [{ code: 'MED' }] },
    });
    const cancelled = after(
      ref('I12', 'RF1|A||Med|||RF1'),
      ref('I14', 'RF1|A|||||RF1'),
      ref('I13', 'RF1||||||RF1'),
    );
    expect(cancelled.request('RF1')?.status).toBe('revoked');
  });

  it('a question where a referral stands changes nothing of where it stands', () => {
    const asked = after(ref('I12', 'RF1|R||Med|||RF1'), ref('I15', 'RF1|P||Med|||RF1'));
    expect(asked.request('RF1')?.status).toBe('revoked');
    expect(after(ref('I15', 'RF1|P|||||RF1')).request('RF1')?.status).toBe('unknown');
  });

  it('what it asks to be done goes with what it is for', () => {
    const deleted = after(ref('I12', 'RF1|A||Med|AM||RF1'), ref('I13', 'RF1|A||""|||RF1'));
    expect(deleted.request('RF1')?.orderDetail).toBeUndefined();
    expect(deleted.faults).toEqual([]);
  });
});
