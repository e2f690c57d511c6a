// The person as the record knows them, for the check before each write and for whoever must not read it all.
import type { PersonKey } from '../fhir/canonical.ts';

/** The person as our record knows them, for the check before each write. */
export interface PersonSummary {
  readonly uid: string;
  readonly keys: readonly PersonKey[];
  readonly nhsNumber?: { readonly value: string; readonly verified: boolean };
  /** FHIR date, as precise as it is known. */
  readonly birthDate?: string;
}
