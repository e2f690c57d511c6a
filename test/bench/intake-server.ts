// The process under load: a listener before the durable intake, or before a store that keeps nothing; nothing else.
import { randomBytes } from 'node:crypto';
import { startMllpListener } from '../../src/inbound/mllp.ts';
import { mllpSettings } from '../../src/inbound/mllp-settings.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import type { Receive } from '../../src/pipeline/arrival.ts';
import { createReceiver } from '../../src/pipeline/receive.ts';
import { openStore } from '../../src/store/database.ts';

const [mode, folder = ''] = process.argv.slice(2);
const log = createLog('error');
const metrics = createMetrics();
const settings = mllpSettings.parse({ port: 0, maxConnections: 1_000, maxConnectionsPerAddress: 1_000, senders: [{ application: '*', facility: '*' }] }); // prettier-ignore

async function receiveOf(): Promise<Receive> {
  if (mode === 'nothing') return () => Promise.resolve({ outcome: 'stored', row: 1, reusedControlId: false });
  const store = await openStore({ folder }, { log });
  const limits = { maxWaiting: Number.MAX_SAFE_INTEGER };
  return (await createReceiver(store, { log, metrics, limits, now: () => performance.now() })).receive;
}

const listener = await startMllpListener({ ...settings, feed: 'bench' }, {
  receive: await receiveOf(),
  refuse: () => Promise.resolve(),
  processed: () => Promise.resolve('processed'),
  ready: () => true,
  log,
  metrics,
  now: () => new Date(),
  newControlId: () => randomBytes(10).toString('hex'),
}); // prettier-ignore
process.send?.({ port: listener.port });
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuSeconds: (user + system) / 1e6, rssMiB: process.memoryUsage().rss / 1_048_576 });
});
