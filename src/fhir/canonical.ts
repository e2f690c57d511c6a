// What one incoming message says, in FHIR R4: the only form in which anything reaches a person's record. Shared by
// mapping (which makes it), record (which saves it) and whoever reads the record.
import type { Resource } from '@medplum/fhirtypes';
import type { Finding } from '../errors.ts';

/** A person as a source names them: assigning authority (as a FHIR identifier system) and local number. */
export interface PersonKey {
  readonly system: string;
  readonly value: string;
}

/** The key as one string, for maps and for a stable order. */
export function personKeyText(key: PersonKey): string {
  return `${key.system}|${key.value}`;
}

/**
 * One resource as far as the message states it. Three values per top-level element: absent (not in `resource`, the
 * record keeps what it has), deleted (named in `clears`; `period.end` for a part, `deceased[x]` for a choice), or set.
 * `sourceId` is stable for the same thing within one feed and resource type. The person is implied; `subject` and
 * `patient` hold a logical reference (identifier only).
 */
export interface CanonicalResource {
  readonly person: PersonKey;
  readonly sourceId: string;
  readonly resource: Resource;
  readonly clears: readonly string[];
}

/** A change of who is who. Applied in message order, before the resources of the same message. */
export interface IdentityEvent {
  readonly kind: 'merge';
  readonly survivor: PersonKey;
  readonly merged: PersonKey;
  /** Where the message says so (MRG-1). */
  readonly where: string;
}

/** A code that a message uses and no table knows. The code is the sender's: for the operator's work list, never a log. */
export interface UnknownCode {
  /** Name of the table in `codes/`. */
  readonly table: string;
  readonly code: string;
  /** OBX[2]-5. */
  readonly where: string;
}

export type Translation =
  | {
      readonly outcome: 'used';
      readonly resources: readonly CanonicalResource[];
      readonly identity: readonly IdentityEvent[];
      readonly findings: readonly Finding[];
      readonly unknownCodes: readonly UnknownCode[];
    }
  | { readonly outcome: 'unused'; readonly reason: string; readonly findings: readonly Finding[] };
