// Everybody, page by page, for the sweep and the measures: survivors in the order of their row numbers, so that memory
// stays bounded and a run that was interrupted can go on.
import { sql } from 'kysely';
import { ownSource } from '../record/person.ts';
import { on } from './database.ts';
import type { Scope, Tx } from './database.ts';

/** Row numbers of the next survivors after `after` of whom anything is recorded. */
export async function nextPersons(scope: Scope, after: number, limit: number): Promise<readonly number[]> {
  const { rows } = await sql<{ id: number }>`
    select p.id from person p
    where p.id > ${after} and p.merged_into is null and (
      exists (select from resource r where r.person_id = p.id)
      or exists (select from person f join resource r on r.person_id = f.id where f.merged_into = p.id))
    order by p.id limit ${limit}`.execute(on(scope));
  return rows.map(({ id }) => id);
}

/** Row numbers of the next survivors after `after` about whom something of ours was ever made. */
export async function nextPersonsAsked(
  scope: Scope,
  after: number,
  limit: number,
): Promise<readonly number[]> {
  const { rows } = await sql<{ id: number }>`
    select p.id from person p
    where p.id > ${after} and p.merged_into is null and (
      exists (select from resource r where r.person_id = p.id and r.source = ${ownSource} and r.type = 'Task')
      or exists (select from person f join resource r on r.person_id = f.id
        where f.merged_into = p.id and r.source = ${ownSource} and r.type = 'Task'))
    order by p.id limit ${limit}`.execute(on(scope));
  return rows.map(({ id }) => id);
}

/**
 * Locks these survivors in id order until the transaction ends; those that have been merged away since are left out.
 * Whoever decides about people outside a message takes these locks before reading their records.
 */
export async function lockSurvivors(tx: Tx, persons: readonly number[]): Promise<readonly number[]> {
  const { rows } = await sql<{ id: number }>`
    select id from person where id = any(${[...persons]}::bigint[]) and merged_into is null
    order by id for no key update`.execute(tx);
  return rows.map(({ id }) => id);
}
