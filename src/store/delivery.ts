// The outbox as deliver sees it, once lanes.ts gave it a claim: freeze the bytes, settle where the attempt still matches. A row
// whose sender died or froze becomes ambiguous and is asked about before anything is sent again. All times are the
// database's, so that replicas need not agree on theirs.
import { sql } from 'kysely';
import { on } from './database.ts';
import type { Scope, Tx } from './database.ts';
import { claimedColumns, claimedEffect } from './lanes.ts';
import type { ClaimedEffect, ClaimedRow } from './lanes.ts';

export { claim } from './lanes.ts';
export type { ClaimedEffect } from './lanes.ts';

export interface EffectFailure {
  readonly kind: string;
  readonly message: string;
  readonly where?: string | undefined;
}

export type Settlement =
  | { readonly outcome: 'delivered'; readonly references: readonly string[]; readonly confirmed: boolean }
  /** This attempt has certainly done nothing; tried again after `retryAfterMs`. Of earlier ones it says nothing. */
  | {
      readonly outcome: 'transient';
      readonly retryAfterMs: number;
      readonly failure: EffectFailure;
      /** False where it is the destination that fails, and not this effect. */
      readonly counts: boolean;
    }
  /** To be sent (again) now, or after `retryAfterMs`. */
  | {
      readonly outcome: 'not-landed';
      readonly retryAfterMs?: number;
      /** Whether an earlier send may have landed; as it was unless told. */
      readonly inDoubt?: boolean;
    }
  /** May have been done: asked about after `askAfterMs`. */
  | {
      readonly outcome: 'ambiguous';
      readonly askAfterMs: number;
      readonly failure: EffectFailure;
      /** True where it is this effect that fails, and not the destination. */
      readonly counts?: boolean;
    }
  | {
      readonly outcome: 'held';
      /** Without one, what was noted last stands. */
      readonly failure?: EffectFailure;
      /** Whether an earlier send may have landed; as it was unless told. */
      readonly inDoubt?: boolean;
    }
  /** Nothing is left to do. */
  | { readonly outcome: 'cancelled'; readonly message: string }
  /** A later decision takes its place. */
  | { readonly outcome: 'superseded'; readonly message: string };

/** Claims an ambiguous effect to ask about it: it stays ambiguous, under a lease and a new attempt. */
export async function claimAmbiguous(
  scope: Scope,
  destination: string,
  owner: string,
  leaseMs: number,
): Promise<ClaimedEffect | undefined> {
  const { rows } = await sql<ClaimedRow>`
    update outbox o set attempt = o.attempt + 1, lease_owner = ${owner},
      lease_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
    where o.id = (
      select id from outbox
      where destination = ${destination} and state = 'ambiguous' and due_at <= clock_timestamp()
        and (lease_until is null or lease_until <= clock_timestamp())
        and not exists (select from destination_pause p where p.destination = ${destination} and p.until > clock_timestamp())
        and not exists (select from paused p where p.what = 'destination' and p.id = ${destination})
      order by due_at, id limit 1 for update skip locked)
    returning ${claimedColumns}`.execute(on(scope));
  return rows[0] === undefined ? undefined : claimedEffect(rows[0]);
}

/**
 * Keeps the bytes that will be sent, before the first one is. False where the claim has lapsed: then do not send.
 */
export async function freeze(scope: Scope, row: number, attempt: number, bytes: Buffer): Promise<boolean> {
  const changed = await on(scope)
    .updateTable('outbox')
    .set({ frozen: bytes })
    .where('id', '=', row)
    .where('attempt', '=', attempt)
    .where('state', '=', 'sending')
    .where('frozen', 'is', null)
    .where('lease_until', '>', sql<Date>`clock_timestamp()`)
    .executeTakeFirst();
  return changed.numUpdatedRows > 0n;
}

/**
 * Begins the lease anew: from here on the whole of `leaseMs` is there. False where the claim has lapsed or was taken back,
 * or where the effect is no longer about `person`, if one is given: then do not send.
 */
export async function renewLease(
  scope: Scope,
  row: number,
  attempt: number,
  leaseMs: number,
  person?: number,
): Promise<boolean> {
  const changed = await on(scope)
    .updateTable('outbox')
    .set({ lease_until: after(leaseMs) })
    .where('id', '=', row)
    .where((where) => (person === undefined ? where.lit(true) : where('person_id', '=', person)))
    .where('attempt', '=', attempt)
    .where('state', 'in', ['sending', 'ambiguous'])
    .where('lease_until', '>', now)
    .executeTakeFirst();
  return changed.numUpdatedRows > 0n;
}

/**
 * Notes how a claim ended, once. Only where that claim is still the latest one and was not taken back: a sender that
 * comes back late changes nothing, and is told so by false.
 */
export async function settle(scope: Scope, row: number, attempt: number, end: Settlement): Promise<boolean> {
  const changed = await on(scope)
    .updateTable('outbox')
    .set({ ...changes(end), lease_owner: null, lease_until: null })
    .where('id', '=', row)
    .where('attempt', '=', attempt)
    .where('state', 'in', ['sending', 'ambiguous'])
    .where('lease_owner', 'is not', null)
    .executeTakeFirst();
  return changed.numUpdatedRows > 0n;
}

/**
 * Locks whoever the person has become: until the transaction ends no message decides about them, and no merge moves their
 * effects. To be called before anything of theirs is changed, since others take these locks in this order.
 */
export async function lockSurvivor(tx: Tx, person: number): Promise<void> {
  await sql`
    select id from person where id = (select coalesce(merged_into, id) from person where id = ${person})
    for no key update`.execute(tx);
}

/** True where something was decided about the same key, for the same destination, after this revision. */
export async function hasLaterRevision(
  scope: Scope,
  { destination, key, revision }: Pick<ClaimedEffect, 'destination' | 'key' | 'revision'>,
): Promise<boolean> {
  const later = await on(scope)
    .selectFrom('outbox')
    .select('id')
    .where('destination', '=', destination)
    .where('key', '=', key)
    .where('revision', '>', revision)
    .limit(1)
    .executeTakeFirst();
  return later !== undefined;
}

const now = sql<Date>`clock_timestamp()`;
const after = (ms: number) => sql<Date>`clock_timestamp() + ${Math.max(0, ms)} * interval '1 millisecond'`;
const noFailure = { failure_kind: null, failure_where: null, failure_message: null };

function failed(failure: EffectFailure) {
  return {
    failure_kind: failure.kind,
    failure_where: failure.where ?? null,
    failure_message: failure.message.replaceAll('\0', '\u2400'),
  };
}

function changes(end: Settlement) {
  switch (end.outcome) {
    case 'delivered':
      return {
        state: 'delivered' as const,
        in_doubt: false,
        references: [...end.references],
        confirmed_at: end.confirmed ? now : null,
        settled_at: now,
        ...noFailure,
      };
    case 'transient':
      return {
        state: 'pending' as const,
        failures: sql<number>`failures + ${end.counts ? 1 : 0}`,
        due_at: after(end.retryAfterMs),
        ...failed(end.failure),
      };
    case 'not-landed':
      return {
        state: 'pending' as const,
        ...(end.inDoubt === undefined ? {} : { in_doubt: end.inDoubt }),
        due_at: after(end.retryAfterMs ?? 0),
      };
    case 'ambiguous':
      return {
        state: 'ambiguous' as const,
        in_doubt: true,
        ambiguous_since: sql<Date>`case when state = 'ambiguous' then ambiguous_since else ${now} end`,
        failures: sql<number>`failures + ${end.counts === true ? 1 : 0}`,
        due_at: after(end.askAfterMs),
        ...failed(end.failure),
      };
    case 'held':
      return {
        state: 'held' as const,
        ...(end.inDoubt === undefined ? {} : { in_doubt: end.inDoubt }),
        ...(end.failure === undefined ? {} : failed(end.failure)),
      };
    case 'cancelled':
    case 'superseded':
      return { state: end.outcome, settled_at: now, ...noFailure, failure_message: end.message };
  }
}

/**
 * Takes back lapsed leases. Bytes are frozen before the first is sent, so a row without them was never sent and is
 * pending again; any other may have been: ambiguous, to be asked about now. A row that somebody has locked is passed over
 * until the next time: a frozen settlement must not keep the others waiting. Returns how many of each.
 */
export async function expireLeases(
  scope: Scope,
): Promise<{ readonly pending: number; readonly ambiguous: number }> {
  const { rows } = await sql<{ state: string }>`
    update outbox set state = case when frozen is null then 'pending' else 'ambiguous' end,
      in_doubt = frozen is not null, ambiguous_since = clock_timestamp(), due_at = clock_timestamp(),
      lease_owner = null, lease_until = null
    where id in (
      select id from outbox where state = 'sending' and lease_until <= clock_timestamp() for update skip locked)
    returning state`.execute(on(scope));
  const pending = rows.filter((row) => row.state === 'pending').length;
  return { pending, ambiguous: rows.length - pending };
}

/** Nothing is claimed from the destination for so long: it answers nothing, or asked us to wait. Never shortened. */
export async function pauseDestination(
  scope: Scope,
  destination: string,
  ms: number,
  reason: string,
): Promise<void> {
  await sql`
    insert into destination_pause (destination, until, reason) values (${destination}, ${after(ms)}, ${reason})
    on conflict (destination) do update set reason = excluded.reason,
      until = greatest(destination_pause.until, excluded.until)`.execute(on(scope));
}

export interface Pause {
  readonly destination: string;
  readonly until: Date;
  readonly reason: string;
}

/** The pauses that are in force. */
export async function pauses(scope: Scope): Promise<readonly Pause[]> {
  return on(scope)
    .selectFrom('destination_pause')
    .select(['destination', 'until', 'reason'])
    .where('until', '>', sql<Date>`clock_timestamp()`)
    .orderBy('destination')
    .execute();
}
