import { describe, expect, it } from '@jest/globals';
import { validate } from '../../src/fhir/validate.ts';
import { emptyRecord } from '../support/received.ts';

const ten = '^^^20260410100000^20260410110000';
const eleven = '^^^20260410110000^20260410120000';

/** An SCH of appointment F1: when, and SCH-25 where it is stated. */
function sch(when = ten, status = ''): string {
  const fields = new Array<string>(25).fill('');
  fields[1] = 'F1';
  fields[10] = when;
  fields[24] = status;
  return `SCH|${fields.join('|')}`;
}

function after(...messages: readonly (readonly [event: string, sch: string])[]) {
  const held = emptyRecord();
  const findings = messages.flatMap(([event, text]) =>
    held.receive(`SIU^${event}`, text).findings.map(({ kind }) => kind),
  );
  const appointment = held.current('Appointment');
  expect(appointment === undefined ? [] : validate(appointment)).toEqual([]);
  return { status: appointment?.status, start: appointment?.start, findings, held };
}

describe('what an event makes of an appointment', () => {
  it.each([
    ['S12', '', 'booked'],
    ['S12', 'Pending', 'pending'],
    ['S14', '', 'booked'],
    ['S15', '', 'cancelled'],
    ['S15', 'Booked', 'cancelled'],
    ['S16', 'Discontinued', 'cancelled'],
    ['S26', '', 'noshow'],
    ['S14', 'Complete', 'fulfilled'],
    ['S14', 'Started', 'checked-in'],
  ])('%s with SCH-25 "%s" is %s', (event, stated, status) => {
    expect(after([event, sch(ten, stated)]).status).toBe(status);
  });

  it('one that the EPR deletes (S17) is none any more', () => {
    expect(after(['S12', sch()], ['S17', sch()]).status).toBeUndefined();
  });

  it('nobody is taken to have come because the time has passed', () => {
    const past = '^^^20200110100000^20200110110000';
    expect(after(['S12', sch(past)], ['S14', sch(past)]).status).toBe('booked');
  });
});

describe('late and repeated messages', () => {
  it.each(['S15', 'S26'])('an update without a status leaves what became of it (%s)', (event) => {
    const { status } = after([event, sch()]);
    expect(after(['S12', sch()], [event, sch()], ['S14', sch()]).status).toBe(status);
    expect(after(['S12', sch()], [event, sch()], ['S12', sch()]).status).toBe(status);
  });

  it('another time is another meeting, and a stated status is taken', () => {
    expect(after(['S12', sch()], ['S15', sch()], ['S13', sch(eleven)])).toMatchObject({
      status: 'booked',
      start: '2026-04-10T11:00:00+01:00',
    });
    expect(after(['S12', sch()], ['S26', sch()], ['S14', sch(ten, 'Complete')]).status).toBe('fulfilled');
  });

  it('R52 the same message again adds no row', () => {
    for (const event of ['S12', 'S13', 'S15', 'S17', 'S26']) {
      const { held } = after(['S12', sch()], [event, sch()]);
      expect(held.receive(`SIU^${event}`, sch()).rows).toEqual([]);
    }
  });
});

describe('what FHIR requires', () => {
  it('who takes part stays where a cancellation names nobody but the person', () => {
    const held = emptyRecord();
    held.receive('SIU^S12', sch(), 'RGS|1', 'AIP|1||C1234^Patel^Asha^^^Dr^^^RZZ');
    held.receive('SIU^S15', sch());
    expect(held.current('Appointment')).toMatchObject({
      status: 'cancelled',
      participant: [{ actor: { type: 'Patient' } }, { actor: { identifier: { value: 'C1234' } } }],
    });
  });

  it('the person takes part where a message names nobody else', () => {
    expect(after(['S12', sch()]).held.current('Appointment')?.participant).toEqual([
      {
        actor: { type: 'Patient', identifier: { system: 'https://rzz.example/Id/patient', value: 'R1' } },
        status: 'needs-action',
      },
    ]);
  });

  it('without a time there is none, save a cancelled one; a time that is known stays', () => {
    expect(after(['S12', sch('')])).toMatchObject({ status: undefined, findings: ['field/missing-time'] });
    expect(after(['S15', sch('')]).status).toBe('cancelled');
    expect(after(['S12', sch()], ['S26', sch('')])).toMatchObject({
      status: 'noshow',
      start: '2026-04-10T10:00:00+01:00',
    });
  });
});
