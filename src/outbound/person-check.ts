// Before each write: is the EPR's Patient the person we mean (R18, design.md section 7)? The local number, or a
// verified NHS number, must be equal, and the birth date as far as both know it. In doubt nothing is written.
import type { Patient } from '@medplum/fhirtypes';
import type { ErrorKind } from '../errors.ts';
import { extensions, systems } from '../fhir/systems.ts';
import type { Prepared } from '../pipeline/destination.ts';
import type { PersonSummary } from '../record/summary.ts';
import { readFailure } from './classify.ts';
import type { BusinessIdentifier, FhirClient, Typed } from './fhir-client.ts';

type EprPatient = Typed<'Patient'>;

export type PersonCheck =
  | { readonly outcome: 'same'; readonly patient: EprPatient; readonly deceased: boolean }
  | Extract<Prepared, { outcome: 'transient' | 'refused' }>;

/** A reference to the EPR's Patient who was checked. */
export interface CheckedPatient {
  readonly reference: string;
  readonly type: 'Patient';
}

/** Finds the person in the EPR and checks them; a merged one is followed to the survivor, once. */
export async function checkPerson(
  client: FhirClient,
  person: PersonSummary,
  signal: AbortSignal,
): Promise<PersonCheck> {
  const found = await findPatients(client, person, signal);
  if (!Array.isArray(found)) return found;
  const survivors = new Map<string, EprPatient>();
  for (const patient of found) {
    const survivor = await survivorOf(client, patient, signal);
    if ('outcome' in survivor) return survivor;
    survivors.set(survivor.id, survivor);
  }
  const [patient, another] = survivors.values();
  if (patient === undefined) return refused('identity/not-in-epr', 'the EPR has no Patient with this number');
  if (another !== undefined) {
    return refused('identity/several-in-epr', 'the EPR has several Patients with the numbers of this person');
  }
  return compare(patient, person);
}

/** By each local number; only where none is known, by the NHS number, and only where that is verified. */
async function findPatients(
  client: FhirClient,
  person: PersonSummary,
  signal: AbortSignal,
): Promise<EprPatient[] | Extract<PersonCheck, { outcome: 'transient' | 'refused' }>> {
  const found: EprPatient[] = [];
  const search = async (identifier: BusinessIdentifier) => {
    const answer = await client.find('Patient', identifier, signal);
    if (answer.outcome === 'failed') return readFailure(answer.reply);
    found.push(...answer.resources);
    return undefined;
  };
  for (const { system, value } of person.keys) {
    const failure = await search({ system, value });
    if (failure !== undefined) return failure;
  }
  if (found.length === 0 && person.nhsNumber?.verified === true) {
    const failure = await search({ system: systems.nhsNumber, value: person.nhsNumber.value });
    if (failure !== undefined) return failure;
  }
  return found;
}

/** The patient itself, or whoever the EPR says has replaced it. */
export async function survivorOf(
  client: FhirClient,
  patient: EprPatient,
  signal: AbortSignal,
): Promise<EprPatient | Extract<PersonCheck, { outcome: 'transient' | 'refused' }>> {
  const replaced = patient.link?.find((link) => link.type === 'replaced-by');
  if (replaced === undefined) return patient;
  const id = patientId(client, replaced.other.reference);
  if (id === undefined) {
    return refused(
      'identity/survivor-elsewhere',
      'the EPR merged this person into a Patient that cannot be read',
    );
  }
  const answer = await client.read('Patient', id, signal);
  if (answer.outcome === 'failed') return readFailure(answer.reply);
  const [survivor] = answer.resources;
  if (survivor === undefined || survivor.link?.some((link) => link.type === 'replaced-by') === true) {
    return refused(
      'identity/survivor-unclear',
      'the EPR merged this person more than once: look there first',
    );
  }
  return survivor;
}

/** The id in `Patient/<id>`, relative or below our own base URL; a reference to another host is not followed. */
export function patientId(client: FhirClient, reference = ''): string | undefined {
  const relative = reference.startsWith(`${client.baseUrl}/`)
    ? reference.slice(client.baseUrl.length + 1)
    : reference;
  return /^Patient\/([A-Za-z0-9.-]{1,64})$/.exec(relative)?.[1];
}

function compare(patient: EprPatient, person: PersonSummary): PersonCheck {
  if (patient.active === false) {
    return refused('identity/inactive-in-epr', 'the EPR has made this Patient inactive');
  }
  if (!sameNumber(patient, person)) {
    return refused('identity/number-differs', 'the numbers in the EPR are not those of this person');
  }
  if (!sameDate(patient.birthDate, person.birthDate)) {
    return refused('identity/birth-date-differs', 'the birth date in the EPR is not that of this person');
  }
  const deceased = patient.deceasedBoolean === true || patient.deceasedDateTime !== undefined;
  return { outcome: 'same', patient, deceased };
}

function sameNumber(patient: Patient, person: PersonSummary): boolean {
  const identifiers = patient.identifier ?? [];
  const local = person.keys.some((key) =>
    identifiers.some(({ system, value }) => system === key.system && value === key.value),
  );
  if (local) return true;
  const { nhsNumber } = person;
  if (nhsNumber?.verified !== true) return false;
  return identifiers.some(
    ({ system, value, extension }) =>
      system === systems.nhsNumber &&
      value === nhsNumber.value &&
      // What the EPR itself marks as other than verified (01) does not count; without a mark, our own does.
      (extension ?? [])
        .filter(({ url }) => url === extensions.nhsNumberVerification)
        .every((each) => each.valueCodeableConcept?.coding?.some(({ code }) => code === '01') === true),
  );
}

/** Equal as far as both are known: `1980` and `1980-05-01` are; an unknown date differs from none. */
function sameDate(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return true;
  const length = Math.min(one.length, other.length);
  return one.slice(0, length) === other.slice(0, length);
}

function refused(kind: ErrorKind, message: string): Extract<PersonCheck, { outcome: 'refused' }> {
  return { outcome: 'refused', kind, message };
}
