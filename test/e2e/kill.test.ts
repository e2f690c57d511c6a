// The service is killed fifty times while four feeds send to it over eight connections and an EPR of another process's
// time takes what it writes. What was acknowledged must be stored once, in order, with its effects exactly once.
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLog } from '../../src/log.ts';
import { openMllpClient } from '../../src/outbound/mllp-client.ts';
import { startEpr } from '../../src/sandbox/epr/epr.ts';
import type { Epr } from '../../src/sandbox/epr/epr.ts';
import { seededRandom } from '../../src/sandbox/random.ts';
import { openStore } from '../../src/store/database.ts';
import { effectCounts } from '../../src/store/effects.ts';
import { waiting } from '../../src/store/inbox.ts';
import { storedMessages } from '../support/history.ts';
import { freshDatabase } from '../support/database.ts';
import type { FreshDatabase } from '../support/database.ts';
import { adt, eprOf, testPerson } from '../support/epr-messages.ts';
import { startService, testTrust, until } from '../support/trust.ts';
import type { Service, TestTrust } from '../support/trust.ts';

const people = Array.from({ length: 1_000 }, (_, index) => testPerson(index));
const connections = 8;
const kills = 50;

interface Sent {
  readonly feed: string;
  readonly controlId: string;
  readonly body: Buffer;
  /** Clock readings: before the first byte of the first attempt, and after its acknowledgement. */
  firstSentAt: number;
  acknowledgedAt: number;
}

/** Five messages about each person: registered, wants a job, the same twice, and for every third: no. */
function messagesOf(person: (typeof people)[number]): { controlId: string; body: Buffer }[] {
  const declines = person.number % 3 === 0;
  const answers: (readonly [string, string] | undefined)[] = [
    undefined,
    ['PAID', '20260901'],
    ['PAID', '20260901'],
    ['PAID', '20260901'],
    declines ? ['NO', '20260915'] : ['PAID', '20260901'],
  ];
  return answers.map((answer, step) => {
    const controlId = `${person.local}-${step}`;
    return { controlId, body: adt(person, { event: step === 0 ? 'A28' : 'A08', controlId, ...(answer === undefined ? {} : { answer }) }) };
  });
}

describe('the service, killed again and again', () => {
  let database: FreshDatabase;
  let epr: Epr;
  let trust: TestTrust;
  let running: Service | undefined;

  beforeAll(async () => {
    database = await freshDatabase();
    epr = await startEpr({ port: 0 });
    await epr.load(eprOf(people));
    trust = await testTrust({ feeds: 4, databaseUrl: database.url, eprUrl: epr.url });
  });

  afterAll(async () => {
    running?.process.kill('SIGKILL');
    await running?.ended;
    await epr.close();
    await database.drop();
    trust.remove();
  });

  it('R1 R10 R14 R46 kill -9 fifty times: each acknowledged message once, in order, each proposal once', async () => {
    const random = seededRandom(20_261_121);
    const history: Sent[] = [];
    let killed = 0;
    const senders = Array.from({ length: connections }, (_, lane) => {
      const feed = trust.feeds[lane % trust.feeds.length] ?? { id: '', port: 0 };
      const mine = people.filter((person) => person.number % connections === lane).flatMap(messagesOf);
      return sendWhatItTakes(feed, mine, history, () => killed >= kills);
    });
    let sending = true;
    const allSent = Promise.all(senders).then(() => (sending = false));
    while (killed < kills) {
      running = startService(trust);
      // Some die before they are ready, most while messages are under way.
      if (random.chance(0.85)) await running.ready;
      await new Promise((done) => setTimeout(done, random.between(50, 900)));
      running.process.kill('SIGKILL');
      await running.ended;
      killed += 1;
    }
    expect(sending).toBe(true);
    running = startService(trust);
    await running.ready;
    await allSent;

    const store = await openStore({ url: () => database.url }, { log: createLog('silent') });
    try {
      await until('everything processed and delivered', async () => {
        const effects = (await effectCounts(store)).filter(({ state }) => state !== 'observed');
        return (await waiting(store)).length + effects.length === 0;
      }, 180_000); // prettier-ignore
      const stored = await storedMessages(store);
      expect(history).toHaveLength(people.length * 5);
      const byId = new Map(stored.map((row) => [row.controlId, row]));
      expect(stored).toHaveLength(history.length);
      expect(byId.size).toBe(history.length);
      expect(history.filter((one) => byId.get(one.controlId)?.body.equals(one.body) !== true)).toEqual([]);
      expect(stored.filter(({ state }) => state !== 'processed')).toEqual([]);
      expect(outOfOrder(history, new Map(stored.map((row) => [row.controlId, row.id])))).toEqual([]);
    } finally {
      await store.close();
    }
    await expectProposals(epr);
    expect(running.output()).not.toContain('"level":"error"');
  }, 540_000);
});

/** Sends each message until it is acknowledged, reconnecting as often as it takes; pauses, so that it lasts. */
async function sendWhatItTakes(
  feed: TestTrust['feeds'][number],
  messages: readonly { controlId: string; body: Buffer }[],
  history: Sent[],
  hurry: () => boolean,
): Promise<void> {
  let client: Awaited<ReturnType<typeof openMllpClient>> | undefined;
  for (const [index, { controlId, body }] of messages.entries()) {
    const sent: Sent = { feed: feed.id, controlId, body, firstSentAt: 0, acknowledgedAt: 0 };
    while (sent.acknowledgedAt === 0) {
      client ??= (await canConnect(feed.port)) ? await openMllpClient({ host: '127.0.0.1', port: feed.port }).catch(() => undefined) : undefined; // prettier-ignore
      if (client === undefined) {
        await new Promise((done) => setTimeout(done, 100));
        continue;
      }
      if (sent.firstSentAt === 0) sent.firstSentAt = performance.now();
      const outcome = await client.send(body);
      if (outcome.outcome === 'acknowledged' && outcome.code === 'AA') sent.acknowledgedAt = performance.now();
      else {
        await client.close();
        client = undefined;
      }
    }
    history.push(sent);
    // Bursts with pauses, so that the stream lasts as long as the kills do.
    if (!hurry() && index % 5 === 4) await new Promise((done) => setTimeout(done, 900));
  }
  await client?.close();
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => done(socket.destroy() === socket));
    socket.once('error', () => done(false));
  });
}

/** Pairs of one feed where x was acknowledged before y was first sent, and y was stored before x. */
function outOfOrder(history: readonly Sent[], ids: ReadonlyMap<string, number>): string[] {
  const wrong: string[] = [];
  for (const feed of new Set(history.map((one) => one.feed))) {
    const own = history.filter((one) => one.feed === feed);
    const bySent = own.toSorted((one, other) => one.firstSentAt - other.firstSentAt);
    const byAcknowledged = own.toSorted((one, other) => one.acknowledgedAt - other.acknowledgedAt);
    let largest = 0;
    let next = 0;
    for (const y of bySent) {
      for (; (byAcknowledged[next]?.acknowledgedAt ?? Infinity) < y.firstSentAt; next += 1) {
        largest = Math.max(largest, ids.get(byAcknowledged[next]?.controlId ?? '') ?? 0);
      }
      if ((ids.get(y.controlId) ?? 0) < largest) wrong.push(y.controlId);
    }
  }
  return wrong;
}

async function expectProposals(epr: Epr): Promise<void> {
  const requests = await epr.resources('ServiceRequest');
  const patients = new Map((await epr.resources('Patient')).map((patient) => [`Patient/${patient.id}`, patient]));
  const byPerson = new Map<string, string[]>();
  for (const request of requests) {
    const local = patients.get(request.subject.reference ?? '')?.identifier?.[0]?.value ?? 'nobody';
    byPerson.set(local, [...(byPerson.get(local) ?? []), request.status]);
  }
  for (const person of people) {
    const statuses = byPerson.get(person.local) ?? [];
    // Somebody who said no in the end: never proposed, or taken back. Everybody else: one, open.
    if (person.number % 3 === 0) expect([[], ['revoked']]).toContainEqual(statuses);
    else expect(statuses).toEqual(['draft']);
  }
}
