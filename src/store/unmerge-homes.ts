// Whose each row is once a merge is undone. A feed's row is that of whoever its message named; what is ours (proposals,
// notes) stays together: every version goes where the first one belongs. Pure.
import { ownSource } from '../record/person.ts';
import { noteKey, notesFeed } from '../ips/notes/identity.ts';

/** A row of the record of two people who were one, and whom its places lead to now. */
export interface FamilyRow {
  readonly row: number;
  readonly source: string;
  readonly sourceId: string;
  /** Row number of the survivor of the person it stands under. */
  readonly filedUnder: number;
  /** The same of the person whom its message named; null where it named none. */
  readonly named: number | null;
}

/**
 * The rows that stand under the wrong person, with the right one; and for each key of what is ours, whose it is.
 * @param rows in the order in which they were written
 */
export function homesOf(rows: readonly FamilyRow[]): {
  readonly moves: readonly { readonly row: number; readonly home: number }[];
  readonly keys: ReadonlyMap<string, number>;
} {
  const keys = new Map<string, number>();
  const moves = rows.flatMap(({ row, source, sourceId, filedUnder, named }) => {
    const key = ownKey(source, sourceId);
    let home = named ?? filedUnder;
    if (key !== undefined) {
      home = keys.get(key) ?? home;
      keys.set(key, home);
    }
    return home === filedUnder ? [] : [{ row, home }];
  });
  return { moves, keys };
}

/** The key of the effect that a row of ours belongs to: its own, or that of the note that it came by. */
function ownKey(source: string, sourceId: string): string | undefined {
  if (source === ownSource) return sourceId;
  // note/<id>/<version>, disclosure/<id>
  return source === notesFeed ? noteKey(sourceId.split('/')[1] ?? sourceId) : undefined;
}
