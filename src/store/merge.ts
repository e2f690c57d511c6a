// Merges (HL7 v2.5.1 §3.3.40): the merged person's key leads to the survivor from now on. Nobody's rows move, so what a
// merge changed can be undone. Repeated, late and circular instructions are taken as they come: the last one wins.
import { sql } from 'kysely';
import { BridgeError } from '../errors.ts';
import type { PersonKey } from '../fhir/canonical.ts';
import type { Tx } from './database.ts';
import { lockPersons, namedPerson } from './persons.ts';

export interface Merge {
  readonly survivor: PersonKey;
  readonly merged: PersonKey;
  readonly inboxRow: number | undefined;
  readonly at: Date;
}

export interface MergeResult {
  /** False where the two were one already, with this survivor. */
  readonly changed: boolean;
  /** Row number of the survivor after it. */
  readonly survivor: number;
}

/**
 * Merges one key's person into another's; either may be unknown until now. The survivor is whoever the survivor's key
 * leads to; but where both are one person already and the instruction names their present survivor as the merged one
 * (A into B, later B into A), it turns round. Effects not yet settled follow into the survivor's lane.
 */
export async function mergePersons(tx: Tx, merge: Merge): Promise<MergeResult> {
  await lockPersons(tx, [merge.survivor, merge.merged]);
  const survivor = await personOf(tx, merge.survivor);
  const merged = await personOf(tx, merge.merged);
  if (survivor.id === merged.id) return { changed: false, survivor: survivor.root };

  let to = survivor.root;
  if (survivor.root === merged.root) {
    if (merged.id !== merged.root) return { changed: false, survivor: survivor.root };
    to = survivor.id;
  }
  const from = merged.root;
  const { rows: moved } = await sql<{ person: number; mergedInto: number | null }>`
    with family as materialized (
      select id, merged_into from person where id in (${from}, ${to}) or merged_into = ${from} order by id for no key update
    )
    update person p set merged_into = case when p.id = ${to}::bigint then null else ${to}::bigint end
    from family f where p.id = f.id and (p.id <> ${to} or f.merged_into is not null)
    returning p.id as person, f.merged_into as "mergedInto"`.execute(tx);
  const { rows: effects } = await sql<{ row: number; person: number }>`
    update outbox set person_id = ${to}, lane = case lane when 0 then 0 else ${to} end
    where person_id = ${from} and state in ('observed', 'pending', 'sending', 'ambiguous', 'held')
    returning id as row, ${from}::bigint as person`.execute(tx);
  await tx
    .insertInto('person_merge')
    .values({
      survivor_id: survivor.id,
      merged_id: merged.id,
      from_root: from,
      to_root: to,
      moved: JSON.stringify(moved),
      effects: JSON.stringify(effects),
      inbox_id: merge.inboxRow ?? null,
      at: merge.at,
    })
    .execute();
  return { changed: true, survivor: to };
}

/**
 * One registration belongs to another person from now on (A43). Where it stands alone that is a merge. Where it is part
 * of other merges, nothing tells what of them was meant: the message is held until an operator has undone those.
 * @throws BridgeError identity/move-of-merged, identity/move-of-survivor
 */
export async function moveRegistration(tx: Tx, move: Merge, where: string): Promise<MergeResult> {
  await lockPersons(tx, [move.survivor, move.merged]);
  const to = await personOf(tx, move.survivor);
  const moved = await personOf(tx, move.merged);
  if (moved.root === to.root) return { changed: false, survivor: to.root };
  if (moved.id !== moved.root) {
    const message =
      'this registration was merged into a third person: undo that merge (ips-bridge person unmerge), then replay';
    throw new BridgeError('identity/move-of-merged', message, { where });
  }
  const others = await tx
    .selectFrom('person')
    .select('id')
    .where('merged_into', '=', moved.id)
    .limit(1)
    .executeTakeFirst();
  if (others !== undefined) {
    const message =
      'others were merged into this registration, and nothing says whether they move too: undo those merges (ips-bridge person unmerge), then replay';
    throw new BridgeError('identity/move-of-survivor', message, { where });
  }
  return mergePersons(tx, move);
}

async function personOf(tx: Tx, key: PersonKey): Promise<{ readonly id: number; readonly root: number }> {
  const id = await namedPerson(tx, key);
  if (id === undefined)
    throw new BridgeError('internal/row-missing', 'a person just locked cannot be found again');
  const { merged_into: root } = await tx
    .selectFrom('person')
    .select('merged_into')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return { id, root: root ?? id };
}
