// What has left a list: a feed that sends whole lists (of referrals to teams, of care plans) ends a thing by leaving it
// out. The end is the one stated in advance where that has come, else the receipt of the message that left it out; what
// had not begun by then is cancelled. It is marked as inferred, and the thing stands again when a later message mentions
// it. Only what stood on the same list of the same person and feed ends so.
import type { CarePlan, EpisodeOfCare, Resource } from '@medplum/fhirtypes';
import type { Finding } from '../errors.ts';
import { personKeyText } from '../fhir/canonical.ts';
import type { WholeList } from '../fhir/canonical.ts';
import { systems } from '../fhir/systems.ts';
import { before } from '../time.ts';
import { withElements } from './merge.ts';
import type { RecordedResource } from './person.ts';

type Listed = CarePlan | EpisodeOfCare;

/**
 * The things that a whole list leaves out, ended at `at`.
 * @param current the current rows of the list's feed
 */
export function leftOut(
  current: readonly RecordedResource[],
  { type, list, person, sourceIds, where }: WholeList,
  at: Date,
): {
  readonly ended: readonly { sourceId: string; resource: Listed; base: Listed }[];
  readonly findings: Finding[];
} {
  const stands = new Set(sourceIds);
  const ended = current.flatMap(({ sourceId, resource: base }) => {
    if (!isListed(base) || base.resourceType !== type || stands.has(sourceId)) return [];
    const isOn =
      base.meta?.tag?.some(({ system, code }) => system === systems.list && code === list) === true;
    if (!isOn || hasEnded(base) || personOf(base) !== personKeyText(person)) return [];
    return [{ sourceId, resource: endedAt(base, at), base }];
  });
  const message = 'a list of these leaves out what an earlier one held; it is taken as ended';
  return { ended, findings: ended.map(() => ({ kind: 'field/left-the-list', where, message })) };
}

/** A thing that had left its list, as it was before that; anything else as it is. A message mentions it again. */
export function backOnList(base: Resource | undefined): Resource | undefined {
  if (base === undefined || !isListed(base)) return base;
  const left = base.meta?.tag?.find(({ system }) => system === systems.leftList);
  if (left === undefined) return base;
  const { start } = base.period ?? {};
  return withElements(base, {
    status: 'active',
    period: start === undefined ? undefined : { start },
    meta: { ...base.meta, tag: [{ ...left, system: systems.list }] },
  });
}

function isListed(resource: Resource): resource is Listed {
  return resource.resourceType === 'EpisodeOfCare' || resource.resourceType === 'CarePlan';
}

function hasEnded({ status }: Listed): boolean {
  return !['active', 'planned', 'waitlist', 'onhold', 'on-hold', 'draft', 'unknown'].includes(status);
}

function personOf(resource: Listed): string | undefined {
  const reference = resource.resourceType === 'CarePlan' ? resource.subject : resource.patient;
  const { system, value } = reference.identifier ?? {};
  return system === undefined || value === undefined ? undefined : personKeyText({ system, value });
}

/** Ended at `at`; cancelled, without an end, where it would have begun only after that. */
function endedAt(base: Listed, at: Date): Listed {
  const tag = base.meta?.tag?.map((one) =>
    one.system === systems.list ? { ...one, system: systems.leftList } : one,
  );
  const meta = { ...base.meta, ...(tag === undefined ? {} : { tag }) };
  const { start, end: stated } = base.period ?? {};
  if (start !== undefined && before(at.toISOString(), start) === true) {
    return base.resourceType === 'CarePlan'
      ? { ...base, status: 'revoked', meta }
      : { ...base, status: 'cancelled', meta };
  }
  const hasCome = stated !== undefined && before(at.toISOString(), stated) !== true;
  const period = { ...base.period, end: hasCome ? stated : at.toISOString() };
  return base.resourceType === 'CarePlan'
    ? { ...base, status: 'completed', period, meta }
    : { ...base, status: 'finished', period, meta };
}
