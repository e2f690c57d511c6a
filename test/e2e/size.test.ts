// What is large: one message of 20 MB, and a backlog. Memory is the process's own peak, as the kernel counts it.
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLog } from '../../src/log.ts';
import { sendMessages } from '../../src/outbound/mllp-client.ts';
import { openStore } from '../../src/store/database.ts';
import { insertArrivals } from '../../src/store/inbox.ts';
import { inboxDepth } from '../support/inbox-depth.ts';
import { freshDatabase } from '../support/database.ts';
import type { FreshDatabase } from '../support/database.ts';
import { adt, testPerson } from '../support/epr-messages.ts';
import { storedMessages } from '../support/history.ts';
import { startService, testTrust, until } from '../support/trust.ts';
import type { Service, TestTrust } from '../support/trust.ts';

const log = createLog('silent');
const onLinux = process.platform === 'linux' ? it : it.skip;

/** The most memory that a process has held, in MiB (VmHWM of proc_pid_status). */
function peakMiB(pid: number): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(text)?.[1]) / 1_024;
}

describe('what is large', () => {
  let database: FreshDatabase;
  let trust: TestTrust;
  let service: Service | undefined;

  beforeEach(async () => {
    database = await freshDatabase();
    trust = await testTrust({ feeds: 1, databaseUrl: database.url, documents: true });
  });
  afterEach(async () => {
    service?.process.kill('SIGKILL');
    await service?.ended;
    await database.drop();
    trust.remove();
  });

  onLinux(
    'R13 a message of 20 MB is stored, acknowledged and processed, in memory under eight times its size',
    async () => {
      service = startService(trust);
      await service.ready;
      const before = peakMiB(service.pid);
      const document = Buffer.alloc(15 * 1_048_576, 'invented ').toString('base64');
      const extra = [`OBX|9|ED|DOC^Document^L||^application^pdf^Base64^${document}||||||F`];
      const message = adt(testPerson(1), { controlId: 'LARGE', extra });
      const started = performance.now();
      const [outcome] = await sendMessages([message], { host: '127.0.0.1', port: trust.feeds[0]?.port ?? 0 });
      expect(outcome).toMatchObject({ outcome: 'acknowledged', code: 'AA' });
      const store = await openStore({ url: () => database.url }, { log });
      try {
        await until('the message is processed', async () => (await inboxDepth(store)) === 0);
        expect(performance.now() - started).toBeLessThan(20_000);
        const [row] = await storedMessages(store);
        expect(row).toMatchObject({ state: 'processed', outcome: 'used' });
        expect(row?.body.equals(message)).toBe(true);
      } finally {
        await store.close();
      }
      expect(message.length).toBeGreaterThan(20 * 1_000_000);
      expect(peakMiB(service.pid) - before).toBeLessThan((8 * message.length) / 1_048_576);
    },
  );

  onLinux(
    'R10 a backlog of 10,000 messages is worked off with less than 150 MiB more memory',
    async () => {
      service = startService(trust);
      await service.ready;
      const before = peakMiB(service.pid);
      service.process.kill('SIGKILL');
      await service.ended;
      const store = await openStore({ url: () => database.url }, { log });
      try {
        for (let from = 0; from < 10_000; from += 1_000) {
          await insertArrivals(
          store,
          Array.from({ length: 1_000 }, (_, index) => {
            const controlId = String(from + index);
            const body = adt(testPerson((from + index) % 4_000), { controlId });
            return { feed: 'feed-1', sender: 'EPR|RZZ', controlId, event: 'ADT^A08', body, receivedAt: new Date(), acknowledgement: undefined };
          }),
        ); // prettier-ignore
        }
        service = startService(trust);
        await service.ready;
        await until('the backlog is worked off', async () => (await inboxDepth(store)) === 0, 120_000);
        expect(peakMiB(service.pid) - before).toBeLessThan(150);
      } finally {
        await store.close();
      }
    },
    180_000,
  );
});
