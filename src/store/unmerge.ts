// Undoing a merge, by an operator: keys lead where they led before, and what was written while the two were one goes back
// to whomever its message named. What came of no message, or of one that named nobody by number, stays with the survivor.
import { sql } from 'kysely';
import type { Observation } from '@medplum/fhirtypes';
import { BridgeError } from '../errors.ts';
import { urnOf } from '../fhir/ids.ts';
import { ownSource } from '../record/person.ts';
import { on } from './database.ts';
import type { Scope, Tx } from './database.ts';
import { homesOf } from './unmerge-homes.ts';
import type { FamilyRow } from './unmerge-homes.ts';

export interface PersonMerge {
  readonly merge: number;
  /** Opaque ids of the registrations that the message named. */
  readonly survivor: string;
  readonly merged: string;
  readonly inboxRow: number | null;
  readonly at: Date;
  readonly undoneAt: Date | null;
  readonly undoneBy: string | null;
  readonly undoneReason: string | null;
  /** Later merges that build on it and have to be undone first. */
  readonly builtOn: readonly number[];
}

/** Later merges that moved somebody of this merge, or named somebody whom it had moved. */
const laterMerges = sql`
  select n.id from person_merge n where n.id > m.id and n.undone_at is null and (
    exists (select from jsonb_array_elements(n.moved) x where (x->>'person')::bigint = m.to_root
      or exists (select from jsonb_array_elements(m.moved) y where y->'person' = x->'person'))
    or exists (select from jsonb_array_elements(m.moved) y where (y->>'person')::bigint in (n.survivor_id, n.merged_id)))`;

/** Merges, latest first; of one person and those merged with them where `person` is given. */
export async function personMerges(scope: Scope, person?: number): Promise<readonly PersonMerge[]> {
  const { rows } = await sql<PersonMerge>`
    select m.id as merge, s.uid as survivor, g.uid as merged, m.inbox_id as "inboxRow", m.at,
      m.undone_at as "undoneAt", m.undone_by as "undoneBy", m.undone_reason as "undoneReason",
      array(${laterMerges} order by n.id) as "builtOn"
    from person_merge m join person s on s.id = m.survivor_id join person g on g.id = m.merged_id
    where ${person ?? null}::bigint is null or ${person ?? null}::bigint in
      (s.id, g.id, coalesce(s.merged_into, s.id), coalesce(g.merged_into, g.id))
    order by m.id desc limit 1000`.execute(on(scope));
  return rows;
}

export interface Unmerged {
  /** Row numbers of who is who now: the one who was merged away first, if they are apart. */
  readonly persons: readonly number[];
  /** Rows of the record and effects that went back. */
  readonly resources: number;
  readonly effects: number;
  /** Effects that went out, or may have, while the two were one: nobody can call those back from here. */
  readonly delivered: readonly {
    readonly row: number;
    readonly destination: string;
    readonly rule: string;
  }[];
  /** Notes that came while the two were one: ids, and the opaque id of whoever has them now. */
  readonly notes: readonly { readonly note: string; readonly person: string }[];
}

interface MergeRow {
  readonly from: number;
  readonly to: number;
  readonly at: Date;
  readonly inboxRow: number | null;
  readonly moved: readonly { readonly person: number; readonly mergedInto: number | null }[];
  readonly effects: readonly { readonly row: number; readonly person: number }[];
  readonly undone: boolean;
  readonly builtOn: readonly number[];
}

/**
 * Undoes a merge. The persons stay locked until the transaction ends, so that the caller can decide about both anew.
 * @throws BridgeError field/unknown-merge, unsupported/merge-undone, unsupported/merge-built-on
 */
export async function undoMerge(
  tx: Tx,
  merge: number,
  by: { readonly name: string; readonly reason: string; readonly at: Date },
): Promise<Unmerged> {
  const before = await readMerge(tx, merge);
  const named = [before.from, before.to, ...before.moved.map(({ person }) => person)];
  const { rows: locked } = await sql<{ id: number }>`
    select id from person where id = any(${named}::bigint[]) or merged_into = any(${named}::bigint[])
    order by id for no key update`.execute(tx);
  const { from, to, at, moved, effects, undone, builtOn } = await readMerge(tx, merge);
  if (undone) throw new BridgeError('unsupported/merge-undone', `merge ${merge} is undone already`);
  if (builtOn.length > 0) {
    const text = `merge ${merge} cannot be undone before ${builtOn.join(', ')}, which built on it`;
    throw new BridgeError('unsupported/merge-built-on', text);
  }
  await sql`
    update person p set merged_into = b."mergedInto"
    from jsonb_to_recordset(${JSON.stringify(moved)}::jsonb) as b(person bigint, "mergedInto" bigint)
    where p.id = b.person`.execute(tx);
  await tx
    .updateTable('person_merge')
    .set({ undone_at: by.at, undone_by: by.name, undone_reason: by.reason })
    .where('id', '=', merge)
    .execute();

  const family = locked.map(({ id }) => id);
  const rows = await familyRows(tx, family);
  const { moves, keys } = homesOf(rows);
  await sql`
    update resource r set person_id = h.home
    from jsonb_to_recordset(${JSON.stringify(moves)}::jsonb) as h("row" bigint, home bigint)
    where r.id = h."row"`.execute(tx);
  await partWishes(tx, family);
  await leaveWithdrawn(tx, family, [from, to], { moves, since: at });
  await keepHeld(tx, family, [from, to]);
  const back = await moveEffects(tx, family, effects, keys);
  const { rows: roots } = await sql<{ root: number }>`
    select distinct coalesce(merged_into, id) as root from person where id in (${from}, ${to})`.execute(tx);
  const persons = roots.map(({ root }) => root).sort((one) => (one === from ? -1 : 1));
  return { persons, resources: moves.length, effects: back, ...(await toLookAt(tx, family, at)) };
}

async function readMerge(tx: Tx, merge: number): Promise<MergeRow> {
  const { rows } = await sql<MergeRow>`
    select m.from_root as "from", m.to_root as "to", m.at, m.inbox_id as "inboxRow", m.moved, m.effects,
      m.undone_at is not null as undone, array(${laterMerges} order by n.id) as "builtOn"
    from person_merge m where m.id = ${merge}`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new BridgeError('field/unknown-merge', `there is no merge ${merge}`);
  return row;
}

async function familyRows(tx: Tx, family: readonly number[]): Promise<readonly FamilyRow[]> {
  const { rows } = await sql<FamilyRow>`
    select r.id as "row", r.source, r.source_id as "sourceId", coalesce(p.merged_into, p.id) as "filedUnder",
      coalesce(n.merged_into, n.id) as named
    from resource r join person p on p.id = r.person_id left join person n on n.id = r.named_id
    where r.person_id = any(${[...family]}::bigint[]) order by r.id`.execute(tx);
  return rows;
}

/**
 * What came of the two as one was made for both, and its key is taken. So it stands with the other too, as withdrawn and
 * older than it is: they get a key of their own when their time comes, and a new merge finds what stood. A day is left
 * for what was received shortly before the merge and decided after it.
 */
async function leaveWithdrawn(
  tx: Tx,
  family: readonly number[],
  parted: readonly number[],
  { moves, since }: { readonly moves: readonly { readonly row: number }[]; readonly since: Date },
): Promise<void> {
  const withdrawn = { status: 'rejected', statusReason: { text: 'it went with the other person when a merge was undone' } };
  await sql`
    with root as (
      select distinct coalesce(merged_into, id) as id from person where id = any(${[...parted]}::bigint[])
    ), own as (
      select distinct on (r.source_id, home) coalesce(p.merged_into, p.id) as home, r.source_id, r.at, r.body
      from resource r join person p on p.id = r.person_id
      where r.person_id = any(${[...family]}::bigint[]) and r.source = ${ownSource} and r.type = 'Task'
      order by r.source_id, home, r.at, r.id
    )
    insert into resource (person_id, source, type, source_id, at, body)
    select root.id, ${ownSource}, 'Task', o.source_id, o.at - interval '1 millisecond', (o.body - 'for') || ${JSON.stringify(withdrawn)}::jsonb
    from own o join root on root.id <> o.home
    where o.home in (select id from root)
      and not exists (select from own other where other.home = root.id and other.source_id = o.source_id)
      and (o.at >= ${since}::timestamptz - interval '1 day'
        or o.source_id in (select source_id from resource where id = any(${moves.map(({ row }) => row)}::bigint[])))`.execute(tx);
} // prettier-ignore

/** Effects go with our own rows of the same key, and those that the merge had moved go back; how many went. */
async function moveEffects(
  tx: Tx,
  family: readonly number[],
  moved: MergeRow['effects'],
  keys: ReadonlyMap<string, number>,
): Promise<number> {
  const homes = [...keys].map(([key, home]) => ({ key, home }));
  const { rows } = await sql`
    with known as (
      select key, home from jsonb_to_recordset(${JSON.stringify(homes)}::jsonb) as k(key text, home bigint)
    ), carried as (
      select c."row", coalesce(p.merged_into, p.id) as home
      from jsonb_to_recordset(${JSON.stringify(moved)}::jsonb) as c("row" bigint, person bigint)
      join person p on p.id = c.person
    ), homes as (
      select o.id, coalesce(k.home, c.home) as home from outbox o
      left join known k on k.key = o.key left join carried c on c."row" = o.id
      where o.person_id = any(${[...family]}::bigint[])
    )
    update outbox o set person_id = h.home, lane = case o.lane when 0 then 0 else h.home end
    from homes h join person p on true
    where o.id = h.id and p.id = o.person_id and h.home is not null and coalesce(p.merged_into, p.id) <> h.home
    returning o.id`.execute(tx);
  await sql`select pg_notify('ips_bridge_outbox', '')`.execute(tx);
  return rows.length;
}

/**
 * A wish that was told of either while they were one has one identity on both records now, and what is decided on it
 * would have one key. Whoever told it first keeps it; the other's becomes their own.
 */
async function partWishes(tx: Tx, family: readonly number[]): Promise<void> {
  const { rows } = await sql<{ row: number; home: number; uid: string; body: Observation }>`
    select r.id as "row", s.id as home, s.uid, r.body from resource r join person p on p.id = r.person_id
      join person s on s.id = coalesce(p.merged_into, p.id)
    where r.person_id = any(${[...family]}::bigint[]) and r.type = 'Observation' and r.body ? 'identifier'
    order by r.id`.execute(tx);
  const owners = new Map<string, number>();
  for (const { row, home, uid, body } of rows) {
    const [identifier] = body.identifier ?? [];
    if (identifier?.value === undefined) continue;
    const owner = owners.get(identifier.value) ?? home;
    owners.set(identifier.value, owner);
    if (owner === home) continue;
    const own = { ...body, identifier: [{ ...identifier, value: urnOf(`${uid}/${identifier.value}`) }] };
    await sql`update resource set body = ${JSON.stringify(own)}::jsonb where id = ${row}`.execute(tx);
  }
}

/** A held identity message named them as one: until it is resolved, neither is written to. */
async function keepHeld(tx: Tx, family: readonly number[], persons: readonly number[]): Promise<void> {
  await sql`
    insert into identity_hold (inbox_id, person_id)
    select distinct h.inbox_id, p.id from identity_hold h cross join unnest(${[...persons]}::bigint[]) as p(id)
    where h.person_id = any(${[...family]}::bigint[])
    on conflict do nothing`.execute(tx);
}

/** What a person has to look at: the program cannot know whom it was about, or cannot call it back. */
async function toLookAt(
  tx: Tx,
  family: readonly number[],
  since: Date,
): Promise<Pick<Unmerged, 'delivered' | 'notes'>> {
  const { rows: delivered } = await sql<Unmerged['delivered'][number]>`
    select id as "row", destination, rule from outbox
    where person_id = any(${[...family]}::bigint[]) and coalesce(settled_at >= ${since}, true)
      and (in_doubt or state = 'delivered' or (state in ('sending', 'ambiguous') and frozen is not null)) order by id`.execute(
    tx,
  );
  const { rows: notes } = await sql<Unmerged['notes'][number]>`
    select split_part(r.source_id, '/', 2) as note, min(s.uid::text) as person
    from resource r join person p on p.id = r.person_id join person s on s.id = coalesce(p.merged_into, p.id)
    where r.person_id = any(${[...family]}::bigint[]) and r.source = 'ips-notes' and r.at >= ${since}
    group by split_part(r.source_id, '/', 2) order by min(r.id)`.execute(tx);
  return { delivered, notes };
}
