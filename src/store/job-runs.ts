// The ledger of scheduled jobs: one row for each run that was due. Whoever inserts the row runs it; a lease says that
// somebody still does, and a run whose lease has lapsed is taken over and goes on behind the last person it had done.
// One run of a job at a time. All times of a lease are the database's.
import { sql } from 'kysely';
import { inTransaction, on } from './database.ts';
import type { Scope, Store, Tx } from './database.ts';
import type { EffectFailure } from './delivery.ts';

export type RunMode = 'dry' | 'live';

/** How many by outcome; no person. */
export type RunCounts = Readonly<Record<string, number>>;

/** A run that this process has. */
export interface JobRun {
  readonly row: number;
  readonly job: string;
  readonly dueAt: Date;
  readonly mode: RunMode;
  /** Whoever has it; the lease of a run that was taken over names somebody else. */
  readonly owner: string;
  /** Persons up to this row number are done. */
  readonly doneUpTo: number;
  readonly counts: RunCounts;
}

export type Start =
  | { readonly outcome: 'started'; readonly run: JobRun }
  /** This due time, or a later one, has its run already. */
  | { readonly outcome: 'known' }
  /** Another run of this job is under way. */
  | { readonly outcome: 'busy' };

const runColumns = sql`id as row, job, due_at as "dueAt", mode, lease_owner as owner, done_up_to as "doneUpTo", counts`;

/**
 * Begins the run of a due time, unless it or a later one has been begun before. The first run of a job is dry whatever
 * `mode` says: until one has been carried through that met anybody.
 */
export function startRun(
  store: Store,
  wanted: { readonly job: string; readonly dueAt: Date; readonly mode: RunMode; readonly owner: string },
  leaseMs: number,
): Promise<Start> {
  const { job, dueAt, mode, owner } = wanted;
  return inTransaction(store, async (tx): Promise<Start> => {
    // One at a time decides whether a run of this job begins.
    await sql`select pg_advisory_xact_lock(hashtextextended('ips_bridge job ' || ${job}::text, 0))`.execute(
      tx,
    );
    const known = await sql<{ known: boolean; busy: boolean }>`
      select exists (select from job_run where job = ${job} and due_at >= ${dueAt}) as known,
        exists (select from job_run where job = ${job} and state = 'running') as busy`.execute(tx);
    if (known.rows[0]?.known === true) return { outcome: 'known' };
    if (known.rows[0]?.busy === true) return { outcome: 'busy' };
    const { rows } = await sql<JobRun>`
      insert into job_run (job, due_at, mode, state, lease_owner, lease_until)
      select ${job}, ${dueAt}, case when exists (
          select from job_run where job = ${job} and state = 'done' and coalesce((counts ->> 'people')::bigint, 0) > 0)
        then ${mode}::text else 'dry' end,
        'running', ${owner}, clock_timestamp() + ${leaseMs} * interval '1 millisecond'
      on conflict (job, due_at) do nothing
      returning ${runColumns}`.execute(tx);
    return rows[0] === undefined ? { outcome: 'known' } : { outcome: 'started', run: rows[0] };
  });
}

/** Takes over the run of a job whose holder died, froze or gave it back. Undefined where there is none. */
export async function takeOverRun(
  store: Store,
  job: string,
  owner: string,
  leaseMs: number,
): Promise<JobRun | undefined> {
  const { rows } = await sql<JobRun>`
    update job_run set lease_owner = ${owner}, lease_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
    where id = (select id from job_run where job = ${job} and state = 'running' and lease_until <= clock_timestamp()
      order by due_at limit 1 for update skip locked)
    returning ${runColumns}`.execute(on(store));
  return rows[0];
}

/**
 * Ends runs that were left and have been overtaken: due before `before`. What is told of people at such a due time may be
 * long over. Their row numbers.
 */
export async function closeOvertaken(
  scope: Scope,
  job: string,
  before: Date,
  failure: EffectFailure,
): Promise<readonly number[]> {
  const { rows } = await sql<{ row: number }>`
    update job_run set state = 'failed', ended_at = clock_timestamp(), failure_kind = ${failure.kind},
      failure_message = ${failure.message}
    where id in (select id from job_run where job = ${job} and state = 'running' and due_at < ${before}
      and lease_until <= clock_timestamp() for update skip locked)
    returning id as row`.execute(on(scope));
  return rows.map(({ row }) => row);
}

/** Keeps the lease. False where somebody else has the run now. */
export async function renewRun(scope: Scope, { row, owner }: JobRun, leaseMs: number): Promise<boolean> {
  const { rows } = await sql`
    update job_run set lease_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
    where id = ${row} and lease_owner = ${owner} and state = 'running'
    returning id`.execute(on(scope));
  return rows.length > 0;
}

/**
 * Notes how far a run has come, in the transaction that made what it tells of. False where somebody else has the run
 * now: the transaction is then to be undone.
 */
export async function advanceRun(
  tx: Tx,
  { row, owner }: JobRun,
  to: { readonly doneUpTo: number; readonly counts: RunCounts },
  leaseMs: number,
): Promise<boolean> {
  const { rows } = await sql`
    update job_run set done_up_to = ${to.doneUpTo}, counts = ${JSON.stringify(to.counts)}::jsonb,
      lease_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
    where id = ${row} and lease_owner = ${owner} and state = 'running'
    returning id`.execute(tx);
  return rows.length > 0;
}

/** Gives a run back, to be taken over at once. */
export async function releaseRun(scope: Scope, { row, owner }: JobRun): Promise<void> {
  await sql`update job_run set lease_until = clock_timestamp()
    where id = ${row} and lease_owner = ${owner} and state = 'running'`.execute(on(scope));
}

/** Ends a run: carried through, or failed. Nothing where somebody else has it now. */
export async function endRun(scope: Scope, { row, owner }: JobRun, failure?: EffectFailure): Promise<void> {
  await sql`
    update job_run set state = ${failure === undefined ? 'done' : 'failed'}, ended_at = clock_timestamp(),
      failure_kind = ${failure?.kind ?? null}, failure_message = ${failure?.message ?? null}
    where id = ${row} and lease_owner = ${owner} and state = 'running'`.execute(on(scope));
}

/** A row of the ledger, for whoever looks at it. */
export interface LedgerRow {
  readonly row: number;
  readonly job: string;
  readonly dueAt: Date;
  readonly mode: RunMode;
  /** Dry whatever was configured, because no run before it had met anybody. */
  readonly first: boolean;
  readonly state: 'running' | 'done' | 'failed';
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  readonly counts: RunCounts;
  readonly failure: EffectFailure | null;
}

/** The ledger, newest due time first. */
export async function ledger(scope: Scope, limit: number): Promise<readonly LedgerRow[]> {
  const { rows } = await sql<LedgerRow>`
    select id as row, job, due_at as "dueAt", mode, state, started_at as "startedAt", ended_at as "endedAt", counts,
      not exists (select from job_run e where e.job = r.job and e.state = 'done' and e.due_at < r.due_at
        and coalesce((e.counts ->> 'people')::bigint, 0) > 0) as first,
      case when failure_kind is not null then json_build_object('kind', failure_kind, 'message', failure_message) end
        as failure
    from job_run r order by due_at desc, id desc limit ${limit}`.execute(on(scope));
  return rows;
}

/** The due time of the last run of a job that was begun. */
export async function lastDue(scope: Scope, job: string): Promise<Date | undefined> {
  const { rows } = await sql<{ due: Date | null }>`
    select max(due_at) as due from job_run where job = ${job}`.execute(on(scope));
  return rows[0]?.due ?? undefined;
}

/** Of each job: when a run was last carried through, and what it counted. */
export async function lastSuccesses(
  scope: Scope,
): Promise<readonly { readonly job: string; readonly endedAt: Date; readonly counts: RunCounts }[]> {
  const { rows } = await sql<{ job: string; endedAt: Date; counts: RunCounts }>`
    select distinct on (job) job, ended_at as "endedAt", counts from job_run
    where state = 'done' order by job, ended_at desc`.execute(on(scope));
  return rows;
}
