// What a user meets who calls a command wrongly, names a file that is not there, or has an unsound configuration:
// one clear line, and the exit code that fits.
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startTie } from '../../src/sandbox/tie/tie.ts';
import { insertArrivals } from '../../src/store/inbox.ts';
import { runCommand } from '../support/command.ts';
import { freshStore } from '../support/database.ts';
import { message } from '../support/messages.ts';
import { testTrust } from '../support/trust.ts';
import type { TestTrust, TrustOptions } from '../support/trust.ts';

const fresh = await freshStore();
afterAll(() => fresh.drop());

const trusts: TestTrust[] = [];
afterEach(() => trusts.splice(0).forEach((trust) => trust.remove()));

async function trustOf(given: Partial<TrustOptions> = {}): Promise<TestTrust> {
  const trust = await testTrust({ feeds: 1, databaseUrl: fresh.url, eprUrl: 'http://127.0.0.1:9/fhir', ...given }); // prettier-ignore
  trusts.push(trust);
  return trust;
}

interface Check {
  readonly part: string;
  readonly result: string;
  readonly message: string;
}
const run = (trust: TestTrust, ...args: string[]) =>
  runCommand([...args, '--config', trust.config], { databaseUrl: trust.databaseUrl });
async function check(folder: string, ...args: string[]) {
  const { code, out } = await runCommand(['check', '--json', '--config', folder, ...args], { databaseUrl: fresh.url }); // prettier-ignore
  return { code, results: JSON.parse(out) as Check[] };
}

describe('a wrong call', () => {
  it('a row that is no number is a wrong call', async () => {
    const { code, err } = await run(await trustOf(), 'replay', 'message', 'abc');
    expect(code).toBe(2);
    expect(err).toContain('a row is named by its number');
    expect(err).not.toContain('    at ');
  });

  it('a file that is not there is named, for whoever wants it explained or holds a number in it', async () => {
    const trust = await trustOf();
    for (const args of [
      ['map', 'explain', '/nowhere.hl7'],
      ['why', '--number-file', '/nowhere.hl7'],
    ]) {
      const { code, err } = await run(trust, ...args);
      expect([code, err]).toEqual([1, 'ips-bridge: this file cannot be read (ENOENT) at /nowhere.hl7\n']);
    }
  });
});

describe('an unsound configuration', () => {
  it('a JWKS file that is not there stops the start, and check names its setting', async () => {
    const authentication = { issuer: 'i', audience: 'a', keys: { file: 'missing.json' } };
    const trust = await trustOf({ authentication });
    const { code, err } = await run(trust, 'serve');
    expect(code).toBe(78);
    expect(err).toContain('http.authentication.keys.file');
    const { code: checked, results } = await check(trust.config, '--offline');
    expect(checked).toBe(1);
    expect(results).toContainEqual(expect.objectContaining({ part: 'authentication', result: 'fail' }));
  });

  it('check reads every secret', async () => {
    const trust = await trustOf();
    appendFileSync(join(trust.config, 'destinations/epr.yaml'), 'token: { file: epr-token }\n');
    const missing = await check(trust.config, '--offline');
    expect(missing.code).toBe(1);
    expect(missing.results).toContainEqual({
      part: 'secret destinations/epr.yaml: token', result: 'fail', message: 'file epr-token holds no secret',
    }); // prettier-ignore
    mkdirSync(join(trust.config, 'epr-token'));
    const unreadable = await check(trust.config, '--offline');
    expect(unreadable.results.find(({ part }) => part.startsWith('secret'))?.message).toContain('EISDIR');
    rmSync(join(trust.config, 'epr-token'), { recursive: true });
    writeFileSync(join(trust.config, 'epr-token'), 'opaque');
    expect((await check(trust.config, '--offline')).code).toBe(0);
  });

  it('a team that nobody knows in live is a fault', async () => {
    const { code, results } = await check(
      (await trustOf({ live: ['CMHT-N', 'CMHT-X'] })).config,
      '--offline',
    );
    expect(code).toBe(1);
    expect(results).toContainEqual({
      part: 'destination epr', result: 'fail', message: 'live names teams that codes/teams.csv does not have: CMHT-X',
    }); // prettier-ignore
  });

  it('check tells whether an HL7v2 receiver takes a connection, and sends it nothing', async () => {
    const tie = await startTie({ port: 0, seed: 1 });
    const trust = await trustOf();
    const settings = `id: tie\nkind: mllp\nhost: 127.0.0.1\nport: ${tie.port}\nsender: { application: IPSBRIDGE, facility: RZZ }\nreceiver: { application: TIE, facility: RZZ }\n`;
    writeFileSync(join(trust.config, 'destinations/tie.yaml'), settings);
    const look = async () => (await check(trust.config)).results.filter(({ part }) => part === 'destination tie').at(-1); // prettier-ignore
    try {
      expect(await look()).toMatchObject({
        result: 'ok',
        message: expect.stringContaining('takes a connection'),
      });
    } finally {
      await tie.close();
    }
    expect(tie.messages).toEqual([]);
    expect(await look()).toMatchObject({ result: 'fail', message: expect.stringContaining('ECONNREFUSED') });
  });

  it('check tells what waits for a feed that is not configured any more, and how much', async () => {
    await insertArrivals(fresh.store, ['a', 'b'].map((id) => message(id, id, { feed: 'old-feed' }))); // prettier-ignore
    const { results } = await check((await trustOf()).config);
    const stranded = results.find(({ part }) => part === 'feed old-feed');
    expect(stranded?.result).toBe('warn');
    expect(stranded?.message).toMatch(/^2 messages of this feed wait/);
  });

  it('a database that cannot be reached is no fault of the configuration', async () => {
    const trust = await trustOf({ databaseUrl: 'postgresql://nobody@127.0.0.1:9/none' });
    for (const command of ['serve', 'held']) expect((await run(trust, command)).code).toBe(69);
  });
});

describe('the configuration that is shipped', () => {
  it('R51 loads every rule: check says nothing of rules but that one only observes', async () => {
    const { code, results } = await check(resolve(import.meta.dirname, '../../config'), '--offline');
    expect(code).toBe(0);
    expect(results.filter(({ part }) => part.startsWith('rule '))).toEqual([
      { part: 'rule seeking-work-not-asked', result: 'ok', message: expect.stringContaining('(observe)') },
      { part: 'rule wants-work', result: 'ok', message: expect.stringMatching(/; on$/) },
    ]); // prettier-ignore
  });
});
