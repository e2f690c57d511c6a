// The world of one seed: a PostgreSQL of its own (on a small disk where the machine permits that), an EPR, relays before
// both, and the service as a process that is killed, frozen and started again.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  rmSync,
  statfsSync,
  writeSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '../../src/log.ts';
import { startEpr } from '../../src/sandbox/epr/epr.ts';
import type { Epr } from '../../src/sandbox/epr/epr.ts';
import { randomFaults } from '../../src/sandbox/epr/faults.ts';
import type { FaultPlan } from '../../src/sandbox/epr/faults.ts';
import { seededRandom } from '../../src/sandbox/random.ts';
import { openStore } from '../../src/store/database.ts';
import type { Store } from '../../src/store/database.ts';
import { joinEmbedded } from '../../src/store/embedded.ts';
import { eprOf } from '../support/epr-messages.ts';
import type { TestPerson } from '../support/epr-messages.ts';
import { steadyPort } from '../support/ports.ts';
import { startService, testTrust } from '../support/trust.ts';
import type { Service, TestTrust } from '../support/trust.ts';
import type { Act } from './plan.ts';
import { startProxy } from './proxy.ts';

const log = createLog('silent');
const diskMiB = 500;
const recoveryMs = 8_000;

export interface World {
  readonly epr: Epr;
  readonly trust: TestTrust;
  /** Carries one act out; resolves when it is over. Undefined: done; a text: not run, and why. */
  act(act: Act): Promise<string | undefined>;
  /** Ends every disturbance, and starts the service if it is down. */
  calm(): Promise<void>;
  /** The database, past the relay. */
  openStore(): Promise<Store>;
  /** What the service has said, over all its lives. */
  output(): string;
  close(): Promise<void>;
}

/**
 * What the EPR itself does wrong. Writes are mostly slow after they are done: that is when a kill hurts, as nobody but
 * the EPR knows of them. Some replies are lost or cut short; now and then it is overloaded.
 */
function eprFaults(seed: number): FaultPlan {
  const { next, chance } = seededRandom(seed);
  const others = randomFaults(0.08, [{ kind: 'lost-reply' }, { kind: 'truncated' }, { kind: 'status', status: 503, retryAfter: '1' }], next); // prettier-ignore
  return (request) => {
    const isWrite = request.method === 'POST' && request.path === '/';
    return isWrite && chance(0.7) ? { kind: 'slow', ms: 900, when: 'after' } : others(request);
  };
}

export async function createWorld(
  people: readonly TestPerson[],
  seed: number,
  cutSenders: () => Promise<void>,
): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'ips-bridge-crash-'));
  const isSmallDisk =
    spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${diskMiB}m`, 'none', folder]).status === 0;
  chmodSync(folder, 0o711);
  const database = await joinEmbedded(join(folder, 'postgres'), { log });
  const { user = '', password, database: name = 'postgres' } = database.address();
  const databaseProxy = await startProxy(() => {
    const { host = '', port = 5432 } = database.address();
    return host.startsWith('/') ? { path: join(host, `.s.PGSQL.${port}`) } : { port };
  });
  const epr = await startEpr({ port: await steadyPort() });
  await epr.load(eprOf(people));
  epr.setFaults(eprFaults(seed));
  const eprPort = Number(new URL(epr.url).port);
  const eprProxy = await startProxy(() => ({ port: eprPort }));
  const trust = await testTrust({
    feeds: 4,
    databaseUrl: `postgresql://${user}:${encodeURIComponent(typeof password === 'string' ? password : '')}@127.0.0.1:${databaseProxy.port}/${name}`,
    eprUrl: `http://127.0.0.1:${eprProxy.port}/fhir`,
  });

  let output = '';
  let service: Service | undefined;
  let closing = false;
  const start = (): Service => {
    const started = startService(trust);
    void started.ended.then(() => {
      output += started.output();
      if (service !== started) return;
      service = undefined;
      // As a supervisor does: a service that ends (the database was away when it started) is started again.
      if (!closing) setTimeout(() => closing || alive(), 300);
    });
    return (service = started);
  };
  const alive = (): Service => service ?? start();
  const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
  const signal = (name: NodeJS.Signals): void => void service?.process.kill(name);
  let filler: string | undefined;
  const freeDisk = (): void => {
    if (filler !== undefined) rmSync(filler, { force: true });
    filler = undefined;
  };

  const act = async (planned: Act): Promise<string | undefined> => {
    switch (planned.kind) {
      case 'kill': {
        const { ended } = alive();
        signal('SIGKILL');
        await ended;
        // Up again, or as far as whatever else is wrong lets it come.
        await Promise.race([start().ready.catch(() => undefined), wait(recoveryMs)]);
        return undefined;
      }
      case 'freeze':
        alive();
        signal('SIGSTOP');
        await wait(planned.ms);
        signal('SIGCONT');
        return undefined;
      case 'restart-database': {
        const pid = await postmaster(join(folder, 'postgres'));
        if (pid === undefined) return 'the database was down already';
        process.kill(pid, planned.signal);
        return undefined;
      }
      case 'database-network':
      case 'epr-network': {
        const proxy = planned.kind === 'epr-network' ? eprProxy : databaseProxy;
        proxy.set(planned.mode);
        await wait(planned.ms);
        proxy.set({ kind: 'pass' });
        return undefined;
      }
      case 'reset':
        (planned.which === 'epr' ? eprProxy : databaseProxy).reset();
        return undefined;
      case 'fill-disk':
        if (!isSmallDisk) return 'no small disk can be mounted here';
        filler = fill(folder);
        await wait(planned.ms);
        freeDisk();
        return undefined;
      case 'cut-senders':
        await cutSenders();
        return undefined;
    }
  };
  start();
  return {
    epr,
    trust,
    act,
    calm: async () => {
      epr.setFaults(undefined);
      freeDisk();
      for (const proxy of [databaseProxy, eprProxy]) proxy.set({ kind: 'pass' });
      signal('SIGCONT');
      alive();
      await Promise.resolve();
    },
    openStore: () => openStore({ folder: join(folder, 'postgres') }, { log }),
    output: () => output + (service?.output() ?? ''),
    close: async () => {
      closing = true;
      const last = service;
      signal('SIGKILL');
      await last?.ended;
      await Promise.all([databaseProxy.close(), eprProxy.close()]);
      await epr.close();
      await database.leave();
      trust.remove();
      if (isSmallDisk) spawnSync('umount', ['-l', folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The postmaster's number, from its own file. */
async function postmaster(folder: string): Promise<number | undefined> {
  const text = await readFile(join(folder, 'data/postmaster.pid'), 'utf8').catch(() => undefined);
  const pid = Number(text?.split('\n')[0]);
  return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined;
}

/** Fills the disk to the last block. */
function fill(folder: string): string {
  const file = join(folder, 'filler');
  const descriptor = openSync(file, 'w');
  const { bavail, bsize } = statfsSync(folder);
  const block = Buffer.alloc(1024 * 1024);
  try {
    for (let left = bavail * bsize; left > 0; left -= block.length)
      writeSync(descriptor, block, 0, Math.min(left, block.length));
    fsyncSync(descriptor);
  } catch {
    // The database took the last blocks first: full is full.
  } finally {
    closeSync(descriptor);
  }
  return file;
}
