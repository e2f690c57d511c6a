// One invented person's effects, made by the real line, and a destination that does as a test says.
import { sql } from 'kysely';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { createBreaker } from '../../src/pipeline/breaker.ts';
import { askNext, deliverNext } from '../../src/pipeline/deliver.ts';
import type { DeliverDeps } from '../../src/pipeline/deliver.ts';
import type { Answer, Delivery, Destination, Prepared } from '../../src/pipeline/destination.ts';
import type { Store } from '../../src/store/database.ts';
import { adt, testPerson } from '../support/epr-messages.ts';
import { processing } from '../support/processing.ts';

export const person = testPerson(71);
export const ready: Prepared = { outcome: 'ready', bytes: Buffer.from('bytes') };
const delivered: Delivery = { outcome: 'delivered', references: ['Task/1'], confirmed: true };
export const notLanded: Answer = { outcome: 'not-landed' };
export const answered500 = {
  kind: 'delivery/http-500',
  message: 'the server answered 500',
  pausesDestination: false,
} as const;
export const silent = {
  kind: 'delivery/timeout',
  message: 'the server said nothing in time',
  pausesDestination: true,
} as const;

const signal = new AbortController().signal;

/** What a test says of the destination; anything it does not mention goes well. */
export type Script = Partial<Omit<Destination, 'id'>>;

export function delivering(store: Store) {
  const line = processing(store);
  let control = 0;
  // The breaker's clock: whatever pause began, it is over by the next failure.
  let hours = 0;
  const hourly = (): Date => new Date((hours += 1) * 3_600_000);
  const deps = (script: Script, more: Partial<DeliverDeps> = {}): DeliverDeps => ({
    store,
    destination: {
      id: 'epr',
      asks: () => true,
      prepare: ({ frozen }) =>
        Promise.resolve(frozen === undefined ? ready : { outcome: 'ready', bytes: frozen }),
      send: () => Promise.resolve(delivered),
      ask: () => Promise.resolve(notLanded),
      ...script,
    },
    route: { destination: 'epr', live: 'all', order: 'person', carries: () => true },
    owner: 'worker',
    ownerOf: () => ({ kind: 'champion', system: 'https://rzz.example/Id/staff', value: 'C1' }),
    standingOf: () => ({ restricted: false, deceased: false }),
    now: () => new Date(),
    jitter: () => 0.5,
    breaker: createBreaker({ jitter: () => 0.5, now: hourly }),
    log: createLog('silent'),
    metrics: createMetrics(),
    ...more,
  });
  const hear = async (...messages: readonly Buffer[]): Promise<void> => {
    await line.receive(messages.map((message) => [message]));
    await line.run();
  };
  return {
    effects: line.effects,
    deps,
    hear,
    /** An answer to the work question about `who`, recorded on this day. */
    says: (answer: 'PAID' | 'NO', day: string, who = person) =>
      hear(adt(who, { controlId: `says-${(control += 1)}`, answer: [answer, day] })),
    deliver: (using: DeliverDeps) => deliverNext(using, signal),
    ask: (using: DeliverDeps) => askNext(using, signal),
    /** Everything that waits for its time, or for its destination, need wait no longer. */
    hurry: async () => {
      await sql`update outbox set due_at = clock_timestamp()`.execute(store.other);
      await sql`delete from destination_pause`.execute(store.other);
    },
    rows: async () => {
      const { rows } = await sql<{
        id: number;
        person: number;
        revision: number;
        state: string;
        inDoubt: boolean;
        failures: number;
        kind: string | null;
        message: string | null;
        waits: number;
        lease: number | null;
      }>`
        select id, person_id as person, revision, state, in_doubt as "inDoubt", failures, failure_kind as kind,
          failure_message as message, extract(epoch from due_at - clock_timestamp())::float8 as waits,
          extract(epoch from lease_until - clock_timestamp())::float8 as lease
        from outbox order by id`.execute(store.other);
      return rows;
    },
    empty: () =>
      sql`truncate inbox, inbox_body, person, person_identifier, person_merge, identity_hold, resource, outbox, audit,
        destination_pause restart identity cascade`.execute(store.other),
  };
}
