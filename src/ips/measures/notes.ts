// What the measures read of progress notes: the one place that does. A note says that a specialist wrote something down;
// it is no contact in the national sense (MHSDS), and the report says so wherever a number comes from here.
import type { PersonRecord } from '../../record/person.ts';
import { currentRows } from '../../record/person.ts';
import { notesFeed } from '../notes/identity.ts';

/** The kinds of note, as the category of the DocumentReference holds them. */
const noteKind = 'urn:x-ips-bridge:note-kind';

export interface NoteCounts {
  /** Notes of any kind; the versions of one note count once. */
  readonly notes: number;
  /** Of contacts at which the person was seen. */
  readonly contacts: number;
}

/** Notes on record at `at`, without those entered in error. */
export function noteCounts(record: PersonRecord, at: Date): NoteCounts {
  const rows = currentRows(record, 'DocumentReference', at).filter(({ source }) => source === notesFeed);
  const kinds = new Map(
    rows.map(({ sourceId, resource }) => {
      const codings = resource.category?.flatMap((category) => category.coding ?? []) ?? [];
      const kind = codings.find(({ system }) => system === noteKind)?.code;
      return [sourceId.split('/').slice(0, 2).join('/'), kind];
    }),
  );
  return { notes: kinds.size, contacts: [...kinds.values()].filter((kind) => kind === 'contact').length };
}
