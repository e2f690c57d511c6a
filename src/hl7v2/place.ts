// Places in a message, in the notation that people who read HL7v2 use: PID-3[2].1 is the first component of the
// second repetition of PID-3, OBX[3]-5 the fifth field of the third OBX. All numbers count from 1.
import { BridgeError } from '../errors.ts';

/** A part of a field. Without a component its first is meant, likewise the first repetition and subcomponent. */
export interface FieldPart {
  readonly field: number;
  readonly repetition?: number;
  readonly component?: number;
  readonly subcomponent?: number;
}

export interface Place extends FieldPart {
  readonly segment: string;
  /** Which segment of that name in the message. */
  readonly occurrence?: number;
}

const pattern =
  /^([A-Z][A-Z0-9]{2})(?:\[([1-9]\d*)\])?-([1-9]\d*)(?:\[([1-9]\d*)\])?(?:\.([1-9]\d*)(?:\.([1-9]\d*))?)?$/;

/** @throws BridgeError config/field-place */
export function parsePlace(text: string): Place {
  const parts = pattern.exec(text);
  if (parts === null) {
    throw new BridgeError('config/field-place', 'a place in a message is written as PID-3[2].1 or OBX[3]-5');
  }
  const [, segment = '', occurrence, field, repetition, component, subcomponent] = parts;
  return {
    segment,
    ...(occurrence === undefined ? {} : { occurrence: Number(occurrence) }),
    field: Number(field),
    ...(repetition === undefined ? {} : { repetition: Number(repetition) }),
    ...(component === undefined ? {} : { component: Number(component) }),
    ...(subcomponent === undefined ? {} : { subcomponent: Number(subcomponent) }),
  };
}

/** The inverse of parsePlace. */
export function formatPlace(place: Place): string {
  const { segment, occurrence, field, repetition, component, subcomponent } = place;
  return (
    segment +
    (occurrence === undefined ? '' : `[${occurrence}]`) +
    `-${field}` +
    (repetition === undefined ? '' : `[${repetition}]`) +
    (component === undefined ? '' : `.${component}`) +
    (subcomponent === undefined ? '' : `.${subcomponent}`)
  );
}
