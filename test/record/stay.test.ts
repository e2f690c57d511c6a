import { describe, expect, it } from '@jest/globals';
import { validate } from '../../src/fhir/validate.ts';
import { emptyRecord, pv1 } from '../support/received.ts';

/** `A01`, or `A05 P`: an event with the patient class that its PV1 holds. */
function after(...events: readonly string[]) {
  const held = emptyRecord();
  const findings = events.flatMap((text) => {
    const [event = '', of = 'I'] = text.split(' ');
    const to = event === 'A03' ? '20260320' : '';
    return held.receive(`ADT^${event}`, pv1({ of, to })).findings.map(({ kind }) => kind);
  });
  const stay = held.current('Encounter');
  expect(stay === undefined ? [] : validate(stay)).toEqual([]);
  return { status: stay?.status, of: stay?.class.code, end: stay?.period?.end, findings, held };
}

describe('what an event makes of a stay', () => {
  it.each([
    [['A01'], 'in-progress', 'IMP'],
    [['A04 O'], 'in-progress', 'AMB'],
    [['A05 P'], 'planned', 'PRENC'],
    [['A05 I'], 'planned', 'IMP'],
    [['A14 I'], 'planned', 'IMP'],
    [['A05 P', 'A01'], 'in-progress', 'IMP'],
    [['A05 P', 'A38 P'], 'cancelled', 'PRENC'],
    [['A14 I', 'A27 I'], 'cancelled', 'IMP'],
    [['A01', 'A02'], 'in-progress', 'IMP'],
    [['A01', 'A02', 'A12'], 'in-progress', 'IMP'],
    [['A01', 'A03'], 'finished', 'IMP'],
    [['A01', 'A11'], 'cancelled', 'IMP'],
    [['A01', 'A11', 'A01'], 'in-progress', 'IMP'],
    [['A01', 'A21'], 'onleave', 'IMP'],
    [['A01', 'A21', 'A22'], 'in-progress', 'IMP'],
    [['A01', 'A21', 'A52'], 'in-progress', 'IMP'],
    [['A01', 'A21', 'A22', 'A53'], 'onleave', 'IMP'],
    [['A04 O', 'A06 O'], 'in-progress', 'IMP'],
    [['A01', 'A07 I'], 'in-progress', 'AMB'],
  ])('%j is %s, %s', (events, status, of) => {
    expect(after(...events)).toMatchObject({ status, of });
  });

  it.each(['A15', 'A16', 'A25', 'A26', 'A12'])(
    'a pending or cancelled movement (%s) changes no status',
    (event) => {
      for (const before of [['A01'], ['A01', 'A21'], ['A05 I'], ['A01', 'A11'], ['A01', 'A03']]) {
        expect(after(...before, event).status).toBe(after(...before).status);
      }
    },
  );

  it.each(['A11', 'A12', 'A25', 'A26', 'A27', 'A38'])(
    'a cancel (%s) of a stay that nobody told us of opens none',
    (event) => {
      expect(['cancelled', 'unknown']).toContain(after(event).status);
    },
  );

  it('an expected discharge (A16) is no end, also once its day has come', () => {
    const { held } = after('A01');
    held.receive('ADT^A16', pv1({ to: '20260401' }));
    expect(held.current('Encounter')).toMatchObject({
      status: 'in-progress',
      period: { start: '2026-03-01' },
    });
    expect(held.current('Encounter')?.period).not.toHaveProperty('end');
  });
});

describe('a discharge that is cancelled (A13)', () => {
  it('takes the end away, also where PV1-45 still repeats it', () => {
    expect(after('A01', 'A03')).toMatchObject({ status: 'finished', end: '2026-03-20' });
    expect(after('A01', 'A03', 'A13')).toMatchObject({ status: 'in-progress', end: undefined, findings: [] });
    const { held } = after('A01', 'A03');
    held.receive('ADT^A13', pv1({ to: '20260320' }));
    expect(held.current('Encounter')).toMatchObject({
      status: 'in-progress',
      period: { start: '2026-03-01' },
    });
    expect(held.current('Encounter')?.period).not.toHaveProperty('end');
  });

  it('is the only event that does: leave, return, transfer and update of an ended stay leave it ended, and say so', () => {
    for (const late of ['A08', 'A02', 'A21', 'A22', 'A52', 'A53', 'A06 O', 'A07', 'A01']) {
      const ended = after('A01', 'A03', late);
      expect([late, ended.status, ended.end]).toEqual([late, 'finished', '2026-03-20']);
      expect(ended.findings).toEqual(['field/end-not-deleted']);
    }
  });

  it('of a stay that we never saw says that somebody is there', () => {
    expect(after('A13').status).toBe('in-progress');
  });
});

describe('what an update only implies', () => {
  it.each([
    ['leave', ['A01', 'A21', 'A08'], 'onleave', []],
    ['a cancellation', ['A01', 'A11', 'A08'], 'cancelled', ['field/stay-cancelled']],
    ['what is planned', ['A05 I', 'A08 I'], 'planned', []],
    ['a discharge', ['A01', 'A03', 'A08'], 'finished', ['field/end-not-deleted']],
  ])('the patient class of an A08 takes no %s back', (_, events, status, findings) => {
    expect(after(...events)).toMatchObject({ status, findings });
  });

  it('an A08 of a stay that is new to us tells by its class how far it has come', () => {
    expect(after('A08').status).toBe('in-progress');
    expect(after('A08 P').status).toBe('planned');
    expect(after('A12', 'A08').status).toBe('in-progress');
  });

  it('an A08 with the class of those who are there tells of an admission that was missed', () => {
    expect(after('A05 P', 'A08 I')).toMatchObject({ status: 'in-progress', of: 'IMP' });
  });

  it.each(['A05 P', 'A14 P', 'A27 P', 'A38 P', 'A08 P'])(
    '%s, when the stay has begun or ended, leaves its status, class and times',
    (late) => {
      for (const before of [['A01'], ['A01', 'A21'], ['A01', 'A03']]) {
        const { status, of, end } = after(...before);
        expect(after(...before, late)).toMatchObject({ status, of, end, findings: ['field/stay-has-begun'] });
      }
    },
  );
});

describe('the same event again', () => {
  it.each([
    [['A01']], [['A05 P']], [['A01', 'A11']], [['A01', 'A03']], [['A01', 'A03', 'A13']], [['A01', 'A21']],
    [['A01', 'A21', 'A22']], [['A01', 'A07']], [['A05 P', 'A38 P']], [['A12']], [['A16']],
  ])('R52 %j, its last one repeated, adds no row', (events) => {
    const { held, status } = after(...events);
    const [event = '', of = 'I'] = (events.at(-1) ?? '').split(' ');
    const again = held.receive(`ADT^${event}`, pv1({ of, to: event === 'A03' ? '20260320' : '' }));
    expect(again.rows).toEqual([]);
    expect(held.current('Encounter')?.status).toBe(status);
  }); // prettier-ignore
});
