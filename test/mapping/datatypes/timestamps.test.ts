// DT, TS and DTM: what a timestamp becomes, and what is said of one that cannot be read or may mean two moments.
import { describe, expect, it } from '@jest/globals';
import { converted } from '../../support/conversion.ts';

describe('dtm-datetime', () => {
  it.each([
    ['1980', '1980'],
    ['198003', '1980-03'],
    ['19800312', '1980-03-12'],
    ['2026030109', '2026-03-01T09:00:00+00:00'],
    ['202607010930', '2026-07-01T09:30:00+01:00'],
    ['20260701093015.25', '2026-07-01T09:30:15.25+01:00'],
    ['20260701093015+0000', '2026-07-01T09:30:15+00:00'],
    ['""', null],
    ['', undefined],
  ])('R9 %s keeps its precision, in the zone of the feed unless it brings its own', (text, value) => {
    expect(converted('dtm-datetime', text)).toEqual({ value, findings: [] });
  });

  it.each(['19801301', '19800230', '19800', '1980-03-12', 'yesterday', '198003122400', '19800312126000',
    '20161231235960', '0000', '00000000', '19800312+9900', '198003121230+0160'])(
    'R9 %s is a finding on its field and is not used',
    (text) => {
      expect(converted('dtm-datetime', text)).toEqual({ value: undefined, findings: ['type/timestamp ZZ1-1'] });
    },
  ); // prettier-ignore

  it('R9 the October hour that happens twice is read as the first one, with a finding', () => {
    expect(converted('dtm-datetime', '20261025013000')).toEqual({
      value: '2026-10-25T01:30:00+01:00',
      findings: ['type/repeated-hour ZZ1-1'],
    });
    expect(converted('dtm-datetime', '20261025013000+0000').findings).toEqual([]);
  });

  it('R9 the March hour that never is has a finding', () => {
    expect(converted('dtm-datetime', '20260329013000')).toEqual({
      value: '2026-03-29T01:30:00+00:00',
      findings: ['type/skipped-hour ZZ1-1'],
    });
  });
});

describe('dtm-date', () => {
  it('R9 is the day as written, whatever the offset', () => {
    expect(converted('dtm-date', '202607012330+0100')).toEqual({ value: '2026-07-01', findings: [] });
    expect(converted('dtm-date', '2026').value).toBe('2026');
  });
});

describe('a date of death', () => {
  it('that lies in the future counts, and somebody is told: a slip of the pen must not hide the living', () => {
    const { value, findings } = converted('dtm-id-deceased', ['20290101', 'Y']);
    expect(value).toEqual({ element: 'deceasedDateTime', value: '2029-01-01' });
    expect(findings).toEqual(['field/future-time ZZ1-1']);
    expect(converted('dtm-id-deceased', ['20260228', 'Y']).findings).toEqual([]);
  });
});
