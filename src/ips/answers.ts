// Facts about work: what the person said they want, when they declined, when they were asked, and their employment
// status. Dates are when the source recorded it, else when we first saw that value; the same value again never moves
// them (R52, domain.md section 4).
import type { Observation } from '@medplum/fhirtypes';
import type { Finding } from '../errors.ts';
import { uuidOf } from '../fhir/ids.ts';
import { snomed, systems } from '../fhir/systems.ts';
import { currentRows } from '../record/person.ts';
import type { PersonRecord, RecordedResource } from '../record/person.ts';
import { addMonths, earliestInstant, latestInstant, localDate } from '../time.ts';
import type { Evidence } from './decision.ts';
import { notKnown, wantsWorkValues } from './fact.ts';
import type { Fact, WantsWork } from './fact.ts';
import type { Silence } from './silence.ts';

const answerWords: Readonly<Record<WantsWork, string>> = {
  'paid-job': 'said they want a paid job',
  'keep-or-change': 'said they want help to keep or change a job',
  unsure: 'said they are unsure and would like to talk about work',
  'volunteering-or-study': 'said they want volunteering, study or training only',
  no: 'said they do not want help with work',
};

/** MHSDS employment status. ZZ (not stated) is no status. */
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
const statusCurrentForMonths = 12;

interface Answer {
  readonly value: WantsWork;
  readonly date: string;
  readonly dated: boolean;
  readonly id: string;
  readonly row: RecordedResource<Observation>;
}

export interface WorkFacts {
  readonly wantsWork: Fact<WantsWork>;
  readonly declined: Fact<true>;
  readonly lastAsked: Fact<true>;
  readonly findings: readonly Finding[];
}

/** Everything that follows from the answers to the work question on record at `at`. */
export function workFacts(record: PersonRecord, at: Date, zone: string, silence: Silence): WorkFacts {
  const { answers, findings } = answersAt(record, at, zone);
  const latest = answers.at(-1);
  const decline = answers.findLast((answer) => answer.value === 'no');
  const present = <T>(fact: string, answer: Answer, value: T): Fact<T> => ({
    state: 'present',
    value,
    date: answer.date,
    id: answer.id,
    evidence: [evidenceOf(fact, answerWords[answer.value], answer.date, answer.row)],
  });
  return {
    wantsWork:
      latest === undefined
        ? silence('wantsWork', 'no answer about work is recorded')
        : present('wantsWork', latest, latest.value),
    declined:
      decline === undefined
        ? silence('declined', 'no decline is recorded')
        : present('declined', decline, true),
    lastAsked:
      latest === undefined
        ? silence('lastAsked', 'nobody is recorded as having asked about work')
        : present('lastAsked', latest, true),
    findings,
  };
}

/**
 * The answers in the order of their dates. An answer without a date (or dated after we received it, which no clock
 * can have meant) counts from when its value was first seen in any feed. Where the same value is on record with an
 * earlier date, it says nothing new and is left out: after a decline it would otherwise pass for a new wish.
 */
function answersAt(record: PersonRecord, at: Date, zone: string) {
  const all = currentRows(record, 'Observation', at).flatMap((row): Answer[] => {
    const value = answerOf(row.resource);
    if (value === undefined) return [];
    const recorded = recordedDate(row, zone);
    const date =
      recorded ??
      firstSeen(
        record,
        at,
        (other) => answerOf(other.resource) === value && recordedDate(other, zone) === undefined,
      );
    const id = wishId(row.resource) ?? uuidOf(`${record.uid}/wish/${value}/${recorded ?? 'undated'}`);
    return [{ value, date: date ?? row.at.toISOString(), dated: recorded !== undefined, id, row }];
  });
  const answers = all
    .filter((answer) => answer.dated || !all.some((other) => isSameSaidBefore(other, answer, zone)))
    .toSorted(
      (one, other) =>
        latestInstant(one.date, zone) - latestInstant(other.date, zone) || one.row.id - other.row.id,
    );
  const findings = all
    .filter((answer) => !answer.dated && answer.value !== 'no' && returnsAfterDecline(answer, all, zone))
    .map((answer): Finding => ({
      kind: 'field/undated-answer',
      where: `Observation/${answer.row.sourceId}`,
      message: 'an answer without a date, seen before the person declined, is not a new wish',
    }));
  return { answers, findings };
}

function isSameSaidBefore(other: Answer, answer: Answer, zone: string): boolean {
  if (other === answer || other.value !== answer.value) return false;
  if (!other.dated) return other.date === answer.date && other.row.id < answer.row.id;
  return earliestInstant(other.date, zone) <= earliestInstant(answer.date, zone);
}

/** The undated answer was seen again (a later version of its row) or said before, and a decline lies in between. */
function returnsAfterDecline(answer: Answer, all: readonly Answer[], zone: string): boolean {
  const said = [...all.filter((other) => isSameSaidBefore(other, answer, zone)), answer];
  const first = Math.min(...said.map((other) => earliestInstant(other.date, zone)));
  return all.some((other) => {
    const declined = latestInstant(other.date, zone);
    return other.value === 'no' && declined > first && declined < answer.row.at.getTime();
  });
}

/** The employment status recorded last, where that was in the last 12 months. */
export function employmentStatus(
  record: PersonRecord,
  at: Date,
  zone: string,
  silence: Silence,
): Fact<string> {
  const statuses = currentRows(record, 'Observation', at)
    .filter((row) => hasCode(row.resource, systems.snomed, snomed.employmentStatus))
    .map((row) => {
      const value = codeOf(row.resource, systems.employmentStatus);
      const sameValue = (other: RecordedResource<Observation>): boolean =>
        other.source === row.source &&
        other.sourceId === row.sourceId &&
        codeOf(other.resource, systems.employmentStatus) === value;
      const date = recordedDate(row, zone) ?? firstSeen(record, at, sameValue) ?? row.at.toISOString();
      return { value, date, row };
    })
    .toSorted(
      (one, other) =>
        latestInstant(one.date, zone) - latestInstant(other.date, zone) || one.row.id - other.row.id,
    );
  const latest = statuses.at(-1);
  if (latest === undefined) return silence('employmentStatus', 'no employment status is recorded');
  const says = latest.value === undefined ? undefined : statusWords[latest.value];
  if (latest.value === undefined || says === undefined)
    return notKnown('the employment status is recorded as not stated');
  const limit = addMonths(localDate(at, zone), -statusCurrentForMonths);
  if (latestInstant(latest.date, zone) < earliestInstant(limit, zone)) {
    return notKnown(`the employment status was recorded more than ${statusCurrentForMonths} months ago`);
  }
  return {
    state: 'present',
    value: latest.value,
    date: latest.date,
    id: uuidOf(`${record.uid}/status/${latest.value}/${latest.date}`),
    evidence: [evidenceOf('employmentStatus', says, latest.date, latest.row)],
  };
}

function evidenceOf(fact: string, says: string, date: string, row: RecordedResource): Evidence {
  return { fact, says, date, source: row.source, resource: `${row.resource.resourceType}/${row.sourceId}` };
}

function hasCode(observation: Observation, system: string, code: string): boolean {
  return observation.code.coding?.some((coding) => coding.system === system && coding.code === code) ?? false;
}

function codeOf(observation: Observation, system: string): string | undefined {
  return observation.valueCodeableConcept?.coding?.find((coding) => coding.system === system)?.code;
}

function answerOf(observation: Observation): WantsWork | undefined {
  if (!hasCode(observation, systems.question, 'wants-work')) return undefined;
  const code = codeOf(observation, systems.wantsWork);
  return wantsWorkValues.find((value) => value === code);
}

function wishId(observation: Observation): string | undefined {
  const urn = observation.identifier?.find((identifier) => identifier.system === systems.uri)?.value;
  return urn?.replace(/^urn:uuid:/, '');
}

/** The date that the source gives, unless it lies after the receipt of the row that carries it. */
function recordedDate(row: RecordedResource<Observation>, zone: string): string | undefined {
  const date = row.resource.effectiveDateTime;
  return date === undefined || earliestInstant(date, zone) > row.at.getTime() ? undefined : date;
}

/** When the first row (up to `at`) that passes the test was received. */
function firstSeen(
  record: PersonRecord,
  at: Date,
  test: (row: RecordedResource<Observation>) => boolean,
): string | undefined {
  const isObservation = (row: RecordedResource): row is RecordedResource<Observation> =>
    row.resource.resourceType === 'Observation';
  return record.rows
    .filter(isObservation)
    .find((row) => row.at <= at && row.resource.status !== 'entered-in-error' && test(row))
    ?.at.toISOString();
}
