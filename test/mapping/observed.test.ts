import { describe, expect, it } from '@jest/globals';
import { translate } from '../../src/mapping/translate.ts';
import { mappingsWith, messageOf, pasFeed } from '../support/mapping.ts';

const mappings = mappingsWith();
const amara = 'PID|1||R0001234^^^RZZ^PI||Ashdown^Amara||19800312|2';
const bela = 'PID|2||R0005678^^^RZZ^PI||Birch^Bela||19850412|1';
const obr = (day: string) => `OBR|1|||EMPFORM|||${day}`;
const obx = (day = '') => `OBX|1|CE|EMPSTATUS||01||||||F|||${day}`;

/** The date of each person's employment status, by their number. */
function dates(segments: readonly string[], emptyMeans: 'absent' | 'delete' = 'absent') {
  const translation = translate(mappings, messageOf('ORU^R01', ...segments), { ...pasFeed, emptyMeans });
  if (translation.outcome !== 'used') throw new Error('the message must be used');
  return translation.resources.map(({ person, resource, clears }) => [
    person.value,
    resource.resourceType === 'Observation' ? (resource.effectiveDateTime ?? 'none') : resource.resourceType,
    ...clears,
  ]);
}

describe('the date of an observation', () => {
  it('is its own, else that of the nearest report above it', () => {
    expect(dates([amara, obr('20260227'), obx('20260226')])).toEqual([['R0001234', '2026-02-26']]);
    expect(dates([amara, obr('20260101'), 'OBX|1|NM|8867-4||72', obr('20260227'), obx()])).toEqual([
      ['R0001234', '2026-02-27'],
    ]);
  });

  it('is never that of another person’s report, nor of one that comes after it', () => {
    expect(dates([amara, obr('20260227'), obx(), bela, obx(), obr('20260228')])).toEqual([
      ['R0001234', '2026-02-27'],
      ['R0005678', 'none'],
    ]);
  });

  it('is deleted where the observation says so, and not where a feed leaves it empty beside a dated report', () => {
    expect(dates([amara, obr('20260227'), obx('""')])).toEqual([['R0001234', 'none', 'effectiveDateTime']]);
    expect(dates([amara, obr('20260227'), `${obx()}|`], 'delete')).toEqual([['R0001234', '2026-02-27']]);
  });
});
