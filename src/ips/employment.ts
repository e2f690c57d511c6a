// The fact about employment: the MHSDS status recorded last. Recording a status is not asking what somebody wants.
import { isDeepStrictEqual } from 'node:util';
import { uuidOf } from '../fhir/ids.ts';
import { snomed, systems } from '../fhir/systems.ts';
import { currentRows } from '../record/person.ts';
import type { PersonRecord } from '../record/person.ts';
import { addMonths, earliestInstant, latestInstant, localDate } from '../time.ts';
import { notKnown } from './fact.ts';
import type { Fact } from './fact.ts';
import type { Silence } from './silence.ts';
import { codeOf, evidenceOf, firstSeen, hasCode, newestOf, recordedDate } from './statement.ts';
import type { Dated, Statement } from './statement.ts';

/** MHSDS employment status. */
const statusWords: Readonly<Record<string, string>> = {
  '01': 'recorded as employed',
  '02': 'recorded as unemployed and actively seeking work',
  '03': 'recorded as a student, not working or seeking work',
  '04': 'recorded as long-term sick or disabled',
  '05': 'recorded as a homemaker',
  '06': 'recorded as not receiving benefits, not working or seeking work',
  '07': 'recorded as doing unpaid voluntary work, not working or seeking work',
  '08': 'recorded as retired',
};
/** A code that says nothing. */
const notStated = 'ZZ';
const currentForMonths = 12;

/** The employment status recorded last, where that was in the last 12 months. */
export function employmentStatus(
  record: PersonRecord,
  at: Date,
  zone: string,
  silence: Silence,
): Fact<string> {
  const statuses = currentRows(record, 'Observation', at)
    .filter((row) => hasCode(row.resource, systems.snomed, snomed.employmentStatus))
    .map((row): Dated => ({ date: dateOf(row, record, at, zone), row }));
  const latest = newestOf(statuses, zone);
  if (latest === undefined) return silence('employmentStatus', 'no employment status is recorded');
  const value = codeOf(latest.row.resource, systems.employmentStatus);
  const says = value === undefined ? undefined : statusWords[value];
  if (value === notStated) return notKnown('the employment status is recorded as not stated');
  if (value === undefined || says === undefined) {
    return notKnown('the employment status recorded last is one that the table of statuses does not know');
  }
  const limit = addMonths(localDate(at, zone), -currentForMonths);
  if (latestInstant(latest.date, zone) < earliestInstant(limit, zone)) {
    return notKnown(`the employment status was recorded more than ${currentForMonths} months ago`);
  }
  return {
    state: 'present',
    value,
    date: latest.date,
    id: uuidOf(`${record.uid}/status/${value}/${latest.date}`),
    evidence: [evidenceOf('employmentStatus', says, latest)],
  };
}

/** Recorded, else when this feed first said so. */
function dateOf(row: Statement, record: PersonRecord, at: Date, zone: string): string {
  const value = codeOf(row.resource, systems.employmentStatus);
  const isSame = (other: Statement): boolean =>
    other.source === row.source &&
    other.sourceId === row.sourceId &&
    codeOf(other.resource, systems.employmentStatus) === value &&
    (value !== undefined ||
      isDeepStrictEqual(other.resource.valueCodeableConcept, row.resource.valueCodeableConcept));
  return recordedDate(row, zone) ?? firstSeen(record, at, isSame) ?? row.at.toISOString();
}
