// HL7v2 timestamps to FHIR and back, and comparisons of partial FHIR dates.
import { describe, expect, it } from '@jest/globals';
import { BridgeError } from '../src/errors.ts';
import {
  addMonths,
  before,
  earliestInstant,
  fromHl7Time,
  latestInstant,
  localDate,
  toHl7Time,
} from '../src/time.ts';
import { isTimeZone } from '../src/zone.ts';

const london = 'Europe/London';

describe('fromHl7Time', () => {
  it.each([
    ['1980', '1980'],
    ['198003', '1980-03'],
    ['19800312', '1980-03-12'],
    ['20240229', '2024-02-29'],
    ['2026072510', '2026-07-25T10:00:00+01:00'],
    ['202601251030', '2026-01-25T10:30:00+00:00'],
    ['20260725103015', '2026-07-25T10:30:15+01:00'],
    ['20260725103015.12', '2026-07-25T10:30:15.12+01:00'],
    ['198908181126+0215', '1989-08-18T11:26:00+02:15'],
    ['20260725103015.1234-0000', '2026-07-25T10:30:15.1234+00:00'],
    ['19800312+0100', '1980-03-12'],
    ['19700101120000', '1970-01-01T12:00:00+01:00'],
  ])('R9 keeps the precision and the offset of %s', (text, fhir) => {
    expect(fromHl7Time(text, london)).toEqual({ fhir });
  });

  it.each([
    '', '19800', '198013', '19801301', '20260231', '20250229', '2026022', 'ABCD', '20260101AB', '2026-01-01',
    '2026010124', '202601012360', '20260101235960', '20260101120000.', '20260101120000.12345', '20260101120000Z',
    '20260101120000+1500', '20260101120000+0160', '20260101120000+00', '00010101', '0000', ' 1980', '1980 ',
  ])('R9 refuses "%s" without repeating it', (text) => {
    const attempt = (): unknown => fromHl7Time(text, london);
    expect(attempt).toThrow(BridgeError);
    expect(attempt).toThrow(expect.objectContaining({ kind: 'type/timestamp' }));
    if (text.length > 4) expect(attempt).not.toThrow(text);
  }); // prettier-ignore

  it('says that an hour of the October night happened twice, and takes the earlier', () => {
    expect(fromHl7Time('20261025013000', london)).toEqual({
      fhir: '2026-10-25T01:30:00+01:00',
      doubtful: 'repeated-hour',
    });
    expect(fromHl7Time('20261025005959', london)).toEqual({ fhir: '2026-10-25T00:59:59+01:00' });
    expect(fromHl7Time('20261025020000', london)).toEqual({ fhir: '2026-10-25T02:00:00+00:00' });
    expect(fromHl7Time('20261025013000+0000', london)).toEqual({ fhir: '2026-10-25T01:30:00+00:00' });
  });

  it('says that an hour of the March night never happened', () => {
    expect(fromHl7Time('20260329013000', london)).toEqual({
      fhir: '2026-03-29T01:30:00+00:00',
      doubtful: 'skipped-hour',
    });
    expect(fromHl7Time('20260329020000', london)).toEqual({ fhir: '2026-03-29T02:00:00+01:00' });
  });

  it('knows zones that are not whole hours away', () => {
    expect(fromHl7Time('20260725103000', 'Asia/Kolkata').fhir).toBe('2026-07-25T10:30:00+05:30');
    expect(fromHl7Time('20260725103000', 'America/St_Johns').fhir).toBe('2026-07-25T10:30:00-02:30');
  });

  it('refuses a zone that does not exist', () => {
    expect(() => fromHl7Time('20260725103000', 'Europe/Nowhere')).toThrow(
      expect.objectContaining({ kind: 'config/time-zone' }),
    );
    expect([isTimeZone('Europe/Nowhere'), isTimeZone(london)]).toEqual([false, true]);
  });

  it('agrees with Intl for every half hour of a year', () => {
    const format = new Intl.DateTimeFormat('sv-SE', {
      timeZone: london,
      dateStyle: 'short',
      timeStyle: 'medium',
    });
    const wrong: string[] = [];
    for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2027, 0, 1); at += 1_800_000) {
      const local = format.format(at);
      const { fhir, doubtful } = fromHl7Time(local.replaceAll(/\D/g, ''), london);
      if (doubtful === undefined && Date.parse(fhir) !== at) wrong.push(local);
    }
    expect(wrong).toEqual([]);
  });
});

describe('toHl7Time', () => {
  it('writes local time with its offset, also in the repeated hour', () => {
    expect(toHl7Time(new Date('2026-10-25T00:30:00Z'), london)).toBe('20261025013000+0100');
    expect(toHl7Time(new Date('2026-10-25T01:30:00Z'), london)).toBe('20261025013000+0000');
    expect(localDate(new Date('2026-07-25T23:30:00Z'), london)).toBe('2026-07-26');
  });
});

describe('before', () => {
  it.each<[string, string, boolean | undefined]>([
    ['2025', '2026', true],
    ['2026', '2025', false],
    ['2026', '2026-03-01', undefined],
    ['2026-03', '2026-04-01', true],
    ['2026-03', '2026-03-31', undefined],
    ['2026-03-01', '2026-03-01', undefined],
    ['2026-03-01', '2026-03-02T00:00:00+00:00', true],
    ['2026-03-02T09:00:00+00:00', '2026-03-02', undefined],
    ['2026-03-02T09:00:00+00:00', '2026-03-02T09:00:00Z', false],
    ['2026-03-02T09:30:00+01:00', '2026-03-02T09:00:00Z', true],
  ])('%s before %s: %s', (a, b, expected) => {
    expect(before(a, b)).toBe(expected);
  });

  it('compares with the day in the zone where one is given', () => {
    expect(before('2026-07-25T23:30:00Z', '2026-07-26')).toBe(true);
    expect(before('2026-07-25T23:30:00Z', '2026-07-26', london)).toBeUndefined();
  });

  it('refuses what is no FHIR date', () => {
    for (const text of ['', '20260301', '2026-13', '2026-02-30', '2026-03-01T09:00', '2026-03-01T09:00:00']) {
      expect(() => before(text, '2026')).toThrow(expect.objectContaining({ kind: 'type/date' }));
    }
  });
});

describe('addMonths, earliestInstant, latestInstant', () => {
  it('keeps the precision and cuts the day to the month', () => {
    expect(addMonths('1980', 16 * 12)).toBe('1996');
    expect(addMonths('2026-11', 3)).toBe('2027-02');
    expect(addMonths('2026-01-31', 1)).toBe('2026-02-28');
    expect(addMonths('2026-01-31', -2)).toBe('2025-11-30');
    expect(addMonths('2026-01-31T10:00:00.5+00:00', 12)).toBe('2027-01-31T10:00:00.5+00:00');
    expect(() => addMonths('1980', 6)).toThrow(expect.objectContaining({ kind: 'type/date-precision' }));
  });

  it('bounds what a partial date may mean, in local days', () => {
    const iso = (ms: number): string => new Date(ms).toISOString();
    expect(iso(earliestInstant('2026-07-25', london))).toBe('2026-07-24T23:00:00.000Z');
    expect(iso(latestInstant('2026-07-25', london))).toBe('2026-07-25T22:59:59.999Z');
    expect(iso(latestInstant('2026-03', london))).toBe('2026-03-31T22:59:59.999Z');
    expect(iso(latestInstant('2026', london))).toBe('2026-12-31T23:59:59.999Z');
    expect(earliestInstant('2026-07-25T10:00:00Z', london)).toBe(
      latestInstant('2026-07-25T10:00:00Z', london),
    );
  });
});
