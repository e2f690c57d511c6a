// Plain names of segments, fields and components, for people who read `explain`, findings and documents. The
// dictionaries cost two seconds and 300 MB to load, so they are imported only when asked for, never at start.
import type { HL7Dictionary } from 'hl7v2-dictionary';

export interface Dictionary {
  /** HL7 version of the names. */
  readonly version: string;
  /** `PID` → "Patient Identification"; undefined for Z segments and unknown ones. */
  segmentName(segment: string): string | undefined;
  /** `PID`, 5 → "Patient Name". */
  fieldName(segment: string, field: number): string | undefined;
  /** `PID`, 3, 4 → "Assigning Authority". */
  componentName(segment: string, field: number, component: number): string | undefined;
}

/**
 * The names of an HL7 version (MSH-12); of 2.5.1, the richest in common use, where that version is not known.
 * Takes about two seconds the first time.
 */
export async function loadDictionary(version = '2.5.1'): Promise<Dictionary> {
  const { dictionaries } = await import('hl7v2-dictionary');
  const all = new Map<string, HL7Dictionary>(Object.entries(dictionaries));
  const known = all.has(version) ? version : '2.5.1';
  const found = all.get(known);
  // Index signatures hide that a name may be missing.
  const segments = new Map(Object.entries(found?.segments ?? {}));
  const types = new Map(Object.entries(found?.types ?? {}));
  const fieldOf = (segment: string, field: number) =>
    new Map(Object.entries(segments.get(segment)?.fields ?? {})).get(String(field));
  return {
    version: known,
    segmentName: (segment) => segments.get(segment)?.desc,
    fieldName: (segment, field) => fieldOf(segment, field)?.desc,
    componentName: (segment, field, component) => {
      const type = types.get(fieldOf(segment, field)?.type ?? '');
      return new Map(Object.entries(type?.fields ?? {})).get(String(component))?.desc;
    },
  };
}
