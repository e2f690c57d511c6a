// A message that is taken up again after later ones were processed: it stands where it stood. What a later message said of
// the same thing at the same moment is not written over, and what the message said before, under another name, and does not
// say any more (an answer that no table knew) is taken back.
import type { CanonicalResource } from '../fhir/canonical.ts';
import { withElements } from './merge.ts';
import type { PersonRecord, RecordedResource } from './person.ts';
import type { NewRow } from './plan.ts';
import { isWithdrawn } from './statements.ts';

interface Replayed {
  /** The feed's id. */
  readonly source: string;
  readonly at: Date;
  /** Number of the message. */
  readonly inboxRow: number;
}

/** The time under which the record has what a message said before; undefined where it has nothing of it. */
export function lastSaidAt(record: PersonRecord, source: string, inboxRow: number): Date | undefined {
  return record.rows.findLast((row) => row.source === source && row.inboxRow === inboxRow)?.at;
}

/** The rows that a replayed message adds, of those planned for it as for any other. */
export function replayedRows(
  record: PersonRecord,
  said: readonly CanonicalResource[],
  planned: readonly NewRow[],
  replayed: Replayed,
): NewRow[] {
  const { source, at, inboxRow } = replayed;
  const own = record.rows.filter((row) => row.source === source);
  const isOvertaken = (type: string, sourceId: string): boolean =>
    own.some(
      (row) =>
        row.inboxRow !== undefined &&
        row.inboxRow > inboxRow &&
        row.at.getTime() === at.getTime() &&
        isSame(row, type, sourceId),
    );
  const saidStill = (row: RecordedResource): boolean =>
    said.some(({ resource, sourceId }) => isSame(row, resource.resourceType, sourceId));
  const before = own.filter((row) => row.at <= at);
  const takenBack = before.flatMap((row): NewRow[] => {
    const { resource, sourceId } = row;
    if (row.inboxRow !== inboxRow || resource.resourceType !== 'Observation' || isWithdrawn(resource))
      return [];
    const isLast = before.findLast((other) => isSame(other, 'Observation', sourceId)) === row;
    if (!isLast || saidStill(row)) return [];
    return [
      { type: 'Observation', sourceId, at, resource: withElements(resource, { status: 'entered-in-error' }) },
    ];
  });
  return [...takenBack, ...planned].filter(({ type, sourceId }) => !isOvertaken(type, sourceId));
}

function isSame({ resource, sourceId }: RecordedResource, type: string, id: string): boolean {
  return resource.resourceType === type && sourceId === id;
}
