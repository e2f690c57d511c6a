// Links between two persons (A24, A37): recorded by the registrations that the message named, and no more. No record is
// joined by a link or parted by its end. A message that comes late changes nothing that a later one has said.
import { sql } from 'kysely';
import { BridgeError } from '../errors.ts';
import type { PersonKey } from '../fhir/canonical.ts';
import { on } from './database.ts';
import type { Scope, Tx } from './database.ts';
import { namedPerson } from './persons.ts';

interface LinkSaid {
  readonly one: PersonKey;
  readonly other: PersonKey;
  readonly linked: boolean;
  readonly inboxRow: number | undefined;
  readonly at: Date;
}

/** Records a link or its end; false where that was known. The caller holds the persons' locks. */
export async function recordLink(tx: Tx, { one, other, linked, inboxRow, at }: LinkSaid): Promise<boolean> {
  const persons = [await namedPerson(tx, one), await namedPerson(tx, other)].filter((id) => id !== undefined);
  const [first, second] = persons.sort((a, b) => a - b);
  if (first === undefined || second === undefined)
    throw new BridgeError('internal/row-missing', 'a person just locked cannot be found again');
  const { rows } = await sql`
    insert into person_link (one_id, other_id, linked, inbox_id, at)
    values (${first}, ${second}, ${linked}, ${inboxRow ?? null}, ${at})
    on conflict (one_id, other_id) do update set linked = excluded.linked, inbox_id = excluded.inbox_id, at = excluded.at
      where person_link.linked <> excluded.linked and person_link.at <= excluded.at
    returning one_id`.execute(tx);
  return rows.length > 0;
}

export interface PersonLink {
  /** Opaque ids of the two. */
  readonly one: string;
  readonly other: string;
  readonly linked: boolean;
  /** Whether both are one person by now. */
  readonly merged: boolean;
  readonly inboxRow: number | null;
  readonly at: Date;
}

/** Links and ended links, latest first; of one person and those merged with them where `person` is given. */
export async function personLinks(scope: Scope, person?: number): Promise<readonly PersonLink[]> {
  const { rows } = await sql<PersonLink>`
    select a.uid as one, b.uid as other, l.linked, l.inbox_id as "inboxRow", l.at,
      coalesce(a.merged_into, a.id) = coalesce(b.merged_into, b.id) as merged
    from person_link l join person a on a.id = l.one_id join person b on b.id = l.other_id
    where ${person ?? null}::bigint is null
      or ${person ?? null}::bigint in (a.id, b.id, coalesce(a.merged_into, a.id), coalesce(b.merged_into, b.id))
    order by l.at desc, l.one_id, l.other_id limit 1000`.execute(on(scope));
  return rows;
}
