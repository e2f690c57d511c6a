// PL → where something is (v2-to-FHIR guide, PL[Location]; HL7 v2.5.1 §2.A.53). Of the chain from building to bed only
// the point of care is read, and only where it is one of the trust's teams: rooms and wards are no fact here.
import type { HealthcareService, Reference } from '@medplum/fhirtypes';
import type { Context } from '../conversion.ts';
import { textOf } from '../field.ts';
import type { Field } from '../field.ts';

/** The team whose place a PL (AIL-3) is: PL.1, the namespace of an HD, as codes/teams.csv has it. */
export function plTeam(field: Field, context: Context): Reference<HealthcareService> | undefined {
  return teamReference(textOf(field, { component: 1 }), context);
}

/** A team of codes/teams.csv as a service that somebody meets; nothing where the table does not know the id. */
export function teamReference(
  id: string | undefined,
  { teams }: Context,
): Reference<HealthcareService> | undefined {
  const known = id === undefined ? undefined : teams.find(id);
  if (known === undefined) return undefined;
  const identifier = { system: teams.teamSystem, value: known.id };
  return { type: 'HealthcareService', identifier, display: known.name };
}
