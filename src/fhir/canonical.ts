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
  /** Elements that the message only implies: what the record holds for certain stands. Not there where it implies none. */
  readonly assumed?: readonly string[];
}

/** A stay or visit as a source names it (PV1-19.1), and whose it is. */
export interface VisitKey {
  readonly person: PersonKey;
  readonly visit: string;
}

/**
 * A change of who is who, or a statement on it. Applied in message order, before the resources of the same message;
 * `where` is the place that says so (MRG-1).
 *
 * - `merge`: two registrations are one person, or one has a new number. `move`: one registration is another person's.
 * - `same`: both are one person already; where the record says otherwise, nothing of the message may be used.
 * - `account`: an account goes from one person to another; accounts are not held here, their visits may be.
 * - `visit`: a visit goes on under another number or with another person.
 * - `link`: recorded, and no more. `mark`: the source says that it has deleted this record; nothing is deleted here.
 */
export type IdentityEvent =
  | {
      readonly kind: 'merge' | 'move';
      readonly survivor: PersonKey;
      readonly merged: PersonKey;
      readonly where: string;
    }
  | {
      readonly kind: 'same' | 'account';
      readonly one: PersonKey;
      readonly other: PersonKey;
      readonly where: string;
    }
  | { readonly kind: 'visit'; readonly from: VisitKey; readonly to: VisitKey; readonly where: string }
  | {
      readonly kind: 'link';
      readonly one: PersonKey;
      readonly other: PersonKey;
      readonly linked: boolean;
      readonly where: string;
    }
  | { readonly kind: 'mark'; readonly person: PersonKey; readonly event: string; readonly where: string };

/** What of its type a message lists of one person: all there is, so that whatever it leaves out has left the list. */
export interface WholeList {
  readonly person: PersonKey;
  readonly type: 'EpisodeOfCare' | 'CarePlan';
  /** Which list: the name of the segment map, which tags what it makes (`meta.tag`, systems.list). */
  readonly list: string;
  readonly sourceIds: readonly string[];
  /** The segment: ZTM. */
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
      /** Lists that are whole; not there where the message has none. */
      readonly lists?: readonly WholeList[];
    }
  | { readonly outcome: 'unused'; readonly reason: string; readonly findings: readonly Finding[] };
