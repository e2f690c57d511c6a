// How long a start takes until messages are taken, on an embedded database that exists, and what the process holds then.
import { readFileSync } from 'node:fs';
import { startService, testTrust } from '../support/trust.ts';

export interface StartResult {
  readonly readyMs: number;
  /** Resident memory of the Node process two seconds after; undefined where there is no /proc. */
  readonly idleRssMiB: number | undefined;
}

/** The best of three starts, after one that makes the database. */
export async function benchStart(): Promise<StartResult> {
  // No address: the embedded database of the trust's own folder.
  const trust = await testTrust({ feeds: 1, databaseUrl: '' });
  const results: StartResult[] = [];
  try {
    for (let start = 0; start < 4; start += 1) {
      const began = performance.now();
      const service = startService(trust);
      await service.ready;
      const readyMs = performance.now() - began;
      await new Promise((done) => setTimeout(done, 2_000));
      if (start > 0) results.push({ readyMs, idleRssMiB: residentMiB(service.pid) });
      service.process.kill('SIGTERM');
      await service.ended;
    }
  } finally {
    trust.remove();
  }
  const [best] = results.toSorted((one, other) => one.readyMs - other.readyMs);
  if (best === undefined) throw new RangeError('nothing was started');
  return best;
}

function residentMiB(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
}
