// The whole line in this process: a database of its own, an EPR over real HTTP, and the service on free ports.
import type { Patient, ServiceRequest, Task } from '@medplum/fhirtypes';
import { startApp } from '../../src/app.ts';
import type { App } from '../../src/app.ts';
import { loadConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { openMllpClient } from '../../src/outbound/mllp-client.ts';
import { startEpr } from '../../src/sandbox/epr/epr.ts';
import type { Epr } from '../../src/sandbox/epr/epr.ts';
import type { Store } from '../../src/store/database.ts';
import { effectCounts } from '../../src/store/effects.ts';
import { waiting } from '../../src/store/inbox.ts';
import { freshDatabase } from './database.ts';
import { eprOf } from './epr-messages.ts';
import type { TestPerson } from './epr-messages.ts';
import { steadyPort } from './ports.ts';
import { testTrust, until } from './trust.ts';
import type { TestTrust, TrustOptions } from './trust.ts';

export interface Line {
  readonly app: App;
  readonly epr: Epr;
  readonly trust: TestTrust;
  /** Sends in order, on one connection; fails unless each is answered AA. */
  send(...messages: readonly Buffer[]): Promise<void>;
  /** Waits until everything received is processed and everything decided is sent. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a line whose EPR knows these people. `route` leads the service to its database by another address. */
export async function startLine(
  people: readonly TestPerson[],
  options: Partial<TrustOptions> = {},
  route: (databaseUrl: string) => string = (url) => url,
): Promise<Line> {
  const database = await freshDatabase();
  const epr = await startEpr({ port: await steadyPort() });
  await epr.load(eprOf(people));
  const trust = await testTrust({ feeds: 1, databaseUrl: route(database.url), eprUrl: epr.url, ...options });
  const config = loadConfig(trust.config, { DATABASE_URL: trust.databaseUrl });
  const app = await startApp(config, { log: createLog('silent') });
  return {
    app,
    epr,
    trust,
    send: (...messages) => sendAll(trust.feeds[0]?.port ?? 0, messages),
    settled: () => settled(app.store),
    close: async () => {
      await app.stop();
      await epr.close();
      await database.drop();
      trust.remove();
    },
  };
}

/** Sends messages in order on one connection; fails unless each is answered AA. */
export async function sendAll(port: number, messages: readonly Buffer[]): Promise<void> {
  const client = await openMllpClient({ host: '127.0.0.1', port });
  try {
    for (const message of messages) {
      const sent = await client.send(message);
      if (sent.outcome !== 'acknowledged' || sent.code !== 'AA') {
        throw new Error(`${sent.controlId}: ${sent.outcome}`);
      }
    }
  } finally {
    await client.close();
  }
}

/** Nothing waits to be processed, sent or asked about; what is held or only observed does not count. */
export function settled(store: Store, limitMs = 30_000): Promise<void> {
  return until(
    'everything processed and delivered',
    async () => {
      if ((await waiting(store)).length > 0) return false;
      const effects = await effectCounts(store);
      return effects.every(({ state }) => state === 'observed' || state === 'held');
    },
    limitMs,
  );
}

export interface InEpr {
  readonly requests: readonly ServiceRequest[];
  readonly tasks: readonly Task[];
}

/** Our proposals about one person, as the EPR holds them, oldest first. */
export async function proposalsOf(epr: Epr, person: TestPerson): Promise<InEpr> {
  const isTheirs = (patient: Patient): boolean =>
    patient.identifier?.some(({ value }) => value === person.local) === true;
  const own = new Set((await epr.resources('Patient')).filter(isTheirs).map(({ id }) => `Patient/${id}`));
  const byTime = (one: ServiceRequest | Task, other: ServiceRequest | Task): number =>
    (one.authoredOn ?? '') < (other.authoredOn ?? '') ? -1 : 1;
  const requests = await epr.resources('ServiceRequest');
  const tasks = await epr.resources('Task');
  return {
    requests: requests.filter(({ subject }) => own.has(subject.reference ?? '')).toSorted(byTime),
    tasks: tasks.filter((task) => own.has(task.for?.reference ?? '')).toSorted(byTime),
  };
}

/** The statuses of a person's proposals and of their tasks in the EPR, oldest first. */
export async function statusesOf(
  epr: Epr,
  person: TestPerson,
): Promise<{ requests: string[]; tasks: string[] }> {
  const { requests, tasks } = await proposalsOf(epr, person);
  return { requests: requests.map(({ status }) => status), tasks: tasks.map(({ status }) => status) };
}
