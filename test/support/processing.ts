// Process by itself on a store of its own: messages in, the state of inbox, people and outbox out. No socket, no EPR.
import { join } from 'node:path';
import { sql } from 'kysely';
import { suppliedFactNames } from '../../src/ips/supply.ts';
import type { FeedSupply } from '../../src/ips/supply.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { peekHeader, eventOf } from '../../src/hl7v2/header.ts';
import { loadInterpretation } from '../../src/pipeline/interpretation.ts';
import { processFeed } from '../../src/pipeline/process.ts';
import type { ProcessDeps } from '../../src/pipeline/process.ts';
import type { Store } from '../../src/store/database.ts';
import { insertArrivals } from '../../src/store/inbox.ts';
import { personByKey } from '../../src/store/persons.ts';

/** A programme with both rules' teams, for tests and the bench. */
export const testProgramme = {
  id: 'test',
  name: 'IPS',
  provider: { name: 'IPS', partOfCareTeam: false },
  serves: ['A06', 'A14'],
  rules: { 'wants-work': 'on', 'seeking-work-not-asked': 'off' } as const,
};

/** A feed that supplies every fact, complete for years. */
export function fullSupply(feed: string): FeedSupply {
  const since = { completeFrom: '2020-01-01' };
  return {
    feed,
    restrictedMarkings: 'supplied',
    supplies: Object.fromEntries([...suppliedFactNames, 'carePlans'].map((fact) => [fact, since])),
  };
}

export interface Processing {
  readonly current: ProcessDeps;
  /** Stores messages of one feed, each received at its time, in this order. */
  readonly receive: (messages: readonly (readonly [Buffer, Date?])[], feed?: string) => Promise<number[]>;
  /** Receives messages of the first feed a minute apart, on 1 October 2026 from noon UTC, and processes them one by one. */
  readonly tell: (...messages: readonly Buffer[]) => Promise<void>;
  /** Row number of whom a local number of the EPR leads to; 0 where nobody has it. */
  readonly person: (one: { readonly local: string }) => Promise<number>;
  /** Processes all that waits. */
  readonly run: () => Promise<void>;
  readonly inbox: () => Promise<{ id: number; state: string; outcome: string | null; kind: string | null }[]>;
  /** `make pending`, `withdraw delivered` … oldest first; of everybody, or of one person. */
  readonly effects: (of?: { readonly local: string }) => Promise<string[]>;
  readonly people: () => Promise<number>;
}

/** @param own what differs from the product's own set: mappings with another table */
export function processing(
  store: Store,
  feeds: readonly string[] = ['rio'],
  own: Partial<ProcessDeps> = {},
): Processing {
  const supplies = feeds.map(fullSupply);
  const folder = join(import.meta.dirname, '../../mappings');
  const { mappings, rules, goals } = loadInterpretation({
    folder,
    trust: 'RZZ',
    feeds: supplies,
    programme: testProgramme,
  });
  const current: ProcessDeps = {
    mappings,
    rules,
    routes: [{ destination: 'epr', live: 'all', order: 'person', carries: () => true }],
    facts: { zone: 'Europe/London', feeds: supplies, teams: mappings.teams, programme: testProgramme, goals },
    ...own,
  };
  const deps = {
    store,
    current: () => current,
    tell: () => undefined,
    log: createLog('silent'),
    metrics: createMetrics(),
  };
  let place = 0;
  const line: Processing = {
    current,
    tell: async (...messages) => {
      for (const message of messages) {
        place += 1;
        await line.receive([[message, new Date(Date.UTC(2026, 9, 1, 12, place))]], feeds[0]);
        await line.run();
      }
    },
    person: async ({ local }) =>
      (await personByKey(store, { system: 'https://rzz.example/Id/patient', value: local })) ?? 0,
    receive: async (messages, feed = 'rio') => {
      const arrivals = messages.map(([body, receivedAt = new Date()]) => {
        const header = peekHeader(body);
        return { feed, sender: 'EPR|RZZ', controlId: header.controlId, event: eventOf(header), body, receivedAt, acknowledgement: undefined };
      }); // prettier-ignore
      return (await insertArrivals(store, arrivals)).map(({ row }) => row);
    },
    run: async () => {
      for (const id of feeds) {
        const charset = { charset: 'utf-8', fallbackCharset: 'windows-1252' };
        while (await processFeed({ kind: 'hl7v2', id, zone: 'Europe/London', charset }, deps));
      }
    },
    inbox: async () => {
      const { rows } = await sql<{ id: number; state: string; outcome: string | null; kind: string | null }>`
        select id, state, outcome, failure_kind as kind from inbox order by id`.execute(store.other);
      return rows;
    },
    effects: async (of) => {
      const whose = of === undefined ? null : await line.person(of);
      const { rows } = await sql<{ text: string }>`
        select (decision->>'action') || ' ' || state as text from outbox o join person p on p.id = o.person_id
        where ${whose}::bigint is null or coalesce(p.merged_into, p.id) = ${whose}::bigint order by o.id`.execute(
        store.other,
      );
      return rows.map(({ text }) => text);
    },
    people: async () => {
      const { rows } = await sql<{ people: number }>`select count(*) as people from person`.execute(
        store.other,
      );
      return rows[0]?.people ?? 0;
    },
  };
  return line;
}
