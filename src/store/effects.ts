// The outbox as people see it: what is held and why, everything about one person, counts; and what an operator may do.
import { sql } from 'kysely';
import { auditEntry } from '../audit/entry.ts';
import type { Actor, AuditAction } from '../audit/entry.ts';
import type { Decision } from '../ips/decision.ts';
import { writeAudit } from './audit.ts';
import { inTransaction, on } from './database.ts';
import type { Scope, Tx } from './database.ts';
import type { OutboxState } from './tables.ts';
import { closeUnmade } from './unmade.ts';

export interface Effect {
  readonly row: number;
  readonly destination: string;
  /** Row number of the person. */
  readonly person: number;
  readonly key: string;
  readonly revision: number;
  readonly state: OutboxState;
  readonly attempt: number;
  readonly decision: Decision;
  readonly references: readonly string[];
  readonly createdAt: Date;
  readonly settledAt: Date | undefined;
  readonly confirmedAt: Date | undefined;
  readonly failure: { readonly kind: string; readonly where?: string; readonly message: string } | undefined;
}

function effectRows(scope: Scope) {
  return on(scope).selectFrom('outbox').selectAll();
}

type Row = Awaited<ReturnType<ReturnType<typeof effectRows>['execute']>>[number];

function effectOf(row: Row): Effect {
  const { failure_kind: kind, failure_where: where, failure_message: message } = row;
  return {
    row: row.id,
    destination: row.destination,
    person: row.person_id,
    key: row.key,
    revision: row.revision,
    state: row.state,
    attempt: row.attempt,
    decision: row.decision,
    references: row.references,
    createdAt: row.created_at,
    settledAt: row.settled_at ?? undefined,
    confirmedAt: row.confirmed_at ?? undefined,
    failure:
      kind === null ? undefined : { kind, ...(where === null ? {} : { where }), message: message ?? '' },
  };
}

/**
 * What an operator should look at, oldest first, after row number `after`: held effects, and those that have been asked
 * about in vain for an hour.
 */
export async function heldEffects(scope: Scope, limit = 1_000, after = 0): Promise<readonly Effect[]> {
  const anHourAgo = sql<Date>`clock_timestamp() - interval '1 hour'`;
  const rows = await effectRows(scope)
    .where((where) =>
      where.or([
        where('state', '=', 'held'),
        where.and([where('state', '=', 'ambiguous'), where('ambiguous_since', '<', anHourAgo)]),
      ]),
    )
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(effectOf).map((effect) => (effect.state === 'ambiguous' ? stillUnclear(effect) : effect));
}

/** An ambiguous effect says what is the matter, whatever was noted last. */
function stillUnclear(effect: Effect): Effect {
  const last = effect.failure === undefined ? '' : `; the last answer: ${effect.failure.message}`;
  const message = `not known for over an hour whether it was done${last}`;
  return { ...effect, failure: { kind: 'delivery/ambiguous', ...effect.failure, message } };
}

/** Every revision of every effect of a person and of those merged into them, oldest first. */
export async function effectsOfPerson(scope: Scope, person: number): Promise<readonly Effect[]> {
  const rows = await effectRows(scope)
    .where('person_id', 'in', (query) =>
      query
        .selectFrom('person')
        .select('id')
        .where((where) => where.or([where('id', '=', person), where('merged_into', '=', person)])),
    )
    .orderBy('id')
    .execute();
  return rows.map(effectOf);
}

/** One effect, or undefined. */
export async function effectByRow(scope: Scope, row: number): Promise<Effect | undefined> {
  const found = await effectRows(scope).where('id', '=', row).executeTakeFirst();
  return found === undefined ? undefined : effectOf(found);
}

/**
 * Sends a held effect again: rendered anew, since what was wrong may have been set right; but where an earlier send may
 * have landed, the same bytes, and asked about first. False where it is not held.
 *
 * @param notReceived the operator has looked at the receiver, which cannot be asked, and it is not there
 */
export function replayEffect(
  scope: Scope,
  row: number,
  actor: Actor,
  at: Date,
  notReceived = false,
): Promise<boolean> {
  const again = sql`
    update outbox set state = case when in_doubt and not ${notReceived}::boolean then 'ambiguous' else 'pending' end,
      frozen = case when in_doubt then frozen end, in_doubt = in_doubt and not ${notReceived}::boolean,
      failures = 0, due_at = clock_timestamp(), ambiguous_since = clock_timestamp()
    where id = ${row} and state = 'held' returning person_id as person`;
  return act(scope, row, again, 'replayed', actor, at, notReceived ? { reason: 'not received' } : {});
}

/**
 * Gives up an effect that is held, not yet sent, or of which nobody can tell whether it was done. False where it is none
 * of these. What is certainly made nowhere is given up on the record too, so that a new wish leads to something again.
 */
export function cancelEffect(
  scope: Scope,
  row: number,
  actor: Actor,
  reason: string,
  at: Date,
): Promise<boolean> {
  const cancelled = sql`
    update outbox set state = 'cancelled', settled_at = clock_timestamp()
    where id = ${row} and state in ('held', 'pending', 'observed', 'ambiguous') returning person_id as person`;
  return inTransaction(scope, async (tx) => {
    if (!(await act(tx, row, cancelled, 'cancelled', actor, at, { reason }))) return false;
    const effect = await effectByRow(tx, row);
    if (effect !== undefined)
      await closeUnmade(tx, effect, at, { as: 'given-up', because: 'given up by an operator' });
    return true;
  });
}

function act(
  scope: Scope,
  row: number,
  statement: ReturnType<typeof sql>,
  action: AuditAction,
  actor: Actor,
  at: Date,
  detail: Readonly<Record<string, string>>,
): Promise<boolean> {
  return inTransaction(scope, async (tx: Tx) => {
    const changed = await sql<{ person: number }>`${statement}`.execute(tx);
    const [first] = changed.rows;
    if (first === undefined) return false;
    await writeAudit(tx, [
      auditEntry(action, at, { person: first.person, outboxRow: row }, { actor, detail }),
    ]);
    await sql`select pg_notify('ips_bridge_outbox', '')`.execute(tx);
    return true;
  });
}

export interface EffectCount {
  readonly destination: string;
  readonly state: OutboxState;
  readonly rows: number;
}

/** How many effects stand in each state that is not settled. */
export async function effectCounts(scope: Scope): Promise<readonly EffectCount[]> {
  const { rows } = await sql<EffectCount>`
    select destination, state, count(*) as rows from outbox
    where state in ('pending', 'sending', 'ambiguous') group by destination, state
    union all
    select destination, state, count(*) from outbox where state = 'observed' group by destination, state
    union all
    select destination, state, count(*) from outbox where state = 'held' group by destination, state
    order by destination, state`.execute(on(scope));
  return rows;
}
