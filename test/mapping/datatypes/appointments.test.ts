// SCH-11, TQ1 and the times of AIS, AIG, AIL and AIP: when an appointment is (v2-to-FHIR guide, TQ[Appointment]).
import { describe, expect, it } from '@jest/globals';
import { converted } from '../../support/conversion.ts';

const asked = { codes: 'duration-units' };
const at = '2026-03-10T10:00:00+00:00';

/** SCH-11.4 and SCH-11.5 (written here as `start^end`), SCH-9, SCH-10, TQ1-7, TQ1-8, then start, duration and unit of AIS. */
function times(timing: string, ...others: readonly string[]) {
  const [from = '', to = ''] = timing.split('^');
  const fields = [from, to, ...others];
  const start = converted('appointment-start', fields, asked);
  const end = converted('appointment-end', fields, asked);
  return [start.value, end.value, end.findings];
}

describe('appointment-start and appointment-end', () => {
  it.each([
    ['an end', ['20260310100000^20260310101500', '60', 'min'], [at, '2026-03-10T10:15:00+00:00', []]],
    ['a duration', ['20260310100000', '90', 'min'], [at, '2026-03-10T11:30:00+00:00', []]],
    ['half an hour', ['20260310100000', '0.5', 'h'], [at, '2026-03-10T10:30:00+00:00', []]],
    ['over midnight', ['20260310230000', '2', 'HR'], ['2026-03-10T23:00:00+00:00', '2026-03-11T01:00:00+00:00', []]],
    ['an offset that was sent', ['20260310100000-0330', '60', 'min'],
      ['2026-03-10T10:00:00-03:30', '2026-03-10T11:00:00-03:30', []]],
    ['summer', ['20260710100000', '60', 'min'], ['2026-07-10T10:00:00+01:00', '2026-07-10T11:00:00+01:00', []]],
    ['TQ1', ['', '30', 'min', '20260310100000', ''], [at, '2026-03-10T10:30:00+00:00', []]],
    ['what is booked', ['', '30', 'min', '', '', '20260310100000', '45', 'min'], [at, '2026-03-10T10:45:00+00:00', []]],
    ['what is booked, without its own length', ['', '30', 'min', '', '', '20260310100000', '', ''],
      [at, '2026-03-10T10:30:00+00:00', []]],
    ['SCH-11 before all others', ['20260310100000^20260310101500', '', '', '20260311', '', '20260312100000', '', ''],
      [at, '2026-03-10T10:15:00+00:00', []]],
    ['nothing', ['', '60', 'min'], [undefined, undefined, []]],
    ['a deletion, which no appointment can do without', ['""', '60', 'min'], [undefined, undefined, []]],
  ])('%s', (_, [timing = '', ...others], expected) => {
    expect(times(timing, ...others)).toEqual(expected);
  }); // prettier-ignore

  it.each([
    ['no length', ['20260310100000'], 'field/unknown-length'],
    ['a length without a unit', ['20260310100000', '60', ''], 'field/unknown-length'],
    ['a unit that no table knows', ['20260310100000', '60', 'moon'], 'code/unknown-duration-units'],
    ['a length in words', ['20260310100000', 'an hour', 'min'], 'type/number'],
    ['a length of centuries', ['20260310100000', '99999999999999999999', 'd'], 'type/number'],
    ['an end before the start', ['20260310100000^20260310090000'], 'field/contradiction'],
  ])('%s ends as it starts, and says why', (_, [timing = '', ...others], kind) => {
    const [start, end, findings] = times(timing, ...others);
    expect([start, end]).toEqual([at, at]);
    expect(JSON.stringify(findings)).toContain(kind);
  });

  it('a time that cannot be read is told, and the next one is taken', () => {
    const [start, , findings] = times('20261310', '', '', '20260310100000', '20260310110000');
    expect(start).toBe(at);
    expect(JSON.stringify(findings)).toContain('type/timestamp');
  });
});
