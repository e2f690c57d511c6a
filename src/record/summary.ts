// The person as the record knows them, for the check before each write and for whoever must not read it all.
import type { Patient } from '@medplum/fhirtypes';
import { personKeyText } from '../fhir/canonical.ts';
import type { PersonKey } from '../fhir/canonical.ts';
import { extensions, systems } from '../fhir/systems.ts';
import { currentRows } from './person.ts';
import type { PersonRecord, RecordedResource } from './person.ts';

/** The person as our record knows them, for the check before each write. */
export interface PersonSummary {
  readonly uid: string;
  readonly keys: readonly PersonKey[];
  readonly nhsNumber?: { readonly value: string; readonly verified: boolean };
  /** FHIR date, as precise as it is known. */
  readonly birthDate?: string;
}

/**
 * Who this is, from the survivor's own Patient: people who were merged into them may have had another birth date or
 * NHS number, which is why they were a second registration. Of several feeds, what came last counts.
 */
export function summarise(record: PersonRecord): PersonSummary {
  const patients = ownPatients(record);
  const nhsNumber = patients.flatMap((patient) => nhsNumberOf(patient) ?? []).at(-1);
  const birthDate = patients.flatMap((patient) => patient.birthDate ?? []).at(-1);
  return {
    uid: record.uid,
    keys: record.keys,
    ...(nhsNumber === undefined ? {} : { nhsNumber }),
    ...(birthDate === undefined ? {} : { birthDate }),
  };
}

/** The current Patient of each feed, oldest first: the survivor's own, or whoever's there are where it has none. */
function ownPatients(record: PersonRecord): Patient[] {
  const all = currentRows(record, 'Patient').toSorted(
    (one, other) => one.at.getTime() - other.at.getTime() || one.id - other.id,
  );
  const [own] = record.keys;
  const isOwn = (row: RecordedResource): boolean => own !== undefined && row.sourceId === personKeyText(own);
  const survivors = all.filter(isOwn);
  return (survivors.length > 0 ? survivors : all).map((row) => row.resource);
}

function nhsNumberOf(patient: Patient): PersonSummary['nhsNumber'] {
  const identifier = patient.identifier?.find(({ system }) => system === systems.nhsNumber);
  if (identifier?.value === undefined) return undefined;
  const status = identifier.extension?.find(({ url }) => url === extensions.nhsNumberVerification);
  const verified =
    status?.valueCodeableConcept?.coding?.some(
      ({ system, code }) => system === systems.nhsNumberVerification && code === '01',
    ) === true;
  return { value: identifier.value, verified };
}
