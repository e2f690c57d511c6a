// Observations as the record keeps them: what somebody stated, when. A statement is replaced as a whole, its date never
// passes to another value, seeing the same value again never moves it, and a wish keeps the identity it first got.
import type { Observation } from '@medplum/fhirtypes';
import { isDeepStrictEqual } from 'node:util';
import { urnOf } from '../fhir/ids.ts';
import { systems } from '../fhir/systems.ts';
import { before } from '../time.ts';
import type { RecordedResource } from './person.ts';

/** Whether a statement was withdrawn (OBX-11 D, W). */
export function isWithdrawn(observation: Observation): boolean {
  return observation.status === 'entered-in-error';
}

/** Whether anything was stated, of whatever type. */
export function hasValue(observation: Observation): boolean {
  return Object.entries(observation).some(([name, value]) => /^value[A-Z]/.test(name) && value !== undefined);
}

/**
 * The statement over the one that the record holds. Without a date, the same value keeps the date it had; another
 * value does not inherit it, and `clearsDate` takes it away. A snapshot that says `final` of what was corrected before says nothing new.
 */
export function restate(
  base: Observation | undefined,
  incoming: Observation,
  clearsDate: boolean,
): Observation {
  if (base === undefined) return incoming;
  const same = sameValue(base, incoming);
  const date = incoming.effectiveDateTime ?? (same && !clearsDate ? base.effectiveDateTime : undefined);
  const live = !isWithdrawn(base) && !isWithdrawn(incoming);
  const unmoved = same && live && date === base.effectiveDateTime && incoming.status === 'final';
  return {
    ...incoming,
    status: unmoved ? base.status : incoming.status,
    ...(incoming.valueCodeableConcept === undefined && base.valueCodeableConcept !== undefined
      ? { valueCodeableConcept: base.valueCodeableConcept }
      : {}),
    ...(date === undefined ? {} : { effectiveDateTime: date }),
    ...(base.identifier === undefined ? {} : { identifier: base.identifier }),
  };
}

/**
 * Whether a withdrawal speaks of the statement that stands: the EPR may delete an older entry, and the current one
 * must not go with it.
 */
export function withdraws(incoming: Observation, base: Observation): boolean {
  const dates = incoming.effectiveDateTime === undefined || base.effectiveDateTime === undefined;
  return sameValue(base, incoming) && (dates || sameMoment(incoming, base));
}

/** The same code, or the same words where no code was known; a statement without value matches any. */
function sameValue(one: Observation, other: Observation): boolean {
  const value = one.valueCodeableConcept;
  const otherValue = other.valueCodeableConcept;
  if (value === undefined || otherValue === undefined) return true;
  const code = value.coding?.[0]?.code;
  const otherCode = otherValue.coding?.[0]?.code;
  return code === otherCode && (code !== undefined || isDeepStrictEqual(value.text, otherValue.text));
}

/** The same recorded date as far as both tell: a day and a time on it are one, two times are not. */
function sameMoment(one: Observation, other: Observation): boolean {
  const date = one.effectiveDateTime;
  const otherDate = other.effectiveDateTime;
  if (date === undefined || otherDate === undefined) return date === otherDate;
  return date.startsWith(otherDate) || otherDate.startsWith(date);
}

/** Of two statements of one message on the same matter, whether the second stands: the later date, else the order. */
export function supersedes(second: Observation, first: Observation): boolean {
  const date = second.effectiveDateTime;
  const firstDate = first.effectiveDateTime;
  if (firstDate === undefined) return true;
  return date !== undefined && before(date, firstDate) !== true;
}

/** Whether an Observation answers the work question. */
export function isWorkAnswer(observation: Observation): boolean {
  return (
    observation.code.coding?.some(
      ({ system, code }) => system === systems.question && code === 'wants-work',
    ) === true
  );
}

/**
 * The identifier of a wish: that of the same value with the same recorded date in any feed, also of people merged
 * into this one; else a new one, the same on every replay.
 */
export function wishIdentifier(
  rows: readonly RecordedResource[],
  personUid: string,
  wish: Observation,
): NonNullable<Observation['identifier']> {
  const known = rows.flatMap(({ resource }) =>
    resource.resourceType === 'Observation' &&
    isWorkAnswer(resource) &&
    resource.identifier !== undefined &&
    sameValue(resource, wish) &&
    sameMoment(resource, wish)
      ? [resource.identifier]
      : [],
  )[0];
  if (known !== undefined) return known;
  const value = wish.valueCodeableConcept?.coding?.[0]?.code ?? 'unrecognised';
  const key = `${personUid}/wish/${value}/${wish.effectiveDateTime ?? 'undated'}`;
  return [{ system: systems.uri, value: urnOf(key) }];
}

/** What an answer to the work question says, where a table knows it: `paid-job`, `no` … */
function answerCode(observation: Observation): string | undefined {
  if (!isWorkAnswer(observation)) return undefined;
  return observation.valueCodeableConcept?.coding?.find(({ system }) => system === systems.wantsWork)?.code;
}

/**
 * Whether a wish without a date, on record since `since`, comes back although the person has declined after that: it
 * may be a new wish or the old one repeated, and nobody can tell. A message that tells the decline too is a history, in
 * which nothing comes back.
 * @param answers every Observation that counts at that time, of all feeds
 * @param inMessage the Observations of the same message
 */
export function returnsAfterDecline(
  wish: Observation,
  since: Date,
  answers: readonly RecordedResource<Observation>[],
  inMessage: readonly Observation[],
): boolean {
  const isDecline = (observation: Observation): boolean => answerCode(observation) === 'no';
  const code = answerCode(wish);
  const undated = wish.effectiveDateTime === undefined && !isWithdrawn(wish);
  if (!undated || code === undefined || code === 'no' || inMessage.some(isDecline)) return false;
  return answers.some(({ at, resource }) => {
    const declined = resource.effectiveDateTime ?? at.toISOString();
    return isDecline(resource) && before(declined, since.toISOString()) !== true;
  });
}

/** The other answer that a correction (OBX-11 C) takes the place of: the latest of the same recorded date. */
export function correctedBy(
  correction: Observation,
  sourceId: string,
  current: readonly RecordedResource<Observation>[],
): RecordedResource<Observation> | undefined {
  if (correction.status !== 'corrected' || !isWorkAnswer(correction)) return undefined;
  return current.findLast(
    (row) =>
      row.sourceId !== sourceId &&
      isWorkAnswer(row.resource) &&
      row.resource.effectiveDateTime === correction.effectiveDateTime,
  );
}
