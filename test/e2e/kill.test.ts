// The service is killed fifty times while four feeds send to it over eight connections and an EPR in another process
// takes what it writes. What was acknowledged must be stored once, in order, with its effects exactly once.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLog } from '../../src/log.ts';
import { startEpr } from '../../src/sandbox/epr/epr.ts';
import type { Epr } from '../../src/sandbox/epr/epr.ts';
import { seededRandom } from '../../src/sandbox/random.ts';
import { openStore } from '../../src/store/database.ts';
import { effectCounts } from '../../src/store/effects.ts';
import { waiting } from '../../src/store/inbox.ts';
import { violations } from '../crash/checker.ts';
import { startDriver } from '../crash/driver.ts';
import { freshDatabase } from '../support/database.ts';
import type { FreshDatabase } from '../support/database.ts';
import { eprOf, testPerson } from '../support/epr-messages.ts';
import { startService, testTrust, until } from '../support/trust.ts';
import type { Service, TestTrust } from '../support/trust.ts';

const people = Array.from({ length: 1_000 }, (_, index) => testPerson(index));
const kills = 50;

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
    // Bursts with pauses, so that the stream lasts as long as the kills do.
    const driver = startDriver({
      feeds: trust.feeds,
      people,
      connections: 8,
      timeoutMs: 30_000,
      pauseMs: 900,
    });
    let isSending = true;
    void driver.done.then(() => (isSending = false));
    for (let killed = 0; killed < kills; killed += 1) {
      running = startService(trust);
      // Some die before they are ready, most while messages are under way.
      if (random.chance(0.85)) await running.ready;
      await new Promise((done) => setTimeout(done, random.between(50, 900)));
      running.process.kill('SIGKILL');
      await running.ended;
    }
    expect(isSending).toBe(true);
    running = startService(trust);
    await running.ready;
    driver.hurry();
    await driver.done;

    const store = await openStore({ url: () => database.url }, { log: createLog('silent') });
    try {
      const isQuiet = async (): Promise<boolean> =>
        (await waiting(store)).length + (await effectCounts(store)).length === 0;
      await until('everything processed and delivered', isQuiet, 180_000);
      expect(driver.history).toHaveLength(people.length * 5);
      expect(await violations({ store, epr, people, history: driver.history })).toEqual([]);
    } finally {
      await store.close();
    }
    expect(running.output()).not.toContain('"level":"error"');
  }, 540_000);
});
