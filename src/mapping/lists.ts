// Segments that are a list (`list: whole` in a group or message file): a message that holds one of them holds all there
// are, so that the record can tell what has left the list. Only care plans and referrals to teams: what somebody has
// stated, and who somebody is, never goes by silence.
import type { Finding } from '../errors.ts';
import type { PersonKey, WholeList } from '../fhir/canonical.ts';
import { systems } from '../fhir/systems.ts';
import type { SegmentMap } from './compile.ts';
import { setElement, targetOf } from './draft.ts';
import type { Draft } from './draft.ts';

/** What the segments of an entry are the whole list of; a fault where they make what does not end by silence. */
export function listOf(
  list: 'whole' | undefined,
  { resource, name }: SegmentMap,
  file: string,
  faults: Finding[],
): WholeList['type'] | undefined {
  if (list === undefined) return undefined;
  if (resource === 'EpisodeOfCare' || resource === 'CarePlan') return resource;
  const message = `${name} makes a ${resource}, which does not end by silence: list is for EpisodeOfCare and CarePlan`;
  faults.push({ kind: 'config/invalid', where: file, message });
  return undefined;
}

const tag = targetOf('meta.tag');

/** Says on a resource which list it stands on. */
export function tagListed(draft: Draft, list: string): void {
  setElement(draft, tag, [{ system: systems.list, code: list }]);
}

/**
 * The list of one person in one message: none where no segment of it stands there, or where one does not say what it
 * is about, as that one may be any.
 * @param stood the sourceId of each segment, undefined where it has none
 */
export function listed(
  type: WholeList['type'],
  list: string,
  where: string,
  person: PersonKey,
  stood: readonly (string | undefined)[],
): WholeList[] {
  const sourceIds = stood.filter((sourceId) => sourceId !== undefined);
  return stood.length === 0 || sourceIds.length < stood.length
    ? []
    : [{ person, type, list, sourceIds, where }];
}
