// Plain names of segments and fields, loaded only when asked for.
import { describe, expect, it } from '@jest/globals';
import { loadDictionary } from '../../src/hl7v2/dictionary.ts';

describe('loadDictionary', () => {
  it('names segments, fields and components of the version asked for', async () => {
    const names = await loadDictionary('2.4');
    expect(names.version).toBe('2.4');
    expect(names.segmentName('PID')).toBe('Patient identification');
    expect(names.fieldName('PID', 5)).toBe('Patient Name');
    expect(names.componentName('PID', 3, 4)).toBe('Assigning Authority');
  });

  it('has no name for what is not in the standard, and takes 2.5.1 for an unknown version', async () => {
    const names = await loadDictionary('9.9');
    expect(names.version).toBe('2.5.1');
    expect([names.segmentName('ZTM'), names.fieldName('ZTM', 1), names.fieldName('PID', 999)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect([names.segmentName('constructor'), names.componentName('PID', 1, 9)]).toEqual([
      undefined,
      undefined,
    ]);
  });
});
