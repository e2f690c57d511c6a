// The outbox as deliver sees it: claim under a lease, freeze the bytes, settle where the attempt still matches. A row
// whose sender died or froze becomes ambiguous and is asked about before anything is sent again. All times are the
// database's, so that replicas need not agree on theirs.
import { sql } from 'kysely';
import { BridgeError } from '../errors.ts';
import type { Decision } from '../ips/decision.ts';
import { on } from './database.ts';
import type { Scope } from './database.ts';
import { claimHead } from './lanes.ts';

export interface ClaimedEffect {
  readonly row: number;
  readonly destination: string;
  /** Row number of the survivor. */
  readonly person: number;
  readonly key: string;
  readonly revision: number;
  readonly decision: Decision;
  /** Names this claim: every later step must give it. */
  readonly attempt: number;
  /** Transient failures so far. */
  readonly failures: number;
  /** The bytes of an earlier try: these are sent, and no others. */
  readonly frozen: Buffer | undefined;
  readonly inboxRow: number | undefined;
}

export interface EffectFailure {
  readonly kind: string;
  readonly message: string;
  readonly where?: string | undefined;
}

export type Settlement =
  | { readonly outcome: 'delivered'; readonly references: readonly string[]; readonly confirmed: boolean }
  /** Certainly not done; tried again after `retryAfterMs`. */
  | { readonly outcome: 'transient'; readonly retryAfterMs: number; readonly failure: EffectFailure }
  /** It is certain that nothing landed: to be sent (again) now. */
  | { readonly outcome: 'not-landed' }
  /** May have been done: asked about after `askAfterMs`. */
  | { readonly outcome: 'ambiguous'; readonly askAfterMs: number; readonly failure: EffectFailure }
  | { readonly outcome: 'held'; readonly failure: EffectFailure }
  /** Nothing is left to do. */
  | { readonly outcome: 'cancelled'; readonly message: string }
  /** A later decision takes its place. */
  | { readonly outcome: 'superseded'; readonly message: string };

/**
 * Claims the next effect of a destination for sending, or undefined where none is free and due. See {@link claimHead}.
 * @param leaseMs send timeout + 5 s, at most 15 s
 */
export async function claim(
  scope: Scope,
  destination: string,
  owner: string,
  leaseMs: number,
): Promise<ClaimedEffect | undefined> {
  const row = await claimHead(scope, destination, owner, leaseMs);
  return row === undefined ? undefined : readClaimed(scope, row);
}

/** Claims an ambiguous effect to ask about it: it stays ambiguous, under a lease and a new attempt. */
export async function claimAmbiguous(
  scope: Scope,
  destination: string,
  owner: string,
  leaseMs: number,
): Promise<ClaimedEffect | undefined> {
  const { rows } = await sql<{ id: number }>`
    update outbox set attempt = attempt + 1, lease_owner = ${owner},
      lease_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
    where id = (
      select id from outbox
      where destination = ${destination} and state = 'ambiguous' and due_at <= clock_timestamp()
        and (lease_until is null or lease_until <= clock_timestamp())
        and not exists (select from destination_pause p where p.destination = ${destination} and p.until > clock_timestamp())
      order by due_at, id limit 1 for update skip locked)
    returning id`.execute(on(scope));
  return rows[0] === undefined ? undefined : readClaimed(scope, rows[0].id);
}

async function readClaimed(scope: Scope, row: number): Promise<ClaimedEffect> {
  const { rows } = await sql<
    Omit<ClaimedEffect, 'frozen' | 'inboxRow'> & { frozen: Buffer | null; inbox: number | null }
  >`
    select id as row, destination, person_id as person, key, revision, decision, attempt, failures, frozen,
      inbox_id as inbox
    from outbox where id = ${row}`.execute(on(scope));
  const [found] = rows;
  if (found === undefined)
    throw new BridgeError('internal/row-missing', 'a claimed effect cannot be found again');
  const { frozen, inbox, ...rest } = found;
  return { ...rest, frozen: frozen ?? undefined, inboxRow: inbox ?? undefined };
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

/** Whether the claim still stands: asked by a sender just before the first byte, since it may have been frozen. */
export async function holdsLease(scope: Scope, row: number, attempt: number): Promise<boolean> {
  const found = await on(scope)
    .selectFrom('outbox')
    .select('id')
    .where('id', '=', row)
    .where('attempt', '=', attempt)
    .where('state', 'in', ['sending', 'ambiguous'])
    .where('lease_until', '>', sql<Date>`clock_timestamp()`)
    .executeTakeFirst();
  return found !== undefined;
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
        in_doubt: false,
        failures: sql<number>`failures + 1`,
        due_at: after(end.retryAfterMs),
        ...failed(end.failure),
      };
    case 'not-landed':
      return { state: 'pending' as const, in_doubt: false, due_at: now };
    case 'ambiguous':
      return {
        state: 'ambiguous' as const,
        in_doubt: true,
        due_at: after(end.askAfterMs),
        ...failed(end.failure),
      };
    case 'held':
      return { state: 'held' as const, ...failed(end.failure) };
    case 'cancelled':
    case 'superseded':
      return { state: end.outcome, settled_at: now, ...noFailure, failure_message: end.message };
  }
}

/**
 * Takes back lapsed leases. Bytes are frozen before the first is sent, so a row without them was never sent and is
 * pending again; any other may have been: ambiguous, to be asked about now. Returns how many of each.
 */
export async function expireLeases(
  scope: Scope,
): Promise<{ readonly pending: number; readonly ambiguous: number }> {
  const { rows } = await sql<{ state: string }>`
    update outbox set state = case when frozen is null then 'pending' else 'ambiguous' end,
      in_doubt = frozen is not null, due_at = clock_timestamp(), lease_owner = null, lease_until = null
    where state = 'sending' and lease_until <= clock_timestamp()
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

/** Ends a pause, as after a success. */
export async function resumeDestination(scope: Scope, destination: string): Promise<void> {
  await on(scope).deleteFrom('destination_pause').where('destination', '=', destination).execute();
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
