// The outbox as whoever decides sees it: what was decided last about a person, the next revision, what is dropped
// unsent, and which decisions are live.
import { sql } from 'kysely';
import { BridgeError } from '../errors.ts';
import type { Decision, EffectKind } from '../ips/decision.ts';
import { on } from './database.ts';
import type { Scope, Tx } from './database.ts';
import type { OutboxState } from './tables.ts';

/** The latest revision of one key at one destination. */
export interface LatestEffect {
  readonly row: number;
  readonly destination: string;
  readonly key: string;
  readonly revision: number;
  readonly state: OutboxState;
  /** An earlier send of it may have landed. */
  readonly inDoubt: boolean;
  readonly decision: Decision;
  readonly references: readonly string[];
}

/**
 * The latest revision of these keys that were decided about these people, those decided before a merge included. The
 * caller holds their locks, so nothing changes but what deliver settles.
 */
export async function latestByKey(
  scope: Scope,
  persons: readonly number[],
  keys: readonly string[],
): Promise<readonly LatestEffect[]> {
  const { rows } = await sql<LatestEffect>`
    select distinct on (destination, key) id as row, destination, key, revision, state, in_doubt as "inDoubt",
      decision, "references"
    from outbox
    where person_id in (
      select id from person where id = any(${[...persons]}::bigint[]) or merged_into = any(${[...persons]}::bigint[]))
      and key = any(${[...keys]}::text[])
    order by destination, key, revision desc`.execute(on(scope));
  return rows;
}

export interface NewEffect {
  readonly destination: string;
  /** `person`: a lane for each person (FHIR). `destination`: one lane (MLLP, files). */
  readonly order: 'person' | 'destination';
  /** Row number of the survivor. */
  readonly person: number;
  readonly revision: number;
  /**
   * `observed` where the destination is not live for the team, or the rule is on observe; `superseded` where a later
   * decision of the same transaction has dropped it already.
   */
  readonly state: 'pending' | 'observed' | 'superseded';
  readonly decision: Decision;
  readonly inboxRow: number | undefined;
}

/** Adds an effect to the end of its lane and wakes deliver. Returns its row number. */
export async function addDecision(tx: Tx, effect: NewEffect): Promise<number> {
  const [row] = await addDecisions(tx, [effect]);
  if (row === undefined) throw new BridgeError('internal/row-missing', 'an effect just added has no row');
  return row;
}

/** Adds effects to the ends of their lanes, in their order, and wakes deliver. Returns their row numbers. */
export async function addDecisions(tx: Tx, effects: readonly NewEffect[]): Promise<readonly number[]> {
  if (effects.length === 0) return [];
  const { rows } = await sql<{ id: number }>`
    insert into outbox (destination, lane, person_id, key, revision, rule, team, decision, inbox_id, state, settled_at)
    select destination, lane, person, key, revision, rule, team, decision, inbox, state,
      case state when 'superseded' then clock_timestamp() end
    from rows from (jsonb_to_recordset(${JSON.stringify(effects.map(columnsOf))}::jsonb) as (destination text, lane bigint,
      person bigint, key text, revision int, rule text, team text, decision jsonb, inbox bigint, state text))
      with ordinality as e(destination, lane, person, key, revision, rule, team, decision, inbox, state, place)
    order by place
    returning id`.execute(tx);
  if (effects.some(({ state }) => state === 'pending'))
    await sql`select pg_notify('ips_bridge_outbox', '')`.execute(tx);
  return rows.map(({ id }) => id).sort((one, other) => one - other);
}

function columnsOf({ destination, order, person, revision, state, decision, inboxRow }: NewEffect) {
  const { key, rule, team } = decision;
  const lane = order === 'person' ? person : 0;
  return {
    destination,
    lane,
    person,
    key,
    revision,
    rule,
    team: team.id,
    decision,
    inbox: inboxRow ?? null,
    state,
  };
}

/**
 * Drops an effect that has not been sent, or that was certainly refused, in favour of a later decision. False where it
 * is in flight, in doubt or settled: then a later revision has to take it back.
 */
export async function supersede(tx: Tx, row: number): Promise<boolean> {
  const changed = await tx
    .updateTable('outbox')
    .set({ state: 'superseded', settled_at: sql<Date>`clock_timestamp()` })
    .where('id', '=', row)
    .where('state', 'in', ['observed', 'pending', 'held'])
    .where('in_doubt', '=', false)
    .executeTakeFirst();
  return changed.numUpdatedRows > 0n;
}

/**
 * Drops every revision of a key at a destination that has not been sent: a note is filed version by version, and none
 * may follow once it is taken back. Their rows; and whether any revision went out, or may have. What is claimed while
 * this waits for it counts as gone out, which is why that is asked by a statement of its own.
 */
export async function supersedeKey(
  tx: Tx,
  destination: string,
  key: string,
): Promise<{ readonly dropped: readonly number[]; readonly wentOut: boolean }> {
  const dropped = await tx
    .updateTable('outbox')
    .set({ state: 'superseded', settled_at: sql<Date>`clock_timestamp()` })
    .where('destination', '=', destination)
    .where('key', '=', key)
    .where('state', 'in', ['observed', 'pending', 'held'])
    .where('in_doubt', '=', false)
    .returning('id')
    .execute();
  const { rows } = await sql<{ wentOut: boolean }>`
    select exists (select from outbox where destination = ${destination} and key = ${key}
      and (in_doubt or state in ('sending', 'ambiguous', 'delivered'))) as "wentOut"`.execute(tx);
  return { dropped: dropped.map(({ id }) => id), wentOut: rows[0]?.wentOut === true };
}

/** Whether a destination sends: nothing, everything, or what comes through these teams (local ids). */
export type Live = 'none' | 'all' | readonly string[];

export interface LiveChange {
  /** From observed to pending. */
  readonly promoted: number;
  /** From pending back to observed. */
  readonly demoted: number;
}

/**
 * Fits what waits to what the trust has set live: called at start and after a change. Only effects of `rulesOn` are
 * sent, of kinds that the destination carries now; those of a rule that observes, is off, is gone or could not be loaded
 * stay or become observed. A correction goes where what it corrects went, and is not followed by it. What is in flight
 * stays so, so does what may have landed, and so does a withdrawal: what has gone out is taken back even where nothing is live for it any more.
 */
export async function applyLive(
  scope: Scope,
  destination: string,
  live: Live,
  { rulesOn, carries }: { readonly rulesOn: readonly string[]; readonly carries: readonly EffectKind[] },
): Promise<LiveChange> {
  const isOn = sql`o.rule = any(${[...rulesOn]}::text[]) and o.decision ->> 'effect' = any(${[...carries]}::text[])`;
  const out = sql`select from outbox e where e.destination = o.destination and e.key = o.key
    and (e.in_doubt or e.state in ('sending', 'ambiguous', 'delivered'))`;
  const isLive =
    live === 'none'
      ? sql`false`
      : live === 'all'
        ? isOn
        : sql`(o.team = any(${[...live]}::text[]) or exists (${out} and e.revision < o.revision)) and ${isOn}`;
  const { rows } = await sql<{ promoted: number; demoted: number }>`
    with up as (
      update outbox o set state = 'pending', due_at = clock_timestamp()
      where o.destination = ${destination} and o.state = 'observed' and ${isLive}
        and not exists (${out} and e.revision > o.revision)
      returning 1
    ), down as (
      update outbox o set state = 'observed'
      where o.destination = ${destination} and o.state = 'pending' and not (${isLive})
        and o.decision ->> 'action' <> 'withdraw' and not o.in_doubt
      returning 1
    ), woken as materialized (select pg_notify('ips_bridge_outbox', ''))
    select (select count(*) from up) as promoted, (select count(*) from down) as demoted from woken`.execute(
    on(scope),
  );
  return rows[0] ?? { promoted: 0, demoted: 0 };
}
