// The record's rows: resources appended to a person, and whole records read, many persons in one query.
import { sql } from 'kysely';
import type { Resource } from '@medplum/fhirtypes';
import { systems } from '../fhir/systems.ts';
import type { PersonKey } from '../fhir/canonical.ts';
import type { PersonRecord, RecordedResource } from '../record/person.ts';
import { on } from './database.ts';
import type { Scope, Tx } from './database.ts';

export interface NewResource {
  readonly sourceId: string;
  /** When we learned it. */
  readonly at: Date;
  readonly resource: Resource;
}

function nhsNumber(resource: Resource): string | null {
  if (resource.resourceType !== 'Patient') return null;
  return resource.identifier?.find((identifier) => identifier.system === systems.nhsNumber)?.value ?? null;
}

/**
 * Appends rows to a person in one statement, in the order given; the type is the resource's own. Nothing is compared
 * with what is there: that is the record's business.
 * @param inboxRow the message that said so; undefined for what we made ourselves
 */
export async function appendResources(
  tx: Tx,
  person: number,
  source: string,
  inboxRow: number | undefined,
  rows: readonly NewResource[],
): Promise<readonly RecordedResource[]> {
  if (rows.length === 0) return [];
  const made = await tx
    .insertInto('resource')
    .values(
      rows.map((row) => ({
        person_id: person,
        source,
        type: row.resource.resourceType,
        source_id: row.sourceId,
        at: row.at,
        nhs_number: nhsNumber(row.resource),
        inbox_id: inboxRow ?? null,
        body: JSON.stringify(row.resource),
      })),
    )
    .returning('id')
    .execute();
  // Numbers are given in the order of the rows; returning promises no order.
  const ids = made.map((row) => row.id).sort((a, b) => a - b);
  return rows.flatMap(({ sourceId, at, resource }, place) => {
    const id = ids[place];
    return id === undefined ? [] : [{ id, source, sourceId, at, resource }];
  });
}

interface RecordRow {
  readonly id: number;
  readonly uid: string;
  readonly keys: readonly PersonKey[] | null;
  readonly rows:
    readonly { id: number; source: string; sourceId: string; at: string; resource: Resource }[] | null;
}

/**
 * The records of many persons, each with the rows of everyone merged into them. Asked for somebody merged, it gives
 * the survivor's; the map is by the survivor's row number. Unknown numbers are missing. The survivor's own keys come
 * first: who somebody is, is told by them.
 */
export async function loadRecords(
  scope: Scope,
  persons: readonly number[],
): Promise<ReadonlyMap<number, PersonRecord>> {
  if (persons.length === 0) return new Map();
  const { rows } = await sql<RecordRow>`
    with survivors as materialized (
      select distinct coalesce(merged_into, id) as id from person where id = any(${[...persons]}::bigint[])
    ), family as materialized (
      select s.id as survivor, f.id from survivors s join person f on f.id = s.id
      union all
      select s.id, f.id from survivors s join person f on f.merged_into = s.id
    )
    select p.id, p.uid,
      (select json_agg(json_build_object('system', i.system, 'value', i.value)
         order by i.person_id <> p.id, i.system, i.value)
       from family f join person_identifier i on i.person_id = f.id where f.survivor = p.id) as keys,
      (select json_agg(json_build_object('id', r.id, 'source', r.source, 'sourceId', r.source_id, 'at', r.at,
         'resource', r.body) order by r.at, r.id)
       from family f join resource r on r.person_id = f.id where f.survivor = p.id) as rows
    from survivors s join person p on p.id = s.id`.execute(on(scope));
  return new Map(
    rows.map(({ id, uid, keys, rows: resources }) => [
      id,
      { id, uid, keys: keys ?? [], rows: (resources ?? []).map((row) => ({ ...row, at: new Date(row.at) })) },
    ]),
  );
}

/** Row number of the person whose uid this is; the survivor's where they were merged. */
export async function personByUid(scope: Scope, uid: string): Promise<number | undefined> {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(uid)) return undefined;
  const found = await on(scope)
    .selectFrom('person')
    .select(['id', 'merged_into'])
    .where('uid', '=', uid)
    .executeTakeFirst();
  return found === undefined ? undefined : (found.merged_into ?? found.id);
}
