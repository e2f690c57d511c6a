// The record's rows: resources appended to a person, and whole records read, many persons in one query.
import { sql } from 'kysely';
import type { Resource } from '@medplum/fhirtypes';
import { systems } from '../fhir/systems.ts';
import type { PersonKey } from '../fhir/canonical.ts';
import type { PersonRecord } from '../record/person.ts';
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

/** A row to append to one person. */
export interface PersonRow extends NewResource {
  /** Row number. */
  readonly person: number;
  readonly source: string;
  /** The message that said so; undefined for what came of no message. */
  readonly inboxRow: number | undefined;
  /** The key by which that message named the person: where the row goes back to if a merge is undone. */
  readonly named?: PersonKey | undefined;
}

/**
 * Appends rows in one statement, in the order given; the type is the resource's own. Nothing is compared with what is
 * there: that is the record's business.
 */
export async function appendResources(tx: Tx, rows: readonly PersonRow[]): Promise<void> {
  if (rows.length === 0) return;
  const columns = rows.map(({ person, source, inboxRow, named, sourceId, at, resource }) => ({
    person_id: person, source, type: resource.resourceType, source_id: sourceId, at, nhs: nhsNumber(resource), inbox: inboxRow ?? null,
    named_system: named?.system ?? null, named_value: named?.value ?? null, body: resource,
  })); // prettier-ignore
  await sql`
    insert into resource (person_id, source, type, source_id, at, nhs_number, inbox_id, named_id, body)
    select r.person_id, source, type, source_id, at, nhs, inbox, i.person_id, body
    from rows from (jsonb_to_recordset(${JSON.stringify(columns)}::jsonb) as (person_id bigint, source text, type text,
      source_id text, at timestamptz, nhs text, inbox bigint, named_system text, named_value text, body jsonb))
      with ordinality as r(person_id, source, type, source_id, at, nhs, inbox, named_system, named_value, body, place)
      left join person_identifier i on i.system = r.named_system and i.value = r.named_value
    order by place`.execute(tx);
}

interface RecordRow {
  readonly id: number;
  readonly uid: string;
  readonly keys: readonly PersonKey[] | null;
  readonly rows:
    | readonly {
        id: number;
        source: string;
        sourceId: string;
        at: string;
        inboxRow: number | null;
        resource: Resource;
      }[]
    | null;
}

/**
 * The records of many persons, each with the rows of everyone merged into them. Asked for somebody merged, it gives
 * the survivor's; the map is by the survivor's row number. Unknown numbers are missing. The survivor's own keys come
 * first: who somebody is, is told by them. Each person's rows are looked up by their number (`offset 0` keeps the planner
 * to it): on a new database, whose tables nobody has analysed yet, it would read all of them for each person.
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
       from family f cross join lateral (select * from person_identifier where person_id = f.id offset 0) i
       where f.survivor = p.id) as keys,
      (select json_agg(json_build_object('id', r.id, 'source', r.source, 'sourceId', r.source_id, 'at', r.at,
         'inboxRow', r.inbox_id, 'resource', r.body) order by r.at, r.id)
       from family f cross join lateral (select * from resource where person_id = f.id offset 0) r
       where f.survivor = p.id) as rows
    from survivors s join person p on p.id = s.id`.execute(on(scope));
  return new Map(
    rows.map(({ id, uid, keys, rows: resources }) => [
      id,
      {
        id,
        uid,
        keys: keys ?? [],
        rows: (resources ?? []).map(({ inboxRow, ...row }) => ({
          ...row,
          at: new Date(row.at),
          ...(inboxRow === null ? {} : { inboxRow }),
        })),
      },
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
