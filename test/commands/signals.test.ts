// Signals at the wrong moment: in the middle of a start, while the database hangs, and the one that asks for a reload.
// Nothing is left running behind.
import { afterEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { cuttableDatabase } from '../support/cuttable.ts';
import { freshDatabase } from '../support/database.ts';
import { linesOf, startService, testTrust, until } from '../support/trust.ts';
import type { Service } from '../support/trust.ts';

const clean: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of clean.splice(0).reverse()) await step();
});

async function serviceOn(databaseUrl: string): Promise<{ service: Service; config: string }> {
  const trust = await testTrust({ feeds: 1, databaseUrl, log: 'info' });
  const service = startService(trust);
  clean.push(trust.remove, () => service.process.kill('SIGKILL'));
  return { service, config: trust.config };
}

const said = (service: Service): unknown[] => linesOf(service.output()).map(({ message }) => message);

describe('serve', () => {
  it('R46 SIGTERM in the middle of the start stops it in order, the embedded database included', async () => {
    const { service, config } = await serviceOn('');
    service.ready.catch(() => undefined);
    const running = join(config, 'postgres/data/postmaster.pid');
    await until('the database starts', () => Promise.resolve(existsSync(running)));
    service.process.kill('SIGTERM');
    service.process.kill('SIGTERM');
    expect(await service.ended).toBe(0);
    expect(existsSync(running)).toBe(false);
  });

  it('SIGHUP ends nothing: mappings and rules are read again, and that is told', async () => {
    const database = await freshDatabase();
    clean.push(database.drop);
    const { service } = await serviceOn(database.url);
    await service.ready;
    service.process.kill('SIGHUP');
    await until('it is told', () => Promise.resolve(said(service).includes('reloaded')));
    service.process.kill('SIGTERM');
    expect(await service.ended).toBe(0);
  });

  it('R46 a database that no longer answers keeps nobody from ending: exit 0 within 10 s', async () => {
    const database = await freshDatabase();
    const relay = await cuttableDatabase();
    clean.push(database.drop, () => relay.cut());
    const { service } = await serviceOn(relay.urlOf(database.url));
    await service.ready;
    await relay.swallow();
    await new Promise((done) => setTimeout(done, 1_500));
    const started = performance.now();
    service.process.kill('SIGTERM');
    expect(await service.ended).toBe(0);
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(said(service)).not.toContain('stop-took-too-long');
  });
});

describe('sandbox', () => {
  it('Ctrl-C ends it in order at any time, also with --once, and says that it was not done', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ips-bridge-sandbox-'));
    const launcher = resolve(import.meta.dirname, '../../src/ips-bridge.mjs');
    const child = spawn(process.execPath, [launcher, 'sandbox', '--once', '--folder', folder], {
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    clean.push(() => rmSync(folder, { recursive: true, force: true }), () => child.kill('SIGKILL')); // prettier-ignore
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    const ended = new Promise((done) => child.once('exit', done));
    await until('the bridge is ready', () => Promise.resolve(out.includes('bridge ready')));
    child.kill('SIGINT');
    expect(await ended).toBe(1);
    expect(out).toContain('Stopped before it was done.');
    expect(existsSync(join(folder, 'postgres/data/postmaster.pid'))).toBe(false);
    expect(existsSync(join(folder, 'sandbox.pid'))).toBe(false);
  });
});
