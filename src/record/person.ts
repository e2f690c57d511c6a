// One person's record as the rest of the program reads it: rows of FHIR resources, oldest first, append-only. What
// was true at time t is read from the rows with `at` <= t.
import type { Resource } from '@medplum/fhirtypes';
import type { PersonKey } from '../fhir/canonical.ts';

/** The `source` of what we made ourselves: proposals, asks. Every other source is a feed's id. */
export const ownSource = 'ips-bridge';

export interface RecordedResource<R extends Resource = Resource> {
  /** Row number; later rows have larger ones. */
  readonly id: number;
  readonly source: string;
  readonly sourceId: string;
  /** When we learned it: the receipt time of the message. */
  readonly at: Date;
  /** Number of the message that said so; of nothing that came of no message or is not written yet. */
  readonly inboxRow?: number | undefined;
  readonly resource: R;
}

export interface PersonRecord {
  /** The survivor's row number; rows of everyone merged into them are included below. */
  readonly id: number;
  /** Opaque, stable, fit for URLs and keys. */
  readonly uid: string;
  /** The survivor's own key first, then those of everyone merged into them. */
  readonly keys: readonly PersonKey[];
  /** All rows, ordered by `at`, then `id`. The last of each (source, type, sourceId) is the current one. */
  readonly rows: readonly RecordedResource[];
}

/** The current row of each resource of one type at time `at` (now unless given), without entered-in-error ones. */
export function currentRows<T extends Resource['resourceType']>(
  record: PersonRecord,
  type: T,
  at?: Date,
): RecordedResource<Extract<Resource, { resourceType: T }>>[] {
  const current = new Map<string, RecordedResource>();
  for (const row of record.rows) {
    if (row.resource.resourceType !== type) continue;
    if (at !== undefined && row.at > at) continue;
    current.set(`${row.source}|${row.sourceId}`, row);
  }
  const isType = (row: RecordedResource): row is RecordedResource<Extract<Resource, { resourceType: T }>> =>
    row.resource.resourceType === type;
  return [...current.values()]
    .filter(isType)
    .filter((row) => !('status' in row.resource && row.resource.status === 'entered-in-error'));
}
