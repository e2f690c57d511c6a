// A sender that is faster than the store: what has not been answered waits with the sender and not in our memory.
// Measured at our own end of the connection, by what has been read from it.
import { afterEach, expect, it } from '@jest/globals';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { frame } from '../../src/hl7v2/framing.ts';
import { serveConnection } from '../../src/inbound/mllp-connection.ts';
import { mllpSettings } from '../../src/inbound/mllp-settings.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { until } from '../support/trust.ts';
import { adt } from './mllp-bench.ts';

const clean: (() => void)[] = [];
afterEach(() => clean.splice(0).forEach((step) => step()));

/** One connection, served: both of its ends. */
async function served(receive: () => Promise<never>): Promise<{ ours: Socket; theirs: Socket }> {
  const settings = mllpSettings.parse({ port: 0, senders: [{ application: 'RIO', facility: '*' }] });
  const deps = {
    receive,
    refuse: () => Promise.resolve(),
    processed: () => Promise.reject(new Error('nobody asks')),
    ready: () => true,
    log: createLog('silent'),
    metrics: createMetrics(),
    now: () => new Date('2026-07-25T09:30:00Z'),
    newControlId: () => 'ACK',
  };
  const server = createServer();
  const accepted = new Promise<Socket>((done) => server.once('connection', done));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  const theirs = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1');
  const ours = await accepted;
  serveConnection(ours, { feed: 'rio', settings, deps });
  clean.push(
    () => server.close(),
    () => theirs.destroy(),
    () => ours.destroy(),
  );
  return { ours, theirs };
}

it.each([
  ['small messages', 2_000, 200],
  ['large messages', 900_000, 60],
])('R11 stops reading %s of a sender while too much is unanswered', async (_what, bytes, count) => {
  const { ours, theirs } = await served(() => new Promise<never>(() => undefined));
  const body = Buffer.concat([adt('M-1'), Buffer.from(`\rNTE|1||${'x'.repeat(bytes)}`)]);
  for (let sent = 0; sent < count; sent += 1) theirs.write(frame(body));
  await until('reading has paused', () => Promise.resolve(ours.isPaused()));
  const read = ours.bytesRead;
  // At most what may be unanswered (64 messages, 4 MiB), the message that went over it, and one read of the socket.
  expect(read).toBeLessThan(Math.min(64 * (bytes + 500), 4 * 1_048_576) + bytes + 200_000);
  await delay(300);
  expect([ours.bytesRead, ours.isPaused()]).toEqual([read, true]);
  expect(read).toBeLessThan(count * bytes);
});
