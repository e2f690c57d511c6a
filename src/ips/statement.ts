// What the facts about work share: reading one Observation of the record. Dates are when the source recorded it, else
// when we first saw that value; the same value again never moves them (R52, domain.md section 4).
import type { Observation } from '@medplum/fhirtypes';
import type { PersonRecord, RecordedResource } from '../record/person.ts';
import { before, earliestInstant, latestInstant } from '../time.ts';
import type { Evidence } from './decision.ts';

export type Statement = RecordedResource<Observation>;

/** A statement with its date: recorded, else first seen. */
export interface Dated {
  /** FHIR date or dateTime. */
  readonly date: string;
  readonly row: Statement;
}

export function hasCode(observation: Observation, system: string, code: string): boolean {
  return observation.code.coding?.some((coding) => coding.system === system && coding.code === code) ?? false;
}

/** The code of the value in this system. */
export function codeOf(observation: Observation, system: string): string | undefined {
  return observation.valueCodeableConcept?.coding?.find((coding) => coding.system === system)?.code;
}

/** The date that the source gives, unless it lies after the receipt of the row that carries it. */
export function recordedDate(row: Statement, zone: string): string | undefined {
  const date = row.resource.effectiveDateTime;
  return date === undefined || earliestInstant(date, zone) > row.at.getTime() ? undefined : date;
}

/** When the first row (up to `at`) that passes the test was received. */
export function firstSeen(
  record: PersonRecord,
  at: Date,
  test: (row: Statement) => boolean,
): string | undefined {
  const isObservation = (row: RecordedResource): row is Statement =>
    row.resource.resourceType === 'Observation';
  return record.rows
    .filter(isObservation)
    .find((row) => row.at <= at && row.resource.status !== 'entered-in-error' && test(row))
    ?.at.toISOString();
}

/** The one stated last; where dates do not tell (two on one day), the one that arrived last. */
export function newestOf<T extends Dated>(statements: readonly T[], zone: string): T | undefined {
  const [first, ...more] = statements.toSorted(
    (one, other) => latestInstant(one.date, zone) - latestInstant(other.date, zone),
  );
  return first === undefined
    ? undefined
    : more.reduce((newest, other) => (isNewer(other, newest, zone) ? other : newest), first);
}

function isNewer(one: Dated, other: Dated, zone: string): boolean {
  if (before(other.date, one.date, zone) === true) return true;
  if (before(one.date, other.date, zone) === true) return false;
  return (one.row.at.getTime() - other.row.at.getTime() || one.row.id - other.row.id) > 0;
}

export function evidenceOf(fact: string, says: string, { date, row }: Dated): Evidence {
  return { fact, says, date, source: row.source, resource: `${row.resource.resourceType}/${row.sourceId}` };
}
