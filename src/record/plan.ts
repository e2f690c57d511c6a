// What a message adds to a person's record, as rows to append: each resource laid over the version that was current at
// the message's time. Nothing changed adds nothing. A message that comes late (a replay) gets a row at its own time;
// later rows stay as they are. A history is that of one source and its own id for the thing: Patients of people merged
// into this one stay apart, and a status (one id for every person) goes on with what the feed says of the survivor.
import { isDeepStrictEqual } from 'node:util';
import type { Observation, Resource } from '@medplum/fhirtypes';
import type { Finding } from '../errors.ts';
import type { CanonicalResource, WholeList } from '../fhir/canonical.ts';
import { backOnList, leftOut } from './lists.ts';
import { about, mergeOnto, withElements } from './merge.ts';
import { currentRows } from './person.ts';
import type { PersonRecord, RecordedResource } from './person.ts';
import { settle } from './settle.ts';
import {
  correctedBy,
  hasValue,
  isWithdrawn,
  isWorkAnswer,
  restate,
  returnsAfterDecline,
  supersedes,
  wishIdentifier,
  withdraws,
} from './statements.ts';
import { followVisits } from './visits.ts';

export interface NewRow {
  readonly type: Resource['resourceType'];
  readonly sourceId: string;
  readonly at: Date;
  readonly resource: Resource;
}

export interface Plan {
  readonly rows: readonly NewRow[];
  readonly findings: readonly Finding[];
}

interface Arrived {
  /** The feed's id. */
  readonly source: string;
  /** Receipt time of the message. */
  readonly at: Date;
  /** The survivor's uid: wishes take their identity from it. */
  readonly personUid: string;
}

/** The rows that the resources and whole lists of one message, all of one person, add to the record. */
export function planRows(
  record: PersonRecord,
  incoming: readonly CanonicalResource[],
  arrived: Arrived,
  lists: readonly WholeList[] = [],
): Plan {
  const findings: Finding[] = [];
  const planned: NewRow[] = [];
  const { source, at } = arrived;
  // What was planned already is part of the record for what follows in the same message; what came later is not.
  const known = record.rows.filter((row) => row.at <= at);
  const soFar = (): RecordedResource[] => [
    ...known,
    ...planned.map((row) => ({ ...row, id: Number.MAX_SAFE_INTEGER, source })),
  ];
  const add = (sourceId: string, resource: Resource, base: Resource | undefined): void => {
    if (isDeepStrictEqual(resource, base)) return;
    planned.push({ type: resource.resourceType, sourceId, at, resource });
  };

  const observations = incoming.flatMap(({ resource }) =>
    resource.resourceType === 'Observation' ? [resource] : [],
  );

  for (const item of withoutSuperseded(followVisits(incoming, known, source, findings), findings)) {
    const rows = soFar();
    const base = currentOf(rows, source, item);
    const { resource } = item;
    if (resource.resourceType !== 'Observation') {
      const stood = backOnList(base);
      const settled = settle(stood, mergeOnto(stood, item), item, findings);
      if (settled !== undefined) add(item.sourceId, settled, base);
      continue;
    }
    const stated = base?.resourceType === 'Observation' ? base : undefined;
    if (isWithdrawn(resource) && (stated === undefined || !withdraws(resource, stated))) {
      findings.push(about(item, 'field/withdraws-nothing', 'what it withdraws is not what the record holds'));
      continue;
    }
    if (!isWithdrawn(resource) && !hasValue(resource)) {
      // Empty means not sent: no new date for what stands either. Deleted takes the statement away.
      const deleted = stated !== undefined && item.clears.includes('valueCodeableConcept');
      if (deleted) add(item.sourceId, withElements(stated, { status: 'entered-in-error' }), stated);
      continue;
    }
    const next = restate(stated, resource, item.clears.includes('effectiveDateTime'));
    const wish = isWorkAnswer(next) && next.identifier === undefined && !isWithdrawn(next);
    add(
      item.sourceId,
      wish
        ? { ...next, identifier: wishIdentifier([...record.rows, ...rows], arrived.personUid, next) }
        : next,
      base,
    );
    const live = currentRows({ ...record, rows }, 'Observation');
    const last = rows.findLast((row) => isVersionOf(row, source, item));
    if (
      last !== undefined &&
      isDeepStrictEqual(next, base) &&
      returnsAfterDecline(resource, last.at, live, observations)
    ) {
      findings.push(about(item, 'field/undated-answer', returned));
    }
    const own = live.filter((row) => row.source === source);
    const replaced = correctedBy(next, item.sourceId, own);
    if (replaced !== undefined && next.status !== stated?.status) {
      add(
        replaced.sourceId,
        withElements(replaced.resource, { status: 'entered-in-error' }),
        replaced.resource,
      );
    }
  }
  for (const list of lists) {
    const current = currentRows({ ...record, rows: soFar() }, list.type);
    const left = leftOut(
      current.filter((row) => row.source === source),
      list,
      at,
    );
    for (const { sourceId, resource, base } of left.ended) add(sourceId, resource, base);
    findings.push(...left.findings);
  }
  return { rows: planned, findings };
}

const returned =
  'the answer came back without a date after the person had declined; it is not taken as a new wish';

/** The source's own version of the same thing; withdrawn versions count. */
function currentOf(
  rows: readonly RecordedResource[],
  source: string,
  item: CanonicalResource,
): Resource | undefined {
  return rows.findLast((row) => isVersionOf(row, source, item))?.resource;
}

function isVersionOf(
  row: RecordedResource,
  source: string,
  { sourceId, resource }: CanonicalResource,
): boolean {
  return (
    row.source === source && row.sourceId === sourceId && row.resource.resourceType === resource.resourceType
  );
}

/** Of several statements on one matter in one message (a history of statuses), only the latest stands. */
function withoutSuperseded(incoming: readonly CanonicalResource[], findings: Finding[]): CanonicalResource[] {
  const kept: CanonicalResource[] = [];
  for (const item of incoming) {
    const other = isStatement(item)
      ? kept.findIndex((earlier) => isStatement(earlier) && earlier.sourceId === item.sourceId)
      : -1;
    const earlier = kept[other];
    if (earlier === undefined) {
      kept.push(item);
      continue;
    }
    if (!isDeepStrictEqual(earlier.resource, item.resource)) {
      findings.push(about(item, 'field/several-values', 'stated more than once; the latest date counts'));
    }
    if (supersedes(asObservation(item), asObservation(earlier))) kept[other] = item;
  }
  return kept;
}

function isStatement(item: CanonicalResource): boolean {
  return item.resource.resourceType === 'Observation' && !isWithdrawn(item.resource);
}

function asObservation({ resource }: CanonicalResource): Observation {
  return resource.resourceType === 'Observation'
    ? resource
    : { resourceType: 'Observation', status: 'unknown', code: {} };
}
