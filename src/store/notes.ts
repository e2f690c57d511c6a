// Progress notes as the tables hold them: the writes of one note in the order of their arrival, whose note it is, and what
// became of each write at each destination. No text of a note is read here.
import { sql } from 'kysely';
import type { Finding } from '../errors.ts';
import { noteKey, notesFeed, noteVersionKey } from '../ips/notes/identity.ts';
import { on } from './database.ts';
import type { Scope } from './database.ts';
import type { InboxState, OutboxState } from './tables.ts';

/** One write of a note: its creation, an amendment, or that it was written by mistake. */
export interface NoteWrite {
  readonly row: number;
  /** As {@link storedSender} keeps it. */
  readonly sender: string;
  readonly controlId: string;
  /** `NOTE^create`, `NOTE^amend` or `NOTE^withdraw`. */
  readonly event: string;
  readonly receivedAt: Date;
  readonly state: InboxState;
  readonly outcome: 'used' | 'unused' | null;
  readonly unusedReason: string | null;
  readonly findings: readonly Finding[];
  readonly failure: { readonly kind: string; readonly message: string } | null;
}

/**
 * Every write of a note, in the order of arrival; empty where there is no such note. Control ids begin with the note's id,
 * which is followed by nothing, or by a slash and what tells the writes apart.
 */
export async function noteWrites(scope: Scope, id: string): Promise<readonly NoteWrite[]> {
  const { rows } = await sql<NoteWrite>`
    select id as row, sender, control_id as "controlId", event, received_at as "receivedAt", state, outcome,
      unused_reason as "unusedReason", findings,
      case when failure_kind is not null
        then json_build_object('kind', failure_kind, 'message', coalesce(failure_message, '')) end as failure
    from inbox
    where feed = ${sql.lit(notesFeed)} and control_id collate "C" >= ${id} and control_id collate "C" < ${`${id}0`}
    order by id`.execute(on(scope));
  return rows;
}

/** Row number of the person whose record holds this note; the survivor's where they were merged. */
export async function personOfNote(scope: Scope, id: string): Promise<number | undefined> {
  const first = noteVersionKey({ id, version: 1 });
  const { rows } = await sql<{ person: number }>`
    select coalesce(p.merged_into, p.id) as person
    from resource r join person p on p.id = r.person_id
    where r.source = ${sql.lit(notesFeed)} and r.source_id = ${first} limit 1`.execute(on(scope));
  return rows[0]?.person;
}

/** What became of one write at one destination, as its latest revision there has it. */
export interface NoteEffect {
  /** The write that led to it. */
  readonly inboxRow: number;
  readonly destination: string;
  readonly state: OutboxState;
  readonly confirmedAt: Date | null;
  readonly failure: { readonly kind: string; readonly message: string } | null;
}

/** The effects of a note, by destination and then in the order of its writes. */
export async function noteEffects(scope: Scope, id: string): Promise<readonly NoteEffect[]> {
  const { rows } = await sql<NoteEffect>`
    select distinct on (destination, inbox_id) inbox_id as "inboxRow", destination, state, confirmed_at as "confirmedAt",
      case when failure_kind is not null
        then json_build_object('kind', failure_kind, 'message', coalesce(failure_message, '')) end as failure
    from outbox
    where rule = 'progress-note' and key = ${noteKey(id)}
    order by destination, inbox_id, revision desc`.execute(on(scope));
  return rows;
}

/** The last version of a note that went out to a destination, or may have, before a revision of its effect. */
export async function versionSent(
  scope: Scope,
  {
    destination,
    key,
    revision,
  }: { readonly destination: string; readonly key: string; readonly revision: number },
): Promise<number | undefined> {
  const { rows } = await sql<{ version: number }>`
    select (decision->'note'->>'version')::int as version from outbox
    where destination = ${destination} and key = ${key} and revision < ${revision} and decision->>'action' = 'make'
      and (in_doubt or state in ('sending', 'ambiguous', 'delivered'))
    order by revision desc limit 1`.execute(on(scope));
  return rows[0]?.version;
}
