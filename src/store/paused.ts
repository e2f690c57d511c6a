// What an operator has paused, until one resumes it. A paused feed is received from and acknowledged, and nothing of it
// is processed; to a paused destination nothing is sent, and nothing is asked of it. The lanes and claims look here
// themselves (lanes.ts, delivery.ts, claim_head).
import { sql } from 'kysely';
import { auditEntry } from '../audit/entry.ts';
import type { Actor } from '../audit/entry.ts';
import { writeAudit } from './audit.ts';
import { inTransaction, on } from './database.ts';
import type { Scope, Tx } from './database.ts';
import { lockFeed } from './lanes.ts';

export const pausableKinds = ['feed', 'destination'] as const;

/** A feed or a destination, by its id in the configuration. */
export interface Part {
  readonly what: (typeof pausableKinds)[number];
  readonly id: string;
}

export interface PausedPart extends Part {
  /** `operator:<name>` or `client:<name>`. */
  readonly actor: string;
  readonly reason: string;
  readonly at: Date;
}

export interface Act {
  readonly actor: Actor;
  /** Kept in the audit, so it names nobody. */
  readonly reason: string;
  readonly at: Date;
}

/** Everything that is paused, destinations first. */
export function pausedParts(scope: Scope): Promise<readonly PausedPart[]> {
  return on(scope)
    .selectFrom('paused')
    .select(['what', 'id', 'actor', 'reason', 'at'])
    .orderBy('what')
    .orderBy('id')
    .execute();
}

/**
 * Pauses a part, with its audit entry. Of a feed, whatever is being processed is finished first: once this returns,
 * nothing more is. A delivery that has begun is finished afterwards.
 * @returns false where it is paused already: that pause and its reason stand, and nothing is audited
 */
export function pausePart(scope: Scope, part: Part, { actor, reason, at }: Act): Promise<boolean> {
  return inTransaction(scope, async (tx) => {
    if (part.what === 'feed') await lockFeed(tx, part.id);
    const entry = entryOf('paused', part, { actor, reason, at });
    const added = await tx
      .insertInto('paused')
      .values({ ...part, actor: entry.actor, reason, at })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if ((added.numInsertedOrUpdatedRows ?? 0n) === 0n) return false;
    await writeAudit(tx, [entry]);
    return true;
  });
}

/** Ends a pause, with its audit entry, and wakes the workers at once. False where the part is not paused. */
export function resumePart(scope: Scope, part: Part, act: Act): Promise<boolean> {
  return inTransaction(scope, async (tx) => {
    const ended = await tx
      .deleteFrom('paused')
      .where('what', '=', part.what)
      .where('id', '=', part.id)
      .executeTakeFirst();
    if (ended.numDeletedRows === 0n) return false;
    await writeAudit(tx, [entryOf('resumed', part, act)]);
    await wake(tx, part);
    return true;
  });
}

async function wake(tx: Tx, { what }: Part): Promise<void> {
  const topic = what === 'feed' ? 'ips_bridge_inbox' : 'ips_bridge_outbox';
  await sql`select pg_notify(${topic}, '')`.execute(tx);
}

function entryOf(action: 'paused' | 'resumed', { what, id }: Part, { actor, reason, at }: Act) {
  return auditEntry(action, at, {}, { actor, detail: { [what]: id, reason } });
}
