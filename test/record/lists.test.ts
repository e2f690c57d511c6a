// What has left a list ends, and only that: by the same feed, of the same person, on the same list.
import { describe, expect, it } from '@jest/globals';
import type { Resource } from '@medplum/fhirtypes';
import { planRows } from '../../src/record/plan.ts';
import type { PersonRecord } from '../../src/record/person.ts';
import { translate } from '../../src/mapping/translate.ts';
import { mappingsWith, messageOf, pasFeed } from '../support/mapping.ts';
import { validate } from '../../src/fhir/validate.ts';

const mappings = mappingsWith();
const at = (hour: number): Date => new Date(Date.UTC(2026, 2, 1, hour));
const nobody: PersonRecord = { id: 1, uid: 'u1', keys: [], rows: [] };

/** The record after a message of these segments from a feed. */
function after(record: PersonRecord, hour: number, segments: readonly string[], source = 'pas', pid = 'R1') {
  const translation = translate(mappings, messageOf('ADT^A08', `PID|1||${pid}^^^RZZ`, ...segments), {
    ...pasFeed,
    id: source,
    receivedAt: at(hour),
  });
  if (translation.outcome !== 'used') throw new Error(translation.reason);
  const arrived = { source, at: at(hour), personUid: 'u1' };
  const plan = planRows(record, translation.resources, arrived, translation.lists);
  expect(plan.rows.flatMap(({ resource }) => validate(resource))).toEqual([]);
  const rows = plan.rows.map((row, index) => ({ ...row, source, id: record.rows.length + index + 1 }));
  return { record: { ...record, rows: [...record.rows, ...rows] }, findings: plan.findings };
}

function statusOf({ rows }: PersonRecord, sourceId: string, source = 'pas'): Resource | undefined {
  return rows.findLast((row) => row.sourceId === sourceId && row.source === source)?.resource;
}

const north = 'ZTM|1|T1|CMHT1^North|20260101';
const south = 'ZTM|2|T2|CMHT2^South|20260101';
const plan = 'ZCP|1|P1|MH^Plan|20260101||Find work';

describe('a whole list', () => {
  const both = after(nobody, 9, [north, south, plan]).record;

  it('ends the referral to a team that it leaves out, at its receipt, with a finding', () => {
    const { record, findings } = after(both, 10, [south]);
    expect(statusOf(record, 'T1')).toMatchObject({
      status: 'finished',
      period: { start: '2026-01-01', end: '2026-03-01T10:00:00.000Z' },
    });
    expect(statusOf(record, 'T2')).toMatchObject({ status: 'active' });
    expect(findings.map(({ kind, where }) => `${kind} ${where}`)).toEqual(['field/left-the-list ZTM']);
  });

  it('ends a care plan likewise, and says nothing of another list', () => {
    const { record } = after(both, 10, ['ZCP|1|P2|MH^Plan|20260201||Sleep better']);
    expect(statusOf(record, 'P1')).toMatchObject({ status: 'completed' });
    expect(statusOf(record, 'T1')).toMatchObject({ status: 'active' });
  });

  it('ends nothing where the message has none of its segments', () => {
    const { record, findings } = after(both, 10, []);
    expect(record.rows).toEqual(both.rows);
    expect(findings).toEqual([]);
  });

  it('what left it stands again when it is mentioned again', () => {
    const without = after(both, 10, [south, 'ZCP|1|P2|MH^Plan|20260201||Sleep']).record;
    const { record, findings } = after(without, 11, [north, south, plan]);
    expect(statusOf(record, 'T1')).toEqual(statusOf(both, 'T1'));
    expect(statusOf(record, 'P1')).toEqual(statusOf(both, 'P1'));
    expect(findings.map(({ where }) => where)).toEqual(['ZCP']);
  });

  it('an end that was stated is no leaving of the list, and stays', () => {
    const ended = after(both, 10, [`${north}|20260228`, south]).record;
    const later = after(ended, 11, [south]);
    expect(statusOf(later.record, 'T1')).toEqual(statusOf(ended, 'T1'));
    expect(later.findings).toEqual([]);
  });

  it('speaks of its own feed and its own person only', () => {
    const other = after(both, 10, [south], 'crisis-system').record;
    expect(statusOf(other, 'T1')).toMatchObject({ status: 'active' });
    const mergedIn = after(both, 10, ['ZTM|1|T9|CMHT1^North|20260101'], 'pas', 'R2').record;
    expect(statusOf(mergedIn, 'T1')).toMatchObject({ status: 'active' });
  });

  it('seen twice, ends once', () => {
    const once = after(both, 10, [south]).record;
    expect(after(once, 11, [south]).record.rows).toEqual(once.rows);
  });

  it('what leaves it before it has begun never was: it has no end before its start, and ends nobody’s care', () => {
    const coming = 'ZTM|2|T2|CMHT2^South|20260401';
    const later = 'ZCP|1|P1|MH^Plan|20260401||Find work';
    const record = after(nobody, 9, [north, coming, later]).record;
    const without = after(record, 10, [north, 'ZCP|1|P2|MH^Plan|20260201||Sleep']).record;
    expect(statusOf(without, 'T2')).toMatchObject({ status: 'cancelled', period: { start: '2026-04-01' } });
    expect(statusOf(without, 'T2')).not.toHaveProperty('period.end');
    expect(statusOf(without, 'P1')).toMatchObject({ status: 'revoked', period: { start: '2026-04-01' } });
    const back = after(without, 11, [north, coming]).record;
    expect(statusOf(back, 'T2')).toEqual(statusOf(record, 'T2'));
  });

  it('an end that was stated in advance stays the end once it has come', () => {
    const announced = after(nobody, 9, [`${north}|20260301113000`, south]).record;
    expect(statusOf(announced, 'T1')).toMatchObject({ status: 'active' });
    const without = after(announced, 15, [south]).record;
    expect(statusOf(without, 'T1')).toMatchObject({
      status: 'finished',
      period: { end: '2026-03-01T11:30:00+00:00' },
    });
  });
});
