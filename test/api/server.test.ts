// The HTTP application on a real port: what a caller with a token gets for bodies that cannot be read, and what
// /metrics says while the database is away.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { healthRoutes } from '../../src/api/health.ts';
import { keysFromFile } from '../../src/api/keys.ts';
import { closeHttp, createHttpApp, listenHttp } from '../../src/api/server.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { freshStore } from '../support/database.ts';
import type { FreshStore } from '../support/database.ts';
import express from 'express';

const [issuer, audience] = ['https://login.rzz.example', 'ips-bridge'];
const folder = mkdtempSync(join(tmpdir(), 'ips-bridge-api-'));
const open: Server[] = [];
afterAll(async () => {
  await Promise.all(open.map((server) => closeHttp(server, 0)));
  rmSync(folder, { recursive: true, force: true });
});

async function listen(app: express.Express): Promise<string> {
  const { server, port } = await listenHttp(app, '127.0.0.1', 0);
  open.push(server);
  return `http://127.0.0.1:${port}`;
}

describe('the API', () => {
  let fresh: FreshStore;
  let base = '';
  let token = '';
  let tokenOf: (sub: unknown, scope?: string, forWhom?: string) => Promise<string>;
  const logged = new PassThrough();
  beforeAll(async () => {
    fresh = await freshStore();
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const file = join(folder, 'jwks.json');
    writeFileSync(file, JSON.stringify({ keys: [await exportJWK(publicKey)] }));
    tokenOf = (sub, scope = 'ips-bridge.operations', forWhom = audience) => {
      const claims: Record<string, unknown> = { sub, scope };
      return new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256' })
        .setIssuer(issuer)
        .setAudience(forWhom)
        .setExpirationTime('5m')
        .sign(privateKey);
    };
    token = await tokenOf('tester');
    base = await listen(
      createHttpApp({
        store: fresh.store,
        metrics: createMetrics(),
        tokens: { issuer, audience, keys: keysFromFile(file) },
        log: createLog('info', logged),
        now: () => new Date(),
        readiness: () => Promise.resolve([]),
        refreshGauges: () => Promise.resolve(),
        parts: { feed: ['epr-adt'], destination: ['epr'] },
        receive: () => Promise.resolve({ outcome: 'not-stored', reason: 'stopping', retryAfter: 5 }),
        notes: { dutyRoute: 'Ring the duty line.' },
        queueing: new Set(),
      }),
    );
  });
  afterAll(() => fresh.drop());

  const post = (headers: Record<string, string>, body = '{"reason":"as agreed"}'): Promise<Response> =>
    fetch(`${base}/held/messages/1/skip`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      body,
    });

  it.each([
    [415, 'a character set that JSON does not have', { 'content-type': 'application/json; charset=latin1' }],
    [415, 'an encoding that nobody reads', { 'content-encoding': 'compress' }],
    [400, 'a body that is no JSON', { 'content-type': 'application/json' }],
  ] as const)('R32 answers %i to %s', async (status, _what, headers) => {
    const answer = await post(headers, status === 400 ? '{' : undefined);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ resourceType: 'OperationOutcome' });
  });

  it('a token for somebody else is refused without a word to its bearer, and the log says which claim is wrong', async () => {
    logged.read();
    const answer = await post({ authorization: `Bearer ${await tokenOf('x', 'y', 'another-service')}` });
    expect([answer.status, await answer.text()]).toEqual([401, expect.not.stringContaining('aud')]);
    expect(String(logged.read())).toContain('the claim aud is missing');
  });

  it('R28 a token without the scope gets 403 and stands on the audit, before its body is read', async () => {
    const notes = await tokenOf('ips-team', 'ips-bridge.notes');
    for (const body of ['{"reason":"as agreed"}', '{"reason":', 'x'.repeat(2_000_000)]) {
      const answer = await post({ authorization: `Bearer ${notes}` }, body);
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
        403, 'Bearer error="insufficient_scope", scope="ips-bridge.operations"',
      ]); // prettier-ignore
    }
    const refused = await fresh.store.other.selectFrom('audit').select(['actor', 'outcome', 'detail']).where('action', '=', 'refused').execute(); // prettier-ignore
    expect(refused).toEqual(Array.from({ length: 3 }, () => ({ actor: 'client:ips-team', outcome: 'failure', detail: { scope: 'ips-bridge.operations' } }))); // prettier-ignore
  });

  it.each(['/notes/0', '/notes', '/held', '/pauses', '/pauses/feed/epr-adt', '/HELD', '/notes/'])(
    'R28 no scope opens nothing: %s',
    async (path) => {
      const none = { headers: { authorization: `Bearer ${await tokenOf('stranger', 'openid')}` } };
      expect((await fetch(`${base}${path}`, none)).status).toBe(403);
    },
  );

  it.each([[{ name: 'tester' }], [['tester']], [7], ['']])(
    'a token whose subject is %j names nobody: 401',
    async (sub) => {
      expect((await post({ authorization: `Bearer ${await tokenOf(sub)}` })).status).toBe(401);
    },
  );

  it('answers 409 where the row is not held, so that the body has been read', async () => {
    expect((await post({})).status).toBe(409);
  });
});

describe('the keys of callers', () => {
  it.each([
    ['is not there', undefined],
    ['is no JSON', '{'],
    ['holds no key', '{"keys":[]}'],
  ])('a JWKS file that %s is a fault of the configuration, with its setting', (name, text) => {
    const file = join(folder, `${name}.json`);
    if (text !== undefined) writeFileSync(file, text);
    const reading = (): unknown => keysFromFile(file);
    expect(reading).toThrow(expect.objectContaining({ kind: 'config/keys', where: 'http.authentication.keys.file' })); // prettier-ignore
  });
});

describe('/metrics', () => {
  async function metricsOf(refresh: (metrics: ReturnType<typeof createMetrics>) => Promise<void>) {
    const metrics = createMetrics();
    let asked = 0;
    const app = express().use(
      healthRoutes({
        metrics,
        readiness: () => Promise.resolve([]),
        refreshGauges: () => ((asked += 1), refresh(metrics)),
      }),
    );
    const base = await listen(app);
    const look = async () => (await fetch(`${base}/metrics`)).text();
    return { metrics, look, asked: () => asked };
  }

  it('asks the database once however often somebody looks', async () => {
    const { look, asked } = await metricsOf((metrics) => {
      metrics.waiting.set({ feed: 'rio' }, 7);
      return Promise.resolve();
    });
    for (let turn = 0; turn < 20; turn += 1)
      expect(await look()).toContain('ips_bridge_inbox_waiting{feed="rio"} 7');
    expect(asked()).toBe(1);
  });

  it.each([
    ['is away', () => Promise.reject(new Error('connection refused'))],
    ['does not answer', () => new Promise<void>(() => undefined)],
  ])('shows no old numbers while the database %s', async (_name, refresh) => {
    const { look, metrics } = await metricsOf(refresh);
    metrics.waiting.set({ feed: 'rio' }, 7);
    metrics.outboxWaiting.set({ destination: 'epr', state: 'pending' }, 7);
    metrics.received.inc({ feed: 'rio' });
    const text = await look();
    expect(text).toContain('ips_bridge_messages_received_total{feed="rio"} 1');
    expect(text).not.toMatch(/^ips_bridge_(inbox|outbox)_waiting\{/m);
  });
});
