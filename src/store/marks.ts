// Marks: the source says that it has deleted a visit or a record (A23, A29). Nothing is deleted here; a mark stands
// until an operator has looked and clears it.
import { sql } from 'kysely';
import { BridgeError } from '../errors.ts';
import type { PersonKey } from '../fhir/canonical.ts';
import { on } from './database.ts';
import type { Scope, Tx } from './database.ts';
import { namedPerson } from './persons.ts';

interface MarkSaid {
  readonly person: PersonKey;
  /** A23 or A29. */
  readonly event: string;
  readonly inboxRow: number;
  readonly at: Date;
}

/** Marks somebody; false where the same mark stands, or this very message's was cleared. The caller holds the lock. */
export async function markPerson(tx: Tx, { person, event, inboxRow, at }: MarkSaid): Promise<boolean> {
  const id = await namedPerson(tx, person);
  if (id === undefined)
    throw new BridgeError('internal/row-missing', 'a person just locked cannot be found again');
  const { rows } = await sql`
    insert into person_mark (person_id, event, inbox_id, at)
    select ${id}::bigint, ${event}, ${inboxRow}::bigint, ${at}
    where not exists (select from person_mark where person_id = ${id} and event = ${event}
      and (cleared_at is null or inbox_id = ${inboxRow}))
    returning id`.execute(tx);
  return rows.length > 0;
}

export interface PersonMark {
  readonly mark: number;
  /** Opaque id of the registration. */
  readonly person: string;
  readonly event: string;
  readonly inboxRow: number | null;
  readonly at: Date;
  readonly clearedAt: Date | null;
  readonly clearedBy: string | null;
  readonly clearedReason: string | null;
}

/** Marks that stand, oldest first, and with `all` those that were cleared; of one person and those merged with them where given. */
export async function personMarks(
  scope: Scope,
  { person, all = false }: { readonly person?: number; readonly all?: boolean } = {},
): Promise<readonly PersonMark[]> {
  const { rows } = await sql<PersonMark>`
    select m.id as mark, p.uid as person, m.event, m.inbox_id as "inboxRow", m.at, m.cleared_at as "clearedAt",
      m.cleared_by as "clearedBy", m.cleared_reason as "clearedReason"
    from person_mark m join person p on p.id = m.person_id
    where (${all}::boolean or m.cleared_at is null)
      and (${person ?? null}::bigint is null or ${person ?? null}::bigint in (p.id, coalesce(p.merged_into, p.id)))
    order by m.id limit 1000`.execute(on(scope));
  return rows;
}

/** Clears a mark, for a reason: the person's row number, or undefined where no such mark stands. */
export async function clearMark(
  tx: Tx,
  mark: number,
  by: { readonly name: string; readonly reason: string; readonly at: Date },
): Promise<number | undefined> {
  const { rows } = await sql<{ person: number }>`
    update person_mark set cleared_at = ${by.at}, cleared_by = ${by.name}, cleared_reason = ${by.reason}
    where id = ${mark} and cleared_at is null returning person_id as person`.execute(tx);
  return rows[0]?.person;
}
