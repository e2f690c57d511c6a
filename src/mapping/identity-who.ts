// Whom a field names: the person keys of PID-3 or MRG-1, or the fault that says why there is none.
import type { Finding } from '../errors.ts';
import type { PersonKey } from '../fhir/canonical.ts';
import type { Segment } from '../hl7v2/message.ts';
import type { Context } from './conversion.ts';
import { personKeys, readIdentifiers } from './datatypes/cx-identifier.ts';
import { whereOf } from './field.ts';
import type { Field } from './field.ts';

/** A whole field of a segment. */
export function fieldOf(segment: Segment, number: number): Field {
  return { segment, number, component: undefined, repetition: undefined };
}

/** The person keys of a field in the order sent; where there is none, a fault says why. */
export function whoStands(field: Field, context: Context, faults: Finding[]): readonly PersonKey[] {
  const keys = personKeys(field, context.authorities);
  if (keys.length > 0) return keys;
  const reads = readIdentifiers(field, context.authorities);
  const unusable = reads.find((read) => read.kind === 'unusable');
  const stranger = reads.find((read) => read.kind === 'unknown-authority' || read.kind === 'no-default');
  if (unusable !== undefined) {
    const where = whereOf(field, { repetition: unusable.repetition, component: 1 });
    const message = 'this number is too long or holds control characters, and names nobody';
    faults.push({ kind: 'identity/unusable-number', where, message });
  } else if (stranger !== undefined) {
    const where = whereOf(field, { repetition: stranger.repetition, component: 4 });
    const message =
      'no assigning authority (CX.4) here has a row of kind person in codes/assigning-authorities.csv';
    faults.push({ kind: 'identity/unknown-authority', where, message });
  } else if (reads.length > 0) {
    const message = 'no local number of a known authority; an NHS number alone is no key';
    faults.push({ kind: 'identity/missing-local-number', where: whereOf(field), message });
  } else {
    faults.push({
      kind: 'identity/missing-patient-id',
      where: whereOf(field),
      message: 'nobody is named here',
    });
  }
  return [];
}
