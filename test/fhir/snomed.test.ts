import { describe, expect, it } from '@jest/globals';
import { isSnomedId } from '../../src/fhir/snomed.ts';

describe('isSnomedId', () => {
  const published = ['1082621000000104', '1082611000000105', '772822000', '1098051000000103', '1098041000000101',
    '335891000000102', '70082004', '18781004', '443390004', '408730004', '224363007', '73438004', '741062008',
    '160906004', '105493001', '224362002', '718347000', '734163000', '736254008', '138875005']; // prettier-ignore

  it('accepts published identifiers', () => {
    expect(published.filter((id) => !isSnomedId(id))).toEqual([]);
  });

  it('refuses every one with a digit changed, and with two neighbours changed over', () => {
    for (const id of published) {
      for (let at = 0; at < id.length; at += 1) {
        for (const digit of '0123456789') {
          const changed = id.slice(0, at) + digit + id.slice(at + 1);
          expect([changed, isSnomedId(changed)]).toEqual([changed, changed === id]);
        }
        const over = id.slice(0, at) + (id[at + 1] ?? '') + (id[at] ?? '') + id.slice(at + 2);
        expect([over, isSnomedId(over)]).toEqual([over, over === id]);
      }
    }
  });

  it('refuses what is no identifier at all', () => {
    expect(['', '0', '12345', '073438004', '73438004 ', 'abc', '1'.repeat(19)].filter(isSnomedId)).toEqual(
      [],
    );
  });
});
