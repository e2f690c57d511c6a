// Counts over the whole line, for the sandbox's summary and for whoever asks how things stand. No person is named.
import { sql } from 'kysely';
import { on } from './database.ts';
import type { Scope } from './database.ts';
import type { InboxState, OutboxState } from './tables.ts';

export interface LineSummary {
  readonly messages: readonly {
    readonly feed: string;
    readonly state: InboxState;
    readonly outcome: 'used' | 'unused' | null;
    readonly rows: number;
  }[];
  readonly refused: number;
  /** Survivors; people merged into others are not counted. */
  readonly people: number;
  readonly merged: number;
  /** By the latest revision of each key at each destination. */
  readonly effects: readonly {
    readonly rule: string;
    readonly action: 'make' | 'withdraw';
    /** Withdrawn because it came true. */
    readonly completed: boolean;
    readonly state: OutboxState;
    readonly rows: number;
  }[];
  readonly findings: readonly { readonly kind: string; readonly rows: number }[];
}

export async function lineSummary(scope: Scope): Promise<LineSummary> {
  const db = on(scope);
  const messages = await sql<LineSummary['messages'][number]>`
    select feed, state, outcome, count(*) as rows from inbox group by 1, 2, 3 order by 1, 2, 3`.execute(db);
  const persons = await sql<{ people: number; merged: number; refused: number }>`
    select count(*) filter (where merged_into is null) as people, count(*) filter (where merged_into is not null) as merged,
      (select count(*) from refused) as refused
    from person`.execute(db);
  const effects = await sql<LineSummary['effects'][number]>`
    select rule, action, completed, state, count(*) as rows
    from (
      select distinct on (destination, key) rule, decision->>'action' as action, state,
        coalesce((decision->>'completed')::boolean, false) as completed
      from outbox order by destination, key, revision desc) latest
    group by 1, 2, 3, 4 order by 1, 2, 3, 4`.execute(db);
  const findings = await sql<LineSummary['findings'][number]>`
    select finding->>'kind' as kind, count(*) as rows from inbox, jsonb_array_elements(findings) as finding
    where state = 'processed' group by 1 order by 2 desc, 1`.execute(db);
  const [counts] = persons.rows;
  return {
    messages: messages.rows,
    refused: counts?.refused ?? 0,
    people: counts?.people ?? 0,
    merged: counts?.merged ?? 0,
    effects: effects.rows,
    findings: findings.rows,
  };
}

/** Uids of people for whom a rule's effect stands delivered, oldest first: examples to look at. */
export async function peopleWithEffect(
  scope: Scope,
  rule: string,
  limit: number,
): Promise<readonly { uid: string; references: readonly string[] }[]> {
  const { rows } = await sql<{ uid: string; references: readonly string[] }>`
    select p.uid, o."references" from outbox o join person p on p.id = o.person_id
    where o.rule = ${rule} and o.state = 'delivered' and o.decision->>'action' = 'make'
    order by o.id limit ${limit}`.execute(on(scope));
  return rows;
}

/** Effects that wait for a person, and why: they are no work under way. */
export interface EffectsBlocked {
  /** An identity message about their person is held: who is who is in doubt. */
  readonly byIdentity: number;
  /** An earlier revision of the same is held. */
  readonly behindHeld: number;
}

export async function effectsBlocked(scope: Scope): Promise<EffectsBlocked> {
  const { rows } = await sql<EffectsBlocked>`
    select count(*) filter (where identity) as "byIdentity", count(*) filter (where not identity) as "behindHeld"
    from (
      select
        exists (select from identity_hold h join person p on p.id = h.person_id
          where p.id = o.person_id or p.merged_into = o.person_id) as identity,
        exists (select from outbox e where e.destination = o.destination and e.key = o.key
          and e.revision < o.revision and e.state = 'held') as behind
      from outbox o where o.state = 'pending') waiting
    where identity or behind`.execute(on(scope));
  return rows[0] ?? { byIdentity: 0, behindHeld: 0 };
}
