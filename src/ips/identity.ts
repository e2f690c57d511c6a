// The identifiers by which what we created is found again: `urn:ietf:rfc:3986` | `urn:uuid:<UUIDv5 of the key>`. A
// conditional create is on them, and so is the question whether an ambiguous one took effect.
import type { Identifier } from '@medplum/fhirtypes';
import { urnOf } from '../fhir/ids.ts';
import { systems } from '../fhir/systems.ts';
import type { Decision } from './decision.ts';

export interface OwnIdentifier extends Identifier {
  readonly system: string;
  readonly value: string;
}

/** Of the proposal (ServiceRequest). */
export function requestIdentifier({ key }: Pick<Decision, 'key'>): OwnIdentifier {
  return { system: systems.uri, value: urnOf(key) };
}

/** Of the prompt (Task): its own, as no two entries of a transaction may share a full URL. */
export function taskIdentifier({ key }: Pick<Decision, 'key'>): OwnIdentifier {
  return { system: systems.uri, value: urnOf(`${key}/task`) };
}
