// A small trust for end-to-end tests: its configuration in a folder of its own, the service as a process that can be
// killed, and the messages of its EPR.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { steadyPort } from './ports.ts';

const root = resolve(import.meta.dirname, '../..');
const logLine = z.record(z.string(), z.unknown());
const launcher = join(root, 'src/ips-bridge.mjs');

export interface TestTrust {
  readonly config: string;
  readonly feeds: readonly { readonly id: string; readonly port: number }[];
  readonly httpPort: number;
  readonly databaseUrl: string;
  readonly remove: () => void;
}

export interface TrustOptions {
  readonly feeds: number;
  readonly databaseUrl: string;
  /** None: no destination at all. */
  readonly eprUrl?: string;
  readonly live?: 'none' | 'all' | readonly string[];
  readonly processingIds?: readonly string[];
  readonly rules?: Readonly<Record<string, 'on' | 'observe' | 'off'>>;
  readonly anySender?: boolean;
  readonly documents?: boolean;
  /** What every feed declares, over what it declares anyway: `declined: undefined` leaves that fact to nobody. */
  readonly supplies?: Readonly<Record<string, { readonly completeFrom?: string } | undefined>>;
  /** Mapping files of this trust's own, over the product's: `codes/teams.csv` and its text. */
  readonly mappingFiles?: Readonly<Record<string, string>>;
  readonly log?: 'error' | 'warn' | 'info' | 'debug';
  readonly authentication?: Readonly<Record<string, unknown>>;
}

const since = { completeFrom: '2020-01-01' };

/** Writes a configuration folder. */
export async function testTrust(options: TrustOptions): Promise<TestTrust> {
  const folder = mkdtempSync(join(tmpdir(), 'ips-bridge-trust-'));
  const httpPort = await steadyPort();
  const feedPorts: number[] = [];
  while (feedPorts.length < options.feeds) feedPorts.push(await steadyPort());
  const write = (file: string, content: unknown): void => {
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFileSync(join(folder, file), stringify(content));
  };
  const mappings = join(options.mappingFiles === undefined ? root : folder, 'mappings');
  if (options.mappingFiles !== undefined) cpSync(join(root, 'mappings'), mappings, { recursive: true });
  for (const [file, text] of Object.entries(options.mappingFiles ?? {})) {
    mkdirSync(join(mappings, 'trusts/RZZ', file, '..'), { recursive: true });
    writeFileSync(join(mappings, 'trusts/RZZ', file), text);
  }
  write('default.yaml', {
    trust: 'RZZ',
    mappings,
    database: { embedded: { folder: join(folder, 'postgres') } },
    http: {
      port: httpPort,
      ...(options.authentication === undefined ? {} : { authentication: options.authentication }),
    },
    log: options.log ?? 'warn',
  });
  write('programme.yaml', {
    id: 'test',
    name: 'IPS',
    provider: { name: 'IPS service', partOfCareTeam: false },
    serves: ['A06', 'A14'],
    rules: options.rules ?? { 'wants-work': 'on', 'seeking-work-not-asked': 'off' },
  });
  const feeds = feedPorts.map((port, index) => ({ id: `feed-${index + 1}`, port }));
  for (const { id, port } of feeds) {
    write(`feeds/${id}.yaml`, {
      feed: id,
      mllp: {
        port,
        senders: [options.anySender === true ? { application: '*', facility: '*' } : { application: 'EPR', facility: 'RZZ' }],
        processingIds: options.processingIds ?? ['P'],
        documents: options.documents ?? false,
      },
      supplies: {
        age: since, teams: since, careCoordinator: since, employmentStatus: since, wantsWork: since, declined: since,
        ipsReferral: since, lastAsked: since, deceased: since, onWard: since, ...options.supplies,
      },
      restrictedMarkings: 'supplied',
    }); // prettier-ignore
  }
  if (options.eprUrl !== undefined) {
    write('destinations/epr.yaml', {
      id: 'epr',
      kind: 'fhir',
      baseUrl: options.eprUrl,
      live: options.live ?? 'all',
    });
  }
  return {
    config: folder,
    feeds,
    httpPort,
    databaseUrl: options.databaseUrl,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export interface Service {
  readonly process: ChildProcess;
  readonly pid: number;
  /** Everything it has logged. */
  readonly output: () => string;
  /** Resolves when it takes messages; rejects when it ends first. */
  readonly ready: Promise<void>;
  readonly ended: Promise<number | null>;
}

/** Starts `serve` on a trust's configuration, as a process of its own. */
export function startService(trust: TestTrust, httpPort = trust.httpPort): Service {
  const child = spawn(
    process.execPath,
    ['--max-semi-space-size=8', launcher, 'serve', '--config', trust.config],
    {
      env: { ...process.env, DATABASE_URL: trust.databaseUrl, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
  const ready = (async () => {
    for (;;) {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`the service ended: ${output}`);
      if (await isReady(httpPort)) return;
      await new Promise((done) => setTimeout(done, 50));
    }
  })();
  ready.catch(() => undefined);
  return { process: child, pid: child.pid ?? 0, output: () => output, ready, ended };
}

/** Whether a service says that it is ready; false too where nobody listens. */
export async function isReady(httpPort: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${httpPort}/readyz`).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.status === 200;
}

/** Waits until `holds` is true; fails with what it waited for. */
export async function until(what: string, holds: () => Promise<boolean>, limitMs = 30_000): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited ${limitMs} ms for: ${what}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** The sum of one of the service's counters over all its labels, as /metrics shows it. */
export async function metricOf(httpPort: number, name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${httpPort}/metrics`)).text();
  const lines = text.split('\n').filter((line) => new RegExp(`^ips_bridge_${name}[{ ]`).test(line));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** What a service logged, line by line; fails where a line is no JSON object. */
export function linesOf(output: string): Record<string, unknown>[] {
  return output.split('\n').flatMap((line) => (line === '' ? [] : [logLine.parse(JSON.parse(line))]));
}
