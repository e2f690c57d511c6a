// A canary person runs through the service at its most talkative: processed, held, refused, failing at the EPR, looked
// up by an operator, quoted back at us over HTTP. Nothing of them may be found in what it logs, counts or answers, nor
// in an address that it calls (R38). And what a sender calls itself can neither break nor forge a log line (R39).
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { createLog } from '../../src/log.ts';
import { openMllpClient } from '../../src/outbound/mllp-client.ts';
import { startEpr } from '../../src/sandbox/epr/epr.ts';
import type { Epr } from '../../src/sandbox/epr/epr.ts';
import { waiting } from '../../src/store/inbox.ts';
import { openStore } from '../../src/store/database.ts';
import type { Store } from '../../src/store/database.ts';
import { runCommand } from '../support/command.ts';
import { freshDatabase } from '../support/database.ts';
import type { FreshDatabase } from '../support/database.ts';
import { adt, eprOf, testPerson } from '../support/epr-messages.ts';
import type { Said, TestPerson } from '../support/epr-messages.ts';
import { settled, statusesOf } from '../support/line.ts';
import { linesOf, startService, testTrust, until } from '../support/trust.ts';
import type { Service, TestTrust } from '../support/trust.ts';

const canary: TestPerson = {
  ...testPerson(4_242),
  local: 'ZQX7731942',
  birthDate: '19471113',
  family: 'Quetzalfinch',
};
/** The same person, about whom the EPR says something else. */
const stranger: TestPerson = {
  ...canary,
  ...testPerson(4_243),
  local: 'ZQX7731943',
  birthDate: '19471113',
  family: 'Quetzalfinch',
};
const locals = [canary.local, stranger.local];
const unmapped = 'NTE|1||Marmaladeshire told to nobody';
/** Anything that would give them away; dates in every way that they are written. */
const secrets = [
  canary.family, 'Amara', canary.local, stranger.local, canary.nhs ?? '', stranger.nhs ?? '', '19471113', '1947-11-13',
  'ZZ1 1ZZ', 'Invented Street', 'Marmaladeshire',
]; // prettier-ignore

function hits(text: string): string[] {
  return secrets.filter((secret) => text.toLowerCase().includes(secret.toLowerCase()));
}

let database: FreshDatabase;
let epr: Epr;
let trust: TestTrust;
let service: Service;
let store: Store;
const started: Service[] = [];
let token: string;
const folder = mkdtempSync(join(tmpdir(), 'ips-bridge-canary-'));

beforeAll(async () => {
  database = await freshDatabase();
  epr = await startEpr({ port: 0 });
  await epr.load([...eprOf([canary]), ...eprOf([{ ...stranger, birthDate: '19800101' }]).slice(0, 1)]);
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  writeFileSync(join(folder, 'jwks.json'), JSON.stringify({ keys: [await exportJWK(publicKey)] }));
  token = await new SignJWT({ scope: 'ips-bridge.notes ips-bridge.operations' })
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuer('https://login.rzz.example')
    .setAudience('ips-bridge')
    .setSubject('tester')
    .setExpirationTime('5m')
    .sign(privateKey);
  const keys = { file: join(folder, 'jwks.json') };
  const authentication = { issuer: 'https://login.rzz.example', audience: 'ips-bridge', keys };
  trust = await testTrust({
    feeds: 1,
    databaseUrl: database.url,
    eprUrl: epr.url,
    log: 'debug',
    authentication,
  });
  await serve();
  store = await openStore({ url: () => database.url }, { log: createLog('silent') });
});

afterAll(async () => {
  for (const one of started) one.process.kill('SIGKILL');
  await Promise.all(started.map(({ ended }) => ended));
  await store.close();
  await epr.close();
  await database.drop();
  trust.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function serve(): Promise<void> {
  service = startService(trust);
  started.push(service);
  await service.ready;
}

/** Sends messages whatever becomes of them; the codes that came back. */
async function send(...messages: readonly Buffer[]): Promise<string[]> {
  const client = await openMllpClient({
    host: '127.0.0.1',
    port: trust.feeds[0]?.port ?? 0,
    timeoutMs: 5_000,
  });
  const codes: string[] = [];
  for (const message of messages) {
    const sent = await client.send(message);
    codes.push(sent.outcome === 'acknowledged' ? sent.code : sent.outcome);
  }
  await client.close();
  return codes;
}

let sent = 0;
const say = (person: TestPerson, said: Omit<Said, 'controlId'> = {}): Buffer =>
  adt(person, { extra: [unmapped], ...said, controlId: `C${String((sent += 1))}` });
const paid = { answer: ['PAID', '20260901'] } as const;

describe('a canary person', () => {
  it('R38 is in no log line after being processed, withdrawn, held, refused and rejected by the person check', async () => {
    const text = say(canary, paid).toString();
    const codes = await send(
      Buffer.from(text),
      // Held: an identity event without a map, a person without a local number, dates and codes that make findings.
      Buffer.from(text.replaceAll('A08', 'A47').replace('|C1|', '|C1a|')),
      Buffer.from(text.replace(`${canary.local}^^^RZZ^PI~`, '').replace('|C1|', '|C1b|')),
      Buffer.from(
        text
          .replace('|19471113|', '|19471313|')
          .replace('^ZZ1 1ZZ', '^ZZ1 1ZZ^^\xff')
          .replace('|C1|', '|C1c|'),
        'latin1',
      ),
      // The same control id, other bytes: a warning.
      Buffer.from(text.replace('Amara', 'Amara Marmaladeshire')),
      // Refused: processing id, sender, not HL7v2 at all.
      say(canary, { processingId: 'T' }),
      Buffer.from(text.replace('|EPR|RZZ|', '|OTHER|RZZ|')),
      Buffer.from(`PID|1||${canary.local}||${canary.family}`),
      say(stranger, paid),
    );
    expect(codes).toEqual([
      'AA',
      'AA',
      'AA',
      'AA',
      'AA',
      'AR',
      'AR',
      expect.stringMatching(/AR|no-reply/),
      'AA',
    ]);
    await until('all are processed', async () => (await waiting(store)).length === 0);
    const held = await store.other.selectFrom('inbox').select('id').where('state', '=', 'held').execute();
    expect(held).toHaveLength(2);
    // Until the identity message is resolved nothing is written about the canary.
    const skipped = await runCommand(
      ['skip', String(held[0]?.id), '--config', trust.config, '--reason', 'sent in error'],
      { databaseUrl: database.url },
    );
    expect([skipped.code, hits(skipped.out + skipped.err)]).toEqual([0, []]);
    await settled(store);
    expect(await store.other.selectFrom('refused').select('id').execute()).toHaveLength(3);
    const effects = await store.other
      .selectFrom('outbox')
      .select(['state', 'failure_kind'])
      .orderBy('id')
      .execute();
    expect(effects).toContainEqual({ state: 'held', failure_kind: 'identity/birth-date-differs' });

    const output = service.output();
    expect(hits(output)).toEqual([]);
    const events = linesOf(output).map(({ message }) => message);
    expect(events).toEqual(
      expect.arrayContaining(['message-held', 'message-refused', 'effect-held', 'control-id-reused']),
    );
  });

  it('R38 is in no metric and no answer of /readyz or /livez', async () => {
    for (const path of ['metrics', 'readyz', 'livez']) {
      const text = await (await fetch(`http://127.0.0.1:${trust.httpPort}/${path}`)).text();
      expect(text.length).toBeGreaterThan(5);
      expect(hits(text)).toEqual([]);
    }
  });

  it('R38 is in no address that the EPR was asked under: searches by number are POST _search', async () => {
    expect(epr.requests.length).toBeGreaterThan(4);
    expect(epr.requests.filter(({ query }) => query)).toEqual([]);
    expect(hits(epr.requests.map(({ path }) => path).join('\n'))).toEqual([]);
    expect(epr.requests.map(({ path }) => path)).toContain('/Patient/_search');
    expect(await statusesOf(epr, stranger)).toEqual({ requests: [], tasks: [] });
  });

  it('R38 is in no body of an HTTP error, whoever wrote them into the request', async () => {
    const call = async (path: string, init: RequestInit, authorised = true): Promise<[number, string]> => {
      const headers = {
        'content-type': 'application/json',
        ...(authorised ? { authorization: `Bearer ${token}` } : {}),
      };
      const response = await fetch(`http://127.0.0.1:${trust.httpPort}${path}`, { ...init, headers });
      return [response.status, await response.text()];
    };
    const name = canary.family;
    const reason = JSON.stringify({ reason: `about ${name} ${canary.nhs ?? ''}` });
    const answers = [
      await call(`/held/${name}`, { method: 'POST', body: reason }, false),
      await call(`/people/${name}?nhs=${canary.nhs ?? ''}`, {}),
      await call('/held/messages/1/skip', { method: 'POST', body: `{"reason": "${name}` }),
      await call('/held/messages/1/skip', { method: 'POST', body: JSON.stringify({ [name]: canary.nhs }) }),
      await call('/held/messages/999999/skip', { method: 'POST', body: reason }),
      await call(`/held/messages/${canary.local}/replay`, { method: 'POST' }),
      await call('/held/messages/%E0%A4%A/replay', { method: 'POST' }),
      await call('/held/messages/1/skip', {
        method: 'POST',
        body: JSON.stringify({ reason: name.repeat(100_000) }),
      }),
      await call('/held', {}),
    ];
    expect(answers.map(([status]) => status)).toEqual([401, 404, 400, 400, 409, 400, 400, 413, 200]);
    expect(answers.flatMap(([, body]) => hits(body))).toEqual([]);
    for (const [status, body] of answers.slice(0, -1)) {
      expect({ status, type: (JSON.parse(body) as { resourceType: string }).resourceType }).toEqual({
        status,
        type: 'OperationOutcome',
      });
    }
    expect(hits(service.output())).toEqual([]);
  });

  it('R38 is in no answer, log line or address when notes are written about them, well or badly', async () => {
    const system = 'https://rzz.example/Id/patient';
    const good = {
      kind: 'employer-contact',
      person: { system, value: canary.local, birthDate: '1947-11-13' },
      author: { system: 'https://rzz.example/Id/staff', value: 'E1', name: 'Esme Example' },
      date: '2026-10-01',
      summary: `Rang about ${canary.family}`,
      text: 'Marmaladeshire Bakery would like to meet Amara',
      employer: { name: 'Marmaladeshire Bakery' },
    };
    let key = 0;
    const post = async (body: unknown, headers: Record<string, string> = {}): Promise<[number, string]> => {
      const response = await fetch(`http://127.0.0.1:${trust.httpPort}/notes`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          'idempotency-key': `canary-${String((key += 1))}`,
          ...headers,
        },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      return [response.status, await response.text()];
    };
    const answers = [
      await post(good),
      // Held: the EPR says something else of this one, and nobody knows the next.
      await post({ ...good, person: { system, value: stranger.local } }),
      await post({ ...good, person: { system, value: `${canary.local}9` } }),
      await post({ ...good, person: { ...good.person, birthDate: '1947-11-14' } }),
      // Refused.
      await post({ ...good, [canary.family]: canary.nhs }),
      await post({ ...good, date: '19471113' }),
      await post({ ...good, person: canary.local }),
      await post({ ...good, careConcern: { urgency: 'same-day', text: 'Quetzalfinch is not well' } }),
      await post({ ...good, summary: canary.family.repeat(100) }),
      await post(`{"summary": "${canary.family}", "summary": "${canary.local}"`),
      await post({ ...good, summary: 'other' }, { 'idempotency-key': 'canary-1' }),
    ];
    expect(answers.map(([status]) => status)).toEqual([
      202, 202, 202, 202, 400, 400, 400, 422, 400, 400, 422,
    ]);
    await settled(store);
    const states = await store.other
      .selectFrom('inbox')
      .select(['state', 'failure_kind'])
      .where('feed', '=', 'ips-notes')
      .orderBy('id')
      .execute();
    expect(states.map(({ failure_kind }) => failure_kind)).toEqual([
      null, null, 'identity/unknown-person', 'identity/birth-date-differs',
    ]); // prettier-ignore
    for (const [, body] of answers.slice(0, 4)) {
      const { id } = JSON.parse(body) as { id: string };
      const look = await fetch(`http://127.0.0.1:${trust.httpPort}/notes/${id}`, { headers: { authorization: `Bearer ${token}` } }); // prettier-ignore
      expect([look.status, hits(await look.text())]).toEqual([200, []]);
    }
    expect(answers.flatMap(([, body]) => hits(body))).toEqual([]);
    expect(await epr.resources('DocumentReference')).toHaveLength(1);
    expect(hits(epr.requests.map(({ path }) => path).join('\n'))).toEqual([]);
    expect(hits(service.output())).toEqual([]);
  });

  it('R38 is looked up by a number in a file, and what is shown repeats neither NHS number, name nor birth date', async () => {
    const file = join(folder, 'number');
    const config = ['--config', trust.config];
    const looks = [
      [canary.nhs ?? '', 'why'],
      [canary.local, 'why', '--json'],
      [stranger.nhs ?? '', 'why-not', '--json'],
      [`${stranger.local}^RZZ`, 'why-not'],
    ] as const;
    for (const [number, ...command] of looks) {
      writeFileSync(file, `${number}\n`);
      const { code, out, err } = await runCommand([...command, ...config, '--number-file', file], {
        databaseUrl: database.url,
      });
      expect([code, out.length > 20, err]).toEqual([0, true, '']);
      // Evidence is named as its source names it, which may hold the local number.
      expect(hits(out).filter((secret) => !locals.includes(secret))).toEqual([]);
    }
    writeFileSync(file, '999 000 0000\n');
    const nobody = await runCommand(['why-not', ...config, '--number-file', file], {
      databaseUrl: database.url,
    });
    expect(nobody.code).toBe(1);
    expect(nobody.err).not.toMatch(/999 ?000/);
    const held = await runCommand(['held', ...config], { databaseUrl: database.url });
    expect(held.out).toMatch(/birth date in the EPR/);
    expect(hits(held.out + held.err)).toEqual([]);
  });

  it('R38 is not in what is logged when the EPR answers with them, or the service stops', async () => {
    epr.setFaults(({ path }) =>
      path === '/' ? { kind: 'redirect', location: `${epr.url}/Patient?name=${canary.family}` } : undefined,
    );
    await send(say(canary, { answer: ['PAID', '20260920'] }));
    await settled(store);
    epr.setFaults(undefined);
    service.process.kill('SIGTERM');
    expect(await service.ended).toBe(0);
    expect(hits(service.output())).toEqual([]);
  });
});

describe('what a sender calls itself', () => {
  it('R39 line ends, escape sequences and terminal codes in MSH-3 make one valid JSON line each, and forge nothing', async () => {
    await serve();
    const forged = '{"level":"error","message":"forged"}';
    const names = [
      `EVIL\\X0D\\\\X0A\\${forged}`,
      `EVIL\n${forged}`,
      'EVIL\u001b[2J\u001b]0;pwned\u0007',
      'EVIL\u009b31m\u0085\u2028\u2029next',
      'EVIL\u0000\u007f\u0008\u202e',
      '\\.br\\EVIL\\Z..\\'.repeat(40),
    ];
    const template = say(canary).toString();
    await send(...names.map((name) => Buffer.from(template.replace('|EPR|', () => `|${name}|`))));
    // A raw CR ends the segment: the rest of the name is no name.
    await send(Buffer.from(template.replace('|EPR|', () => `|EVIL\r${forged}|`)));
    const refusals = (): unknown[] =>
      linesOf(service.output()).filter(({ message }) => message === 'message-refused');
    await until('all refusals are logged', () => Promise.resolve(refusals().length > names.length), 5_000);
    const output = service.output();
    expect(output).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e]/);
    expect(refusals()).toHaveLength(names.length + 1);
    expect(linesOf(output).filter(({ message }) => message === 'forged')).toEqual([]);
  });
});
