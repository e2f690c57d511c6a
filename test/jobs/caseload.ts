// People on a covered team's caseload, as messages told of them, and everything the sweep needs to look at them. Unless
// told otherwise each has a care plan that says nothing about work, and nobody has asked them.
import { join } from 'node:path';
import { sql } from 'kysely';
import type { Decision } from '../../src/ips/decision.ts';
import type { RunDeps } from '../../src/jobs/run.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { loadInterpretation } from '../../src/pipeline/interpretation.ts';
import type { ProcessDeps } from '../../src/pipeline/process.ts';
import type { Store } from '../../src/store/database.ts';
import { adt, testPerson } from '../support/epr-messages.ts';
import type { Said } from '../support/epr-messages.ts';
import { fullSupply, processing, testProgramme } from '../support/processing.ts';

/** Received before every run of these tests. */
export const broughtAt = new Date('2026-10-01T09:00:00Z');

export interface OnCaseload {
  readonly number: number;
  /** Staff number of the care co-ordinator. */
  readonly coordinator?: string;
  /** Day on which the co-ordinator's role ended: `20260930`. */
  readonly roleEnded?: string;
  /** The goals of the care plan. */
  readonly goals?: string;
  readonly said?: Partial<Said>;
}

/** Brings people onto the record by messages of one feed. */
export async function bring(
  store: Store,
  people: readonly OnCaseload[],
  receivedAt = broughtAt,
  feed = 'rio',
): Promise<void> {
  const line = processing(store, [feed]);
  const messages = people.map(
    ({ number, coordinator = 'C1001', roleEnded = '', goals = 'To sleep better', said = {} }) => {
      const plan = `ZCP|1|CP-${number}|CARE^Care plan|20260701||${goals}`;
      const controlId = `B${number}-${receivedAt.getTime()}`;
      const text = adt(testPerson(number), { controlId, extra: [plan], ...said }).toString();
      const role = `${coordinator}^Patel^Asha^^^^^^RZZ|20260101|${roleEnded}`;
      return [Buffer.from(text.replace('C1001^Patel^Asha^^^^^^RZZ|20260101|', role)), receivedAt] as const;
    },
  );
  await line.receive(messages, feed);
  await line.run();
}

/** What a service has in force, with one destination that carries everything unless told otherwise. */
export function inForce(carries: (decision: Decision) => boolean = () => true): ProcessDeps {
  const feeds = [fullSupply('rio')];
  const settings = { trust: 'RZZ', feeds, programme: testProgramme };
  const { mappings, rules, goals } = loadInterpretation({ ...settings, folder: join(import.meta.dirname, '../../mappings') }); // prettier-ignore
  return {
    mappings,
    rules,
    routes: [{ destination: 'epr', live: 'all', order: 'person', carries }],
    facts: { zone: 'Europe/London', feeds, teams: mappings.teams, programme: testProgramme, goals },
  };
}

/** As runs need it; each has a name of its own. */
export function runDeps(store: Store, owner: string, current: ProcessDeps = inForce()): RunDeps {
  return { store, current: () => current, owner, log: createLog('silent'), metrics: createMetrics() };
}

/** How often each person was flagged: rows of the outbox. */
export async function flagsMade(store: Store): Promise<{ people: number; rows: number }> {
  const { rows } = await sql<{ people: number; rows: number }>`
    select count(distinct person_id) as people, count(*) as rows from outbox
    where decision ->> 'effect' = 'flag-no-goal' and decision ->> 'action' = 'make'`.execute(store.other);
  return rows[0] ?? { people: 0, rows: 0 };
}
