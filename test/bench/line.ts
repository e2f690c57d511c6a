// The whole line inside one process, from stored message to outbox row: one feed, then four; and the cost of a claim
// with 100,000 effects waiting.
import { join } from 'node:path';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { loadInterpretation } from '../../src/pipeline/interpretation.ts';
import { processFeed } from '../../src/pipeline/process.ts';
import type { ProcessDeps } from '../../src/pipeline/process.ts';
import { openStore } from '../../src/store/database.ts';
import type { Store } from '../../src/store/database.ts';
import { claim, settle } from '../../src/store/delivery.ts';
import { insertArrivals, waiting } from '../../src/store/inbox.ts';
import { effectCounts } from '../../src/store/effects.ts';
import { fullSupply, testProgramme } from '../support/processing.ts';
import { benchMessage } from './messages.ts';

export interface LineResult {
  readonly feeds: number;
  readonly messages: number;
  readonly perSecond: number;
  readonly effects: number;
  readonly cpuSeconds: number;
  readonly rssMiB: number;
}

const log = createLog('error');
const programme = {
  ...testProgramme,
  rules: { 'wants-work': 'on', 'seeking-work-not-asked': 'on' },
} as const;

export async function benchLine(
  folder: string,
  feeds: number,
  perFeed: number,
  offset: number,
): Promise<LineResult> {
  const store = await openStore({ folder }, { log });
  try {
    const names = Array.from({ length: feeds }, (_, index) => `line-${offset}-${index}`);
    for (const [index, feed] of names.entries()) await fill(store, feed, perFeed, offset + index * perFeed);
    const supplies = names.map(fullSupply);
    const interpretation = loadInterpretation({ folder: join(import.meta.dirname, '../../mappings'), trust: 'RZZ', feeds: supplies, programme }); // prettier-ignore
    const metrics = createMetrics();
    const { mappings, rules } = interpretation;
    const current: ProcessDeps = {
      mappings, rules,
      routes: [{ destination: `bench-${offset}`, live: 'all', order: 'person', carries: () => true }],
      facts: { zone: 'Europe/London', feeds: supplies, teams: mappings.teams, programme },
    }; // prettier-ignore
    const deps = { store, current: () => current, tell: () => undefined, log, metrics };
    const cpu = process.cpuUsage();
    const started = performance.now();
    await Promise.all(names.map(async (id) => {
      const feed = { kind: 'hl7v2' as const, id, zone: 'Europe/London', charset: { charset: 'utf-8', fallbackCharset: 'windows-1252' } };
      while (await processFeed(feed, deps));
    })); // prettier-ignore
    const seconds = (performance.now() - started) / 1_000;
    const { user, system } = process.cpuUsage(cpu);
    const left = (await waiting(store)).filter(({ feed }) => names.includes(feed));
    if (left.length > 0) throw new Error('not every message was processed');
    const effects = (await effectCounts(store)).filter(
      ({ destination }) => destination === `bench-${offset}`,
    );
    return {
      feeds,
      messages: feeds * perFeed,
      perSecond: (feeds * perFeed) / seconds,
      effects: effects.reduce((sum, { rows }) => sum + rows, 0),
      cpuSeconds: (user + system) / 1e6,
      rssMiB: process.memoryUsage().rss / 1_048_576,
    };
  } finally {
    await store.close();
  }
}

async function fill(store: Store, feed: string, count: number, offset: number): Promise<void> {
  const arrivals = Array.from({ length: count }, (_, index) => {
    const [number, step] = [offset + Math.floor(index / 4), index % 4];
    return {
      feed, sender: 'EPR|RZZ', controlId: `${number}-${step}`, event: 'ADT^A08',
      body: benchMessage(number, step), receivedAt: new Date(), acknowledgement: undefined,
    }; // prettier-ignore
  });
  for (let from = 0; from < count; from += 500) await insertArrivals(store, arrivals.slice(from, from + 500));
}

export interface ClaimResult {
  readonly waiting: number;
  readonly lanes: number;
  readonly claimsPerSecond: number;
}

/** Claims and settles with many effects waiting in many lanes; the rows are those that the line made, multiplied. */
export async function benchClaims(folder: string, workers: number, claims: number): Promise<ClaimResult> {
  const store = await openStore({ folder }, { log });
  try {
    const { fillOutbox } = await import('./fill-outbox.ts');
    const [rows, lanes] = [100_000, 20_000];
    await fillOutbox(store, 'claims', rows, lanes);
    let left = claims;
    const started = performance.now();
    await Promise.all(Array.from({ length: workers }, async (_, worker) => {
      while (left-- > 0) {
        const effect = await claim(store, 'claims', `bench-${worker}`, 15_000);
        if (effect === undefined) throw new Error('nothing to claim');
        await settle(store, effect.row, effect.attempt, { outcome: 'delivered', references: [], confirmed: true });
      }
    })); // prettier-ignore
    return { waiting: rows, lanes, claimsPerSecond: claims / ((performance.now() - started) / 1_000) };
  } finally {
    await store.close();
  }
}
