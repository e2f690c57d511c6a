// Who is who: persons found or made by the keys that sources use, locked in one order so that no two transactions
// wait for each other in a ring, and holds by identity messages that nobody has resolved yet.
import { sql } from 'kysely';
import { BridgeError } from '../errors.ts';
import { personKeyText } from '../fhir/canonical.ts';
import type { PersonKey } from '../fhir/canonical.ts';
import { on } from './database.ts';
import type { Scope, Tx } from './database.ts';

function distinct(keys: readonly PersonKey[]): readonly PersonKey[] {
  const byText = new Map(keys.map((key) => [personKeyText(key), key]));
  return [...byText.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key);
}

interface Found {
  readonly system: string;
  readonly value: string;
  /** The person that the key names, merged or not. */
  readonly person: number;
  readonly survivor: number;
}

async function find(scope: Scope, keys: readonly PersonKey[]): Promise<readonly Found[]> {
  const { rows } = await sql<Found>`
    select k.system, k.value, p.id as person, coalesce(p.merged_into, p.id) as survivor
    from unnest(${keys.map((key) => key.system)}::text[], ${keys.map((key) => key.value)}::text[]) as k(system, value)
    join person_identifier i on i.system = k.system and i.value = k.value
    join person p on p.id = i.person_id`.execute(on(scope));
  return rows;
}

/** Makes persons for keys that nobody has used; in key order, so that two transactions cannot wait in a ring. */
async function createMissing(tx: Tx, keys: readonly PersonKey[]): Promise<void> {
  await sql`
    with made as (
      insert into person_identifier (system, value, person_id)
      select k.system, k.value, nextval(pg_get_serial_sequence('person', 'id'))
      from unnest(${keys.map((key) => key.system)}::text[], ${keys.map((key) => key.value)}::text[])
        with ordinality as k(system, value, place)
      order by k.place
      on conflict do nothing
      returning person_id
    )
    insert into person (id) select person_id from made order by person_id`.execute(tx);
}

/**
 * Finds or makes the person of each key, follows merges to the survivors, and locks the survivors' rows in id order
 * until the transaction ends. Call it once for everyone a transaction is about; again within it is harmless. The lock
 * is one that foreign keys pass: deliver notes what it sends about somebody without waiting for a batch that has them.
 * @returns the survivor's row number by {@link personKeyText}
 */
export async function lockPersons(tx: Tx, keys: readonly PersonKey[]): Promise<ReadonlyMap<string, number>> {
  const wanted = distinct(keys);
  if (wanted.length === 0) return new Map();
  let found = await find(tx, wanted);
  if (found.length < wanted.length) {
    const known = new Set(found.map(personKeyText));
    await createMissing(
      tx,
      wanted.filter((key) => !known.has(personKeyText(key))),
    );
    found = await find(tx, wanted);
  }
  // A merge that was under way may have changed the survivors while we waited for the locks.
  for (let round = 0; round < 10; round += 1) {
    const survivors = [...new Set(found.map((row) => row.survivor))];
    await sql`select id from person where id = any(${survivors}::bigint[]) order by id for no key update`.execute(
      tx,
    );
    const again = await find(tx, wanted);
    const locked = new Set(survivors);
    found = again;
    if (again.every((row) => locked.has(row.survivor))) {
      return new Map(again.map((row) => [personKeyText(row), row.survivor]));
    }
  }
  throw new BridgeError(
    'internal/identity-unsettled',
    'the people of a message are being merged again and again',
  );
}

/** The person that a key itself names, before merges are followed. */
export async function namedPerson(scope: Scope, key: PersonKey): Promise<number | undefined> {
  return (await find(scope, [key]))[0]?.person;
}

/** The survivor that a key leads to, or undefined. */
export async function personByKey(scope: Scope, key: PersonKey): Promise<number | undefined> {
  return (await find(scope, [key]))[0]?.survivor;
}

/** A key of its own of this person, or of the survivor where they were merged. */
export async function keyOfPerson(scope: Scope, person: number): Promise<PersonKey | undefined> {
  const { rows } = await sql<PersonKey>`
    select i.system, i.value from person p join person_identifier i on i.person_id = coalesce(p.merged_into, p.id)
    where p.id = ${person} order by i.system, i.value limit 1`.execute(on(scope));
  return rows[0];
}

export interface Registration extends PersonKey {
  /** Opaque id. */
  readonly uid: string;
  /** Whether the others were merged into it. */
  readonly survives: boolean;
}

/** Every registration of a person, the survivor's first. */
export async function registrationsOf(scope: Scope, person: number): Promise<readonly Registration[]> {
  const { rows } = await sql<Registration>`
    select p.uid, i.system, i.value, p.merged_into is null as survives
    from person p join person_identifier i on i.person_id = p.id
    where coalesce(p.merged_into, p.id) = (select coalesce(merged_into, id) from person where id = ${person})
    order by p.merged_into nulls first, i.system, i.value`.execute(on(scope));
  return rows;
}

/** Everyone whose current Patient of some source holds this NHS number: survivors, each once, in id order. */
export async function personsByNhsNumber(scope: Scope, nhsNumber: string): Promise<readonly number[]> {
  const { rows } = await sql<{ survivor: number }>`
    select distinct coalesce(p.merged_into, p.id) as survivor
    from resource r join person p on p.id = r.person_id
    where r.nhs_number = ${nhsNumber} and not exists (
      select from resource later where later.person_id = r.person_id and later.source = r.source
        and later.type = r.type and later.source_id = r.source_id and (later.at, later.id) > (r.at, r.id))
    order by survivor`.execute(on(scope));
  return rows.map((row) => row.survivor);
}

/** From now on, writes for these people wait until the held identity message `row` is resolved. */
export async function holdIdentity(tx: Tx, row: number, persons: readonly number[]): Promise<void> {
  if (persons.length === 0) return;
  await tx
    .insertInto('identity_hold')
    .values([...new Set(persons)].map((person) => ({ inbox_id: row, person_id: person })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** The identity message `row` is resolved: processed after all, or given up. */
export async function releaseIdentity(tx: Tx, row: number): Promise<void> {
  const released = await tx.deleteFrom('identity_hold').where('inbox_id', '=', row).executeTakeFirst();
  if (released.numDeletedRows > 0n) await sql`select pg_notify('ips_bridge_outbox', '')`.execute(tx);
}

/** True while a held identity message names this person or anyone merged into them. */
export async function identityHeld(scope: Scope, person: number): Promise<boolean> {
  const { rows } = await sql<{ held: boolean }>`
    select exists (
      select from identity_hold h join person p on p.id = h.person_id
      where coalesce(p.merged_into, p.id) = (select coalesce(merged_into, id) from person where id = ${person})
    ) as held`.execute(on(scope));
  return rows[0]?.held === true;
}
