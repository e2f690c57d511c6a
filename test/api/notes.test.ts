// Notes over HTTP against the whole service on a real database: receipts, repeats, refusals, states, and a database that
// goes away. Nothing is live at the destination: what is decided stands in the outbox.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { startApp } from '../../src/app.ts';
import type { App } from '../../src/app.ts';
import { loadConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { uuidOf } from '../../src/fhir/ids.ts';
import { heldRows, replayRow } from '../../src/store/inbox-rows.ts';
import { noteWrites } from '../../src/store/notes.ts';
import { cuttableDatabase } from '../support/cuttable.ts';
import type { CuttableDatabase } from '../support/cuttable.ts';
import { adt, testPerson } from '../support/epr-messages.ts';
import { storedMessages } from '../support/history.ts';
import { sendAll, startLine } from '../support/line.ts';
import type { Line } from '../support/line.ts';
import { until } from '../support/trust.ts';

const [issuer, audience] = ['https://login.rzz.example', 'ips-bridge'];
const [amara, bela] = [testPerson(1), testPerson(2)];
const author = { system: 'https://ips.example/Id/staff', value: 'ES7', name: 'Jo Marsh' };
const contact = {
  kind: 'contact',
  person: { system: 'https://rzz.example/Id/patient', value: amara.local, birthDate: '1985-04-12' },
  author,
  date: '2026-11-02',
  summary: 'Talked about jobs in kitchens.',
};
const mistake = { reason: 'about somebody else', author };
const folder = mkdtempSync(join(tmpdir(), 'ips-bridge-notes-'));

let line: Line;
let database: CuttableDatabase;
let privateKey: CryptoKey;
let base = '';
/** Further services on the same database. */
const others: App[] = [];

beforeAll(async () => {
  const pair = await generateKeyPair('ES256');
  privateKey = pair.privateKey;
  const file = join(folder, 'jwks.json');
  writeFileSync(file, JSON.stringify({ keys: [await exportJWK(pair.publicKey)] }));
  database = await cuttableDatabase();
  const authentication = { issuer, audience, keys: { file } };
  line = await startLine([amara], { live: 'none', authentication }, database.urlOf);
  base = `http://127.0.0.1:${line.app.httpPort}`;
  await line.send(adt(amara, { controlId: '1' }));
  await line.settled();
});
afterAll(async () => {
  await Promise.all(others.map((app) => app.stop()));
  await line.close();
  await database.cut();
  rmSync(folder, { recursive: true, force: true });
});

interface Call {
  readonly as?: string;
  readonly key?: string;
  readonly body?: unknown;
  /** The body as it is sent, in place of `body`. */
  readonly raw?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly at?: string;
}

/** The answer, its body read. */
async function call(method: 'POST' | 'PUT' | 'GET', path: string, { as = 'ips-team', key, body, raw, headers, at = base }: Call = {}) {
  const token = await new SignJWT({ scope: 'ips-bridge.notes ips-bridge.operations' }).setProtectedHeader({ alg: 'ES256' }).setIssuer(issuer).setAudience(audience).setSubject(as).setExpirationTime('5m').sign(privateKey);
  const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const answer = await fetch(`${at}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
      ...headers,
    },
    ...(sent === undefined ? {} : { body: sent }),
  });
  const text = await answer.text();
  const read: unknown = text === '' ? undefined : JSON.parse(text);
  return { status: answer.status, headers: answer.headers, body: read, text };
} // prettier-ignore

const post = (key: string, body: unknown = contact, more: Call = {}) =>
  call('POST', '/notes', { key, body, ...more });
const idOf = (key: string, as = 'ips-team'): string => uuidOf(`note|${as}|${key}`);
const stored = async (): Promise<number> => (await storedMessages(line.app.store)).length;
/** The states of a note's writes, and of the last one at the destination, once nothing waits any more. */
async function states(key: string): Promise<unknown> {
  await line.settled();
  return (await call('GET', `/notes/${idOf(key)}`)).body;
}

describe('POST /notes', () => {
  it('answers 202 once the note is on disk, and GET tells what becomes of it', async () => {
    const answer = await post('first');
    const id = idOf('first');
    expect([answer.status, answer.headers.get('location')]).toEqual([202, `/notes/${id}`]);
    expect(answer.body).toMatchObject({ id, state: 'received' });
    expect(await noteWrites(line.app.store, id)).toHaveLength(1);
    const told = await states('first');
    expect(told).toMatchObject({
      id,
      writes: [{ write: 'created', version: 1, state: 'filed', findings: [], destinations: [{ destination: 'epr', state: 'observed' }] }],
    });
    expect(JSON.stringify(told)).not.toContain('kitchens');
  }); // prettier-ignore

  it('R57 says in every receipt and every state that notes are no emergency channel, with the duty route', async () => {
    const receipt = await post('emergency');
    const told = await call('GET', `/notes/${idOf('emergency')}`);
    for (const { body } of [receipt, told])
      expect(body).toMatchObject({ notice: expect.stringMatching(/no emergency channel.*ring 999/s) });
  });

  it('R57 takes no care concern on: 422 with the duty route, and nothing of the note is stored', async () => {
    const before = await stored();
    const answer = await post('concern', { ...contact, careConcern: 'seemed very low' });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain('unsupported/care-concern');
    expect(answer.text).toContain('999');
    expect(answer.text).not.toContain('very low');
    expect(await stored()).toBe(before);
  });

  it.each([
    [400, 'field/idempotency-key-missing', 'without an Idempotency-Key', { body: contact }],
    [400, 'field/idempotency-key-missing', 'with an Idempotency-Key of 201 characters', { body: contact, key: 'k'.repeat(201) }],
    [400, 'structure/duplicate-key', 'with a key that stands twice', { key: 'x', raw: '{"kind":"contact","k\\u0069nd":"contact"}' }],
    [400, 'structure/key', 'with __proto__', { key: 'x', raw: '{"author":{"__proto__":{"name":"x"}}}' }],
    [400, 'structure/depth', 'nested 65 deep', { key: 'x', raw: `${'['.repeat(65)}${']'.repeat(65)}` }],
    [400, 'parse/json', 'that is no UTF-8', { key: 'x', raw: new Uint8Array([0x22, 0xff, 0x22]) }],
    [400, 'field/note', 'without a body', { key: 'x', headers: { 'content-type': 'application/json' } }],
    [413, 'structure/too-large', 'over a megabyte', { key: 'x', raw: JSON.stringify({ ...contact, text: 'x'.repeat(1_100_000) }) }],
    [413, 'structure/too-large', 'that unpacks to more than a megabyte', { key: 'x', raw: new Uint8Array(gzipSync(Buffer.alloc(20_000_000, ' '))), headers: { 'content-encoding': 'gzip' } }],
    [415, 'unsupported/media-type', 'in XML', { key: 'x', raw: '<note/>', headers: { 'content-type': 'application/xml' } }],
    [415, 'unsupported/media-type', 'as a form', { key: 'x', raw: 'kind=contact', headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
    [415, 'unsupported/media-type', 'in UTF-16', { key: 'x', raw: '{}', headers: { 'content-type': 'application/json; charset=utf-16' } }],
  ] as const)('R32 answers %i (%s) to a note %s, and stores nothing', async (status, kind, _what, said) => {
    const before = await stored();
    const answer = await call('POST', '/notes', said);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ diagnostics: kind }] });
    expect(await stored()).toBe(before);
  }); // prettier-ignore

  it('tells every fault at once, by its place, without quoting what was sent', async () => {
    const answer = await post('faults', { ...contact, person: { value: 'Fairbrass' }, author: { ...author, name: '' }, date: 'Fairbrass', Fairbrass: 1 }); // prettier-ignore
    expect(answer.status).toBe(400);
    const places = ['person', 'author.name', 'date', 'the note'];
    expect(answer.body).toMatchObject({ issue: expect.arrayContaining(places.map((where) => expect.objectContaining({ expression: [where] }))) }); // prettier-ignore
    expect(answer.text).not.toContain('Fairbrass');
  });

  it('is held where nobody is known by the number, and filed by a replay once the EPR has told of them', async () => {
    const about = { ...contact, person: { system: 'https://rzz.example/Id/patient', value: bela.local } };
    await post('unknown', about);
    expect(await states('unknown')).toMatchObject({ writes: [{ state: 'held', problem: { kind: 'identity/unknown-person' }, destinations: [] }] }); // prettier-ignore
    await line.send(adt(bela, { controlId: '2' }));
    await line.settled();
    const [held] = await heldRows(line.app.store);
    await replayRow(line.app.store, held?.id ?? 0, { kind: 'operator', name: 'test' }, new Date());
    expect(await states('unknown')).toMatchObject({ writes: [{ state: 'filed' }] });
  });
});

describe('the same note again', () => {
  it('gets the same receipt and has one effect: at once on two connections, later, and from another replica', async () => {
    const config = loadConfig(line.trust.config, { DATABASE_URL: line.trust.databaseUrl });
    const elsewhere = { ...config, http: { ...config.http, port: 0 }, feeds: [] };
    const other = await startApp(elsewhere, { log: createLog('silent') });
    others.push(other);
    const there = { at: `http://127.0.0.1:${other.httpPort}` };
    const before = await stored();
    const answers = await Promise.all([post('again'), post('again'), post('again', contact, there)]);
    answers.push(
      await post('again'),
      await post('again', Object.fromEntries(Object.entries(contact).reverse())),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
    expect(await stored()).toBe(before + 1);
    expect(await states('again')).toMatchObject({ writes: [{ version: 1, destinations: [{}] }] });
  });

  it('of another writer is another note', async () => {
    await post('shared');
    await post('shared', contact, { as: 'other-team' });
    expect(await noteWrites(line.app.store, idOf('shared'))).toHaveLength(1);
    expect(await noteWrites(line.app.store, idOf('shared', 'other-team'))).toHaveLength(1);
  });

  it('of another writer whose name and key read alike is another note, that neither sees of the other', async () => {
    const one = await post('b|c', contact, { as: 'a' });
    const other = await post('c', contact, { as: 'a|b' });
    expect([one.status, other.status]).toEqual([202, 202]);
    const at = other.headers.get('location') ?? '';
    expect(at).not.toBe(one.headers.get('location'));
    expect((await call('GET', at, { as: 'a' })).status).toBe(404);
    expect((await call('GET', at, { as: 'a|b' })).status).toBe(200);
  });

  it('with another body is refused with 422, and nothing of it is stored', async () => {
    await post('reused');
    const before = await stored();
    const answer = await post('reused', { ...contact, summary: 'Something else.' });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain('field/idempotency-key');
    expect(await stored()).toBe(before);
  });
});

describe('a later write', () => {
  it('corrects the note, or says that it was entered in error; repeats of both are the same write', async () => {
    await post('life');
    const path = `/notes/${idOf('life')}`;
    const amend = { key: 'amend', body: { ...contact, summary: 'Talked about two jobs.' } };
    const amended = await call('PUT', path, amend);
    expect([amended.status, (await call('PUT', path, amend)).text]).toEqual([202, amended.text]);
    await line.settled();
    const withdrawn = await call('POST', `${path}/entered-in-error`, { key: 'withdraw', body: mistake });
    expect(withdrawn.status).toBe(202);
    expect((await call('PUT', path, amend)).text).toBe(amended.text);
    expect(await states('life')).toMatchObject({
      writes: [
        { write: 'created', version: 1, state: 'filed', destinations: [{ state: 'superseded' }] },
        { write: 'amended', version: 2, state: 'filed', destinations: [{ state: 'superseded' }] },
        { write: 'entered-in-error', state: 'withdrawn' },
      ],
    });
    expect((await call('PUT', path, { ...amend, key: 'too late' })).status).toBe(409);
  });

  it('with a key that was used for another kind of write is refused with 422', async () => {
    await post('kinds');
    const path = `/notes/${idOf('kinds')}`;
    await call('PUT', path, { key: 'one', body: contact });
    expect((await call('POST', `${path}/entered-in-error`, { key: 'one', body: mistake })).status).toBe(422);
  });

  it.each([
    ['of a note that nobody has written', 'ips-team', uuidOf('no such note')],
    ['of somebody else’s note', 'other-team', idOf('owned')],
    ['of what is no id', 'ips-team', '%2e%2e'],
  ])('%s is answered 404, and so is a question about it', async (_what, as, id) => {
    await post('owned');
    const before = await stored();
    const answers = await Promise.all([
      call('GET', `/notes/${id}`, { as }),
      call('PUT', `/notes/${id}`, { as, key: 'k', body: contact }),
      call('POST', `/notes/${id}/entered-in-error`, { as, key: 'k', body: mistake }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
    expect(await stored()).toBe(before);
  });
});

describe('without a database', () => {
  it('R2 a note is answered 503 with Retry-After and is not stored; sent again afterwards it is', async () => {
    await database.cut();
    try {
      const refused = await post('later');
      expect([refused.status, Number(refused.headers.get('retry-after'))]).toEqual([503, expect.any(Number)]);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(refused.body).toMatchObject({ resourceType: 'OperationOutcome' });
      const asked = await call('GET', `/notes/${idOf('first')}`);
      expect([asked.status, asked.headers.get('retry-after')]).toEqual([503, expect.any(String)]);
    } finally {
      await database.restore();
    }
    await until('notes are taken again', async () => (await post('later')).status === 202);
    expect(await states('later')).toMatchObject({ writes: [{ state: 'filed' }] });
    await sendAll(line.trust.feeds[0]?.port ?? 0, [adt(amara, { controlId: '9' })]);
  });
});
