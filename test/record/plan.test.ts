import { describe, expect, it } from '@jest/globals';
import type { Resource } from '@medplum/fhirtypes';
import type { CanonicalResource } from '../../src/fhir/canonical.ts';
import { systems } from '../../src/fhir/systems.ts';
import { withElements } from '../../src/record/merge.ts';
import { currentRows } from '../../src/record/person.ts';
import type { PersonRecord } from '../../src/record/person.ts';
import { planRows } from '../../src/record/plan.ts';
import type { Plan } from '../../src/record/plan.ts';

const key = { system: 'https://rzz.example/Id/patient', value: 'R1' };
const uid = '00000000-0000-4000-8000-000000000001';

function incoming(resource: Resource, sourceId: string, clears: readonly string[] = []): CanonicalResource {
  return { person: key, sourceId, resource, clears };
}

/** A record that grows as planned rows are appended, as the store does it. */
function recordOf(): {
  record: () => PersonRecord;
  arrive: (day: string, items: readonly CanonicalResource[], source?: string) => Plan;
} {
  let record: PersonRecord = { id: 1, uid, keys: [key], rows: [] };
  let next = 1;
  return {
    record: () => record,
    arrive: (day, items, source = 'pas') => {
      const plan = planRows(record, items, { source, at: new Date(`${day}T12:00:00Z`), personUid: uid });
      const rows = [...record.rows, ...plan.rows.map((row) => ({ ...row, id: next++, source }))];
      rows.sort((one, other) => one.at.getTime() - other.at.getTime() || one.id - other.id);
      record = { ...record, rows };
      return plan;
    },
  };
}

function wish(value: string, date?: string, status: 'final' | 'corrected' | 'entered-in-error' = 'final') {
  return incoming(
    {
      resourceType: 'Observation',
      status,
      code: { coding: [{ system: systems.question, code: 'wants-work' }] },
      valueCodeableConcept: { coding: [{ system: systems.wantsWork, code: value }] },
      ...(date === undefined ? {} : { effectiveDateTime: date }),
    },
    `wants-work/${value}/${date?.replaceAll('-', '') ?? 'undated'}`,
  );
}

function status(code: string, date?: string, state: 'final' | 'corrected' | 'entered-in-error' = 'final') {
  return incoming(
    {
      resourceType: 'Observation',
      status: state,
      code: { coding: [{ system: systems.snomed, code: '224362002' }] },
      valueCodeableConcept: { coding: [{ system: systems.employmentStatus, code }] },
      ...(date === undefined ? {} : { effectiveDateTime: date }),
    },
    'employment-status',
  );
}

function stay(
  state: 'in-progress' | 'finished',
  period: { start?: string; end?: string },
  clears: string[] = [],
) {
  return incoming({ resourceType: 'Encounter', status: state, class: { code: 'IMP' }, period }, 'V1', clears);
}

describe('elements over what the record holds', () => {
  it('absent keeps, a value sets, clears deletes, a list is replaced whole', () => {
    const { record, arrive } = recordOf();
    const patient = (resource: Partial<Resource>, clears: string[] = []): CanonicalResource =>
      incoming({ ...resource, resourceType: 'Patient' } as Resource, 'R1', clears);
    arrive('2026-03-01', [
      patient({
        gender: 'female',
        birthDate: '1980',
        name: [{ family: 'Ashdown' }, { family: 'Old' }],
      }),
    ]);
    arrive('2026-03-02', [patient({ name: [{ family: 'Juniper' }] }, ['gender'])]);
    expect(currentRows(record(), 'Patient')[0]?.resource).toEqual({
      resourceType: 'Patient',
      birthDate: '1980',
      name: [{ family: 'Juniper' }],
    });
  });

  it('a date of death takes the place of "not dead", and a deleted death of either', () => {
    const { record, arrive } = recordOf();
    arrive('2026-03-01', [incoming({ resourceType: 'Patient', deceasedBoolean: false }, 'R1')]);
    arrive('2026-03-02', [incoming({ resourceType: 'Patient', deceasedDateTime: '2026-03-01' }, 'R1')]);
    expect(currentRows(record(), 'Patient')[0]?.resource).toEqual({
      resourceType: 'Patient',
      deceasedDateTime: '2026-03-01',
    });
    arrive('2026-03-03', [incoming({ resourceType: 'Patient' }, 'R1', ['deceased[x]'])]);
    expect(currentRows(record(), 'Patient')[0]?.resource).toEqual({ resourceType: 'Patient' });
  });

  it('R52 the same message again adds no row', () => {
    const { arrive } = recordOf();
    const items = [
      status('02'),
      wish('paid-job', '2026-02-01'),
      stay('in-progress', { start: '2026-02-01' }),
    ];
    expect(arrive('2026-03-01', items).rows).toHaveLength(3);
    for (let day = 10; day < 30; day += 1) expect(arrive(`2026-03-${day}`, items).rows).toEqual([]);
  });

  it('a replayed older message gets a row at its own time and later rows stand', () => {
    const { record, arrive } = recordOf();
    arrive('2026-03-05', [status('01', '2026-03-05')]);
    arrive('2026-03-01', [status('02', '2026-03-01')]);
    const value = (at?: string): string | undefined =>
      currentRows(record(), 'Observation', at === undefined ? undefined : new Date(at))[0]?.resource
        .valueCodeableConcept?.coding?.[0]?.code;
    expect([value(), value('2026-03-02')]).toEqual(['01', '02']);
  });

  it('each source keeps its own version', () => {
    const { record, arrive } = recordOf();
    arrive('2026-03-01', [incoming({ resourceType: 'Patient', gender: 'female' }, 'R1')], 'pas');
    arrive('2026-03-02', [incoming({ resourceType: 'Patient', birthDate: '1980' }, 'R1')], 'rio');
    expect(currentRows(record(), 'Patient').map((row) => [row.source, row.resource])).toEqual([
      ['pas', { resourceType: 'Patient', gender: 'female' }],
      ['rio', { resourceType: 'Patient', birthDate: '1980' }],
    ]);
  });
});

describe('stays and referrals', () => {
  it('an update without an end does not reopen what was finished, and says so', () => {
    const { record, arrive } = recordOf();
    arrive('2026-03-01', [stay('in-progress', { start: '2026-03-01' })]);
    arrive('2026-03-05', [stay('finished', { end: '2026-03-05' })]);
    const plan = arrive('2026-03-06', [stay('in-progress', { start: '2026-03-01' })]);
    expect(plan.rows).toEqual([]);
    expect(plan.findings.map((finding) => finding.kind)).toEqual(['field/end-not-deleted']);
    expect(currentRows(record(), 'Encounter')[0]?.resource).toMatchObject({
      status: 'finished',
      period: { start: '2026-03-01', end: '2026-03-05' },
    });
  });

  it('a deleted end reopens it, and so does a start after the end', () => {
    const { record, arrive } = recordOf();
    arrive('2026-03-05', [stay('finished', { start: '2026-03-01', end: '2026-03-05' })]);
    arrive('2026-03-06', [stay('in-progress', { start: '2026-03-01' }, ['period.end'])]);
    expect(currentRows(record(), 'Encounter')[0]?.resource).toMatchObject({
      status: 'in-progress',
      period: { start: '2026-03-01' },
    });
    arrive('2026-03-08', [stay('finished', { end: '2026-03-08' })]);
    arrive('2026-03-20', [stay('in-progress', { start: '2026-03-19' })]);
    expect(currentRows(record(), 'Encounter')[0]?.resource).toMatchObject({
      status: 'in-progress',
      period: { start: '2026-03-19' },
    });
  });

  it('a role that begins after its old end has no end any more; one that is only repeated keeps it', () => {
    const { record, arrive } = recordOf();
    const role = (period: object) =>
      incoming({ resourceType: 'PractitionerRole', active: true, period }, 'care-coordinator/C1234');
    arrive('2026-03-01', [role({ start: '2025-03-01', end: '2026-02-01' })]);
    expect(arrive('2026-03-02', [role({ start: '2025-03-01' })]).rows).toEqual([]);
    arrive('2026-03-09', [role({ start: '2026-03-08' })]);
    expect(currentRows(record(), 'PractitionerRole')[0]?.resource.period).toEqual({ start: '2026-03-08' });
  });

  it('an Encounter whose class and status nobody stated says that they are unknown', () => {
    const { arrive } = recordOf();
    const bare = JSON.parse('{"resourceType":"Encounter"}') as Resource;
    expect(arrive('2026-03-01', [incoming(bare, 'V1')]).rows[0]?.resource).toMatchObject({
      status: 'unknown',
      class: { code: 'UNK' },
    });
  });
});

describe('statements', () => {
  it('R52 the same status without a date does not move; another value does not inherit a date', () => {
    const { record, arrive } = recordOf();
    arrive('2026-03-01', [status('02', '2026-02-01')]);
    expect(arrive('2026-03-02', [status('02')]).rows).toEqual([]);
    arrive('2026-03-03', [status('01')]);
    expect(currentRows(record(), 'Observation')[0]?.resource).not.toHaveProperty('effectiveDateTime');
  });

  it('an empty status says nothing, not even a new date; a deleted one takes it away', () => {
    const { record, arrive } = recordOf();
    const { resource, sourceId } = status('02', '2026-03-02');
    const empty = withElements(resource, { valueCodeableConcept: undefined });
    expect(arrive('2026-02-01', [incoming(empty, sourceId)]).rows).toEqual([]);
    arrive('2026-03-01', [status('02', '2026-02-01')]);
    expect(arrive('2026-03-02', [incoming(empty, sourceId)]).rows).toEqual([]);
    const deleted = incoming(empty, sourceId, ['valueCodeableConcept']);
    expect(arrive('2026-03-03', [deleted]).rows).toHaveLength(1);
    expect(currentRows(record(), 'Observation')).toEqual([]);
    expect(arrive('2026-03-04', [deleted]).rows).toEqual([]);
  });

  it('of a history of statuses in one message the latest date stands, whatever the order', () => {
    const { arrive } = recordOf();
    const plan = arrive('2026-03-01', [status('02', '2026-02-01'), status('01', '2020-01-01'), status('03')]);
    expect(plan.rows).toHaveLength(1);
    expect(plan.rows[0]?.resource).toMatchObject({ effectiveDateTime: '2026-02-01' });
    expect(plan.findings.map((finding) => finding.kind)).toEqual([
      'field/several-values',
      'field/several-values',
    ]);
  });

  it('a withdrawal takes the statement that it speaks of, and no other', () => {
    const { record, arrive } = recordOf();
    arrive('2026-03-01', [status('02', '2026-02-01')]);
    const older = arrive('2026-03-02', [status('01', '2020-01-01', 'entered-in-error')]);
    expect([older.rows, older.findings.map((finding) => finding.kind)]).toEqual([
      [],
      ['field/withdraws-nothing'],
    ]);
    expect(currentRows(record(), 'Observation')).toHaveLength(1);
    arrive('2026-03-03', [status('02', '2026-02-01', 'entered-in-error')]);
    expect(currentRows(record(), 'Observation')).toEqual([]);
  });

  it('a corrected answer takes the place of the one recorded on the same date', () => {
    const { record, arrive } = recordOf();
    arrive('2026-03-01', [wish('paid-job', '2026-02-01'), wish('unsure', '2025-02-01')]);
    arrive('2026-03-02', [wish('no', '2026-02-01', 'corrected')]);
    expect(currentRows(record(), 'Observation').map((row) => row.sourceId)).toEqual([
      'wants-work/unsure/20250201',
      'wants-work/no/20260201',
    ]);
    expect(arrive('2026-03-03', [wish('no', '2026-02-01')]).rows).toEqual([]);
  });
});

describe('wishes', () => {
  const idOf = (plan: Plan): string | undefined => {
    const resource = plan.rows[0]?.resource;
    return resource?.resourceType === 'Observation' ? resource.identifier?.[0]?.value : undefined;
  };

  it('a wish gets one identity, whichever feed tells it and however precisely', () => {
    const { arrive } = recordOf();
    const first = idOf(arrive('2026-03-01', [wish('paid-job', '2026-02-01')], 'pas'));
    expect(first).toMatch(/^urn:uuid:[0-9a-f-]{36}$/);
    expect(idOf(arrive('2026-03-02', [wish('paid-job', '2026-02-01T10:30:00+00:00')], 'rio'))).toBe(first);
    expect(idOf(arrive('2026-03-03', [wish('paid-job', '2026-03-02')], 'pas'))).not.toBe(first);
  });

  it('a wish keeps the identity it got before its person was merged', () => {
    const before = recordOf();
    const id = idOf(before.arrive('2026-03-01', [wish('paid-job', '2026-02-01')]));
    const merged: PersonRecord = { ...before.record(), id: 2, uid: 'another' };
    const plan = planRows(merged, [wish('paid-job', '2026-02-01')], {
      source: 'rio',
      at: new Date('2026-03-02T12:00:00Z'),
      personUid: 'another',
    });
    expect(idOf(plan)).toBe(id);
  });

  describe('without a date', () => {
    const kinds = (plan: Plan): string[] => plan.findings.map(({ kind }) => kind);

    it('that comes back after a decline adds no row, and a finding says that it is no new wish', () => {
      const { arrive } = recordOf();
      arrive('2026-03-01', [wish('paid-job')]);
      expect(kinds(arrive('2026-03-02', [wish('paid-job')]))).toEqual([]);
      arrive('2026-03-05', [wish('no')], 'rio');
      const plan = arrive('2026-03-09', [wish('paid-job')]);
      expect(plan.rows).toEqual([]);
      expect(plan.findings).toEqual([
        {
          kind: 'field/undated-answer',
          where: 'Observation/wants-work',
          message: expect.stringContaining('not taken as a new wish'),
        },
      ]);
      expect(kinds(arrive('2026-03-10', [wish('unsure')]))).toEqual([]);
    });

    it.each([
      ['the decline was recorded before it', [wish('no', '2026-02-01')]],
      ['the decline was entered in error', [wish('no'), wish('no', undefined, 'entered-in-error')]],
      ['nobody declined', [wish('unsure')]],
    ])('is nothing to remark on where %s', (_, between) => {
      const { arrive } = recordOf();
      arrive('2026-03-01', [wish('paid-job')]);
      for (const item of between) arrive('2026-03-05', [item]);
      expect(kinds(arrive('2026-03-09', [wish('paid-job')]))).toEqual([]);
    });

    it('is nothing to remark on in a message that tells the decline as well, or as the decline itself', () => {
      const { arrive } = recordOf();
      arrive('2026-03-01', [wish('paid-job')]);
      arrive('2026-03-05', [wish('paid-job'), wish('no')]);
      expect(kinds(arrive('2026-03-09', [wish('paid-job'), wish('no')]))).toEqual([]);
      expect(kinds(arrive('2026-03-10', [wish('no')]))).toEqual([]);
    });
  });

  it('two times on one day are two wishes', () => {
    const { arrive } = recordOf();
    const first = idOf(arrive('2026-03-01', [wish('paid-job', '2026-02-01T10:00:00+00:00')]));
    expect(idOf(arrive('2026-03-01', [wish('paid-job', '2026-02-01T12:00:00+00:00')]))).not.toBe(first);
  });
});
