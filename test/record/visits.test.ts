// Visits that change their number or their person: told again, about visits nobody knows yet, and with a marking.
import { describe, expect, it } from '@jest/globals';
import type { Encounter } from '@medplum/fhirtypes';
import { followVisits, planVisitMove } from '../../src/record/visits.ts';
import type { Finding } from '../../src/errors.ts';
import type { PersonRecord } from '../../src/record/person.ts';

const keyOf = (value: string) => ({ system: 'https://rzz.example/Id/patient', value });
const nobody = (id: number): PersonRecord => ({ id, uid: `u${id}`, keys: [keyOf(`T${id}`)], rows: [] });
const move = (from: number, to: number, visit: string, now = visit) => ({
  source: 'rio',
  from: { person: keyOf(`T${from}`), visit },
  to: { person: keyOf(`T${to}`), visit: now },
  where: 'MRG-5',
});

type Moved = ReturnType<typeof planVisitMove>['left'];
function withRow(record: PersonRecord, moved: Moved): PersonRecord {
  if (moved === undefined) return record;
  const row = { ...moved, id: record.rows.length + 1, source: 'rio', at: new Date('2026-10-01T12:00:00Z') };
  return { ...record, rows: [...record.rows, row] };
}

function stay(visit: string, marking?: string): { sourceId: string; resource: Encounter } {
  const system = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
  const resource: Encounter = {
    resourceType: 'Encounter',
    status: 'in-progress',
    class: { code: 'IMP' },
    ...(marking === undefined ? {} : { meta: { security: [{ system, code: marking }] } }),
  };
  return { sourceId: visit, resource };
}

describe('a visit that moves', () => {
  it('R12 a move to another person of a visit nobody knows yet says nothing new when it is told again', () => {
    const [one, other] = [nobody(1), nobody(2)];
    const after = withRow(one, planVisitMove(one, other, move(1, 2, 'V1')).left);
    expect(after.rows).toHaveLength(1);
    expect(planVisitMove(after, other, move(1, 2, 'V1'))).toEqual({});
  });

  it('R12 a move of it to a third person contradicts the first', () => {
    const [one, other, third] = [nobody(1), nobody(2), nobody(3)];
    const after = withRow(one, planVisitMove(one, other, move(1, 2, 'V1')).left);
    expect(() => planVisitMove(after, third, move(1, 3, 'V1'))).toThrow('contradict');
  });

  it('R12 R18 the marking of a visit goes along, also where the new number has an open one', () => {
    const record = withRow(withRow(nobody(1), stay('V1', 'R')), stay('V2', 'N'));
    const { gained } = planVisitMove(record, record, move(1, 1, 'V1', 'V2'));
    expect(gained?.resource.meta?.security?.map(({ code }) => code)).toEqual(['R', 'N']);
    const unmarked = withRow(withRow(nobody(1), stay('V1', 'R')), stay('V2'));
    const { gained: other } = planVisitMove(unmarked, unmarked, move(1, 1, 'V1', 'V2'));
    expect(other?.resource.meta?.security?.map(({ code }) => code)).toEqual(['R']);
  });

  it('R12 one that nobody knows yet and that comes back is open to what is said of it, under its number and with its person', () => {
    const said = {
      person: keyOf('T1'),
      sourceId: 'V1',
      resource: stay('V1').resource,
      clears: [],
    };
    const followed = (record: PersonRecord) => {
      const findings: Finding[] = [];
      return followVisits([said], record.rows, 'rio', findings).map(({ sourceId }) => sourceId);
    };
    const away = withRow(nobody(1), planVisitMove(nobody(1), nobody(2), move(1, 2, 'V1')).left);
    expect(followed(away)).toEqual([]);
    expect(followed(withRow(away, planVisitMove(nobody(2), away, move(2, 1, 'V1')).gained))).toEqual(['V1']);
    const renumbered = withRow(nobody(1), planVisitMove(nobody(1), nobody(1), move(1, 1, 'V1', 'V2')).left);
    const { left, gained } = planVisitMove(renumbered, renumbered, move(1, 1, 'V2', 'V1'));
    expect(followed(withRow(withRow(renumbered, left), gained))).toEqual(['V1']);
    expect(gained?.resource).toMatchObject({ status: 'unknown', subject: { identifier: keyOf('T1') } });
  });
});
