// Facts about the person: age (only ever a lower bound), restricted records, death. Every Patient row of every source
// counts, and those of people merged into this one: one restricted marking restricts.
import type { Meta, Patient } from '@medplum/fhirtypes';
import { systems } from '../fhir/systems.ts';
import { currentRows } from '../record/person.ts';
import type { PersonRecord, RecordedResource } from '../record/person.ts';
import { earliestInstant, latestInstant, localDate } from '../time.ts';
import { notKnown } from './fact.ts';
import type { Fact } from './fact.ts';
import type { Silence } from './silence.ts';
import type { FeedSupply } from './supply.ts';

/** The age at which IPS begins. There is no upper one. */
export const minimumAge = 16;

/**
 * Whole years at `at`, the fewest that the birth date allows. A birth date that is only a year or a month is enough
 * where it is on one side of the minimum age for certain; otherwise, and without a birth date, not known.
 */
export function age(record: PersonRecord, at: Date, zone: string): Fact<number> {
  const dated = currentRows(record, 'Patient', at).filter((row) => row.resource.birthDate !== undefined);
  const row = dated.toSorted((one, other) => one.id - other.id).at(-1);
  const birthDate = row?.resource.birthDate;
  if (row === undefined || birthDate === undefined) return notKnown('no birth date is recorded');
  if (earliestInstant(birthDate, zone) > at.getTime()) return notKnown('the birth date lies in the future');
  const today = localDate(at, zone);
  const oldest = yearsBetween(localDate(new Date(earliestInstant(birthDate, zone)), zone), today);
  const youngest = yearsBetween(localDate(new Date(latestInstant(birthDate, zone)), zone), today);
  if (youngest < minimumAge && oldest >= minimumAge) {
    return notKnown(`the birth date is too imprecise to tell whether the person is ${minimumAge}`);
  }
  const says = youngest >= minimumAge ? `is ${minimumAge} or over` : `is under ${minimumAge}`;
  return {
    state: 'present',
    value: Math.max(youngest, 0),
    evidence: [{ fact: 'age', says, source: row.source, resource: `Patient/${row.sourceId}` }],
  };
}

/**
 * Restricted: any current Patient or Encounter row marked other than N (normal) or less. Known not to be only where a
 * feed that supplies markings knows this person.
 */
export function restricted(record: PersonRecord, at: Date, feeds: readonly FeedSupply[]): Fact<true> {
  const patients = currentRows(record, 'Patient', at);
  const marked = [...patients, ...currentRows(record, 'Encounter', at)].find(({ resource }) =>
    isRestricted(resource.meta),
  );
  if (marked !== undefined) {
    return {
      state: 'present',
      value: true,
      evidence: [markedBy(marked, 'the record is marked as restricted')],
    };
  }
  const marking = new Set(
    feeds.filter((feed) => feed.restrictedMarkings === 'supplied').map(({ feed }) => feed),
  );
  const unmarked = patients.find((row) => marking.has(row.source));
  if (unmarked === undefined) return notKnown('no feed that supplies restricted markings knows this person');
  return { state: 'absent', evidence: [markedBy(unmarked, 'the record is not marked as restricted')] };
}

/** Died, as any source recorded it: a death date or the bare statement. */
export function deceased(record: PersonRecord, at: Date, silence: Silence): Fact<true> {
  const row = currentRows(record, 'Patient', at).find(({ resource }) => isDeceased(resource));
  if (row === undefined) return silence('deceased', 'no death is recorded');
  const date = row.resource.deceasedDateTime;
  return {
    state: 'present',
    value: true,
    ...(date === undefined ? {} : { date }),
    evidence: [
      {
        fact: 'deceased',
        says: 'a death is recorded',
        source: row.source,
        resource: `Patient/${row.sourceId}`,
      },
    ],
  };
}

function isDeceased(patient: Patient): boolean {
  return patient.deceasedBoolean === true || patient.deceasedDateTime !== undefined;
}

/** Unrestricted, low, moderate and normal are open; restricted, very restricted and any code we do not know are not. */
const openCodes: ReadonlySet<string> = new Set(['U', 'L', 'M', 'N']);

function isRestricted(meta: Meta | undefined): boolean {
  return (
    meta?.security?.some(
      ({ system, code }) => system !== systems.confidentiality || code === undefined || !openCodes.has(code),
    ) ?? false
  );
}

function markedBy(row: RecordedResource, says: string) {
  return {
    fact: 'restricted',
    says,
    source: row.source,
    resource: `${row.resource.resourceType}/${row.sourceId}`,
  };
}

/** Whole years from one full date to another. */
function yearsBetween(from: string, to: string): number {
  const years = Number(to.slice(0, 4)) - Number(from.slice(0, 4));
  return to.slice(5) < from.slice(5) ? years - 1 : years;
}
