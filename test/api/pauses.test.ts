// Pausing and resuming over HTTP: with a token, a reason and an id that is there; audited under the caller's name.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { SignJWT, createLocalJWKSet, exportJWK, generateKeyPair } from 'jose';
import { closeHttp, createHttpApp, listenHttp } from '../../src/api/server.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { freshStore } from '../support/database.ts';

const [issuer, audience] = ['https://login.rzz.example', 'ips-bridge'];
const fresh = await freshStore();
const { store } = fresh;
const { publicKey, privateKey } = await generateKeyPair('ES256');
const now = new Date('2026-03-01T12:00:00Z');
let base = '';
let token = '';
let close = (): Promise<void> => Promise.resolve();

beforeAll(async () => {
  token = await new SignJWT({ scope: 'ips-bridge.notes ips-bridge.operations' }).setProtectedHeader({ alg: 'ES256' }).setIssuer(issuer).setAudience(audience).setSubject('sam').setExpirationTime('5m').sign(privateKey); // prettier-ignore
  const { server, port } = await listenHttp(
    createHttpApp({
      store,
      metrics: createMetrics(),
      tokens: { issuer, audience, keys: createLocalJWKSet({ keys: [await exportJWK(publicKey)] }) },
      log: createLog('silent'),
      now: () => now,
      readiness: () => Promise.resolve([]),
      refreshGauges: () => Promise.resolve(),
      parts: { feed: ['epr-adt', 'ips-notes'], destination: ['epr'] },
      receive: () => Promise.resolve({ outcome: 'not-stored', reason: 'stopping', retryAfter: 5 }),
      notes: { dutyRoute: 'Ring the duty line.' },
      queueing: new Set(),
    }),
    '127.0.0.1',
    0,
  );
  base = `http://127.0.0.1:${port}`;
  close = () => closeHttp(server, 0);
});
afterAll(async () => {
  await close();
  await fresh.drop();
});
beforeEach(() => sql`truncate paused, audit`.execute(store.other));

async function call(method: string, path: string, body?: unknown, bearer = token) {
  const answer = await fetch(`${base}${path}`, {
    method,
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const said: unknown = await answer.json();
  return { status: answer.status, said };
}
const reason = { reason: 'the EPR is being upgraded' };

describe('/pauses', () => {
  it('PUT pauses, GET lists, DELETE resumes; each under the name of whoever called', async () => {
    expect(await call('PUT', '/pauses/feed/epr-adt', reason)).toEqual({
      status: 200,
      said: { what: 'feed', id: 'epr-adt', paused: true, changed: true },
    });
    expect((await call('GET', '/pauses')).said).toEqual({
      pauses: [{ what: 'feed', id: 'epr-adt', actor: 'client:sam', ...reason, at: now.toISOString() }],
    });
    expect((await call('DELETE', '/pauses/feed/epr-adt', { reason: 'done' })).said).toMatchObject({
      paused: false,
      changed: true,
    });
    expect((await call('GET', '/pauses')).said).toEqual({ pauses: [] });
    const audit = await store.other.selectFrom('audit').select(['actor', 'action']).orderBy('id').execute();
    expect(audit).toEqual([
      { actor: 'client:sam', action: 'paused' },
      { actor: 'client:sam', action: 'resumed' },
    ]);
  });

  it('the same again changes nothing and says so', async () => {
    await call('PUT', '/pauses/destination/epr', reason);
    expect((await call('PUT', '/pauses/destination/epr', reason)).said).toMatchObject({ paused: true, changed: false }); // prettier-ignore
    await call('DELETE', '/pauses/destination/epr', reason);
    expect((await call('DELETE', '/pauses/destination/epr', reason)).said).toMatchObject({ changed: false });
  });

  it('what is paused but no longer configured can be resumed, and not paused anew', async () => {
    await sql`insert into paused values ('feed', 'old-feed', 'operator:sam', 'old', now())`.execute(store.other); // prettier-ignore
    expect((await call('DELETE', '/pauses/feed/old-feed', reason)).said).toMatchObject({ changed: true });
    expect((await call('PUT', '/pauses/feed/old-feed', reason)).status).toBe(404);
  });

  it.each([
    [404, 'an id that is not there', 'PUT', '/pauses/feed/rio', reason],
    [404, 'something that cannot be paused', 'PUT', '/pauses/team/CMHT-N', reason],
    [400, 'no reason', 'PUT', '/pauses/feed/epr-adt', {}],
    [400, 'no body', 'DELETE', '/pauses/feed/epr-adt', undefined],
  ] as const)('answers %i to %s, and pauses nothing', async (status, _what, method, path, body) => {
    const answer = await call(method, path, body);
    expect(answer).toMatchObject({ status, said: { resourceType: 'OperationOutcome' } });
    expect((await call('GET', '/pauses')).said).toEqual({ pauses: [] });
  });

  it('answers 401 without a token, and pauses nothing', async () => {
    expect((await call('PUT', '/pauses/feed/epr-adt', reason, '')).status).toBe(401);
    expect((await call('GET', '/pauses')).said).toEqual({ pauses: [] });
  });
});
