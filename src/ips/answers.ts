// Facts about what the person said they want of work, when they declined, and when they were asked. An answer that no
// table knows is still an answer: while it is the newest, what was said before it no longer stands, and what it says
// is not known.
import { isDeepStrictEqual } from 'node:util';
import type { Observation } from '@medplum/fhirtypes';
import type { Finding } from '../errors.ts';
import { wantsWorkValues } from '../fhir/code-lists.ts';
import { uuidOf } from '../fhir/ids.ts';
import { systems } from '../fhir/systems.ts';
import { currentRows } from '../record/person.ts';
import type { PersonRecord } from '../record/person.ts';
import { hasValue } from '../record/statements.ts';
import { earliestInstant, latestInstant } from '../time.ts';
import { notKnown } from './fact.ts';
import type { Fact, WantsWork } from './fact.ts';
import type { Silence } from './silence.ts';
import { codeOf, evidenceOf, firstSeen, hasCode, newestOf, recordedDate } from './statement.ts';
import type { Dated } from './statement.ts';

const answerWords: Readonly<Record<WantsWork, string>> = {
  'paid-job': 'said they want a paid job',
  'keep-or-change': 'said they want help to keep or change a job',
  unsure: 'said they are unsure and would like to talk about work',
  'volunteering-or-study': 'said they want volunteering, study or training only',
  no: 'said they do not want help with work',
};

interface Answer extends Dated {
  readonly value: WantsWork;
  readonly dated: boolean;
  readonly id: string;
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
  const latest = newestOf(answers, zone);
  const unread = newestOf(unreadAt(record, at, zone), zone);
  if (unread !== undefined && newestOf([...answers, unread], zone) === unread) {
    return { ...whileUnread(unread), findings };
  }
  const decline = newestOf(
    answers.filter((answer) => answer.value === 'no'),
    zone,
  );
  const present = <T>(fact: string, answer: Answer, value: T): Fact<T> => ({
    state: 'present',
    value,
    date: answer.date,
    id: answer.id,
    evidence: [evidenceOf(fact, answerWords[answer.value], answer)],
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

/** The newest answer cannot be read: it may be a wish or a decline. They were asked, that much is certain. */
function whileUnread(unread: Dated): Omit<WorkFacts, 'findings'> {
  const unknown = notKnown('the newest answer about work is one that the table of answers does not know');
  return {
    wantsWork: unknown,
    declined: unknown,
    lastAsked: {
      state: 'present',
      value: true,
      date: unread.date,
      evidence: [evidenceOf('lastAsked', 'gave an answer about work', unread)],
    },
  };
}

/** The answers that no table knows. */
function unreadAt(record: PersonRecord, at: Date, zone: string): Dated[] {
  return currentRows(record, 'Observation', at)
    .filter(({ resource }) => isUnread(resource))
    .map((row): Dated => {
      const said = row.resource.valueCodeableConcept;
      const first = firstSeen(
        record,
        at,
        ({ resource }) => isUnread(resource) && isDeepStrictEqual(resource.valueCodeableConcept, said),
      );
      return { date: recordedDate(row, zone) ?? first ?? row.at.toISOString(), row };
    });
}

/**
 * The answers that a table knows. An answer without a date (or dated after we received it, which no clock
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
  const answers = all.filter(
    (answer) => answer.dated || !all.some((other) => isSameSaidBefore(other, answer, zone)),
  );
  const returns = all.some(
    (answer) => !answer.dated && answer.value !== 'no' && returnsAfterDecline(answer, all, zone),
  );
  const finding: Finding = {
    kind: 'field/undated-answer',
    where: 'Observation/wants-work',
    message: 'an answer without a date, seen before the person declined, is not a new wish',
  };
  return { answers, findings: returns ? [finding] : [] };
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

function isAnswer(observation: Observation): boolean {
  return hasCode(observation, systems.question, 'wants-work');
}

function isUnread(observation: Observation): boolean {
  return isAnswer(observation) && hasValue(observation) && answerOf(observation) === undefined;
}

function answerOf(observation: Observation): WantsWork | undefined {
  if (!isAnswer(observation)) return undefined;
  const code = codeOf(observation, systems.wantsWork);
  return wantsWorkValues.find((value) => value === code);
}

function wishId(observation: Observation): string | undefined {
  const urn = observation.identifier?.find((identifier) => identifier.system === systems.uri)?.value;
  return urn?.replace(/^urn:uuid:/, '');
}
