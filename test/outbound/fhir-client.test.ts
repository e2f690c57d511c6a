// The FHIR client: plain refusals by nock, the rest against real sockets.
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import nock from 'nock';
import { createFhirClient } from '../../src/outbound/fhir-client.ts';
import type { FhirClientSettings } from '../../src/outbound/fhir-client.ts';
import { head, startScriptedServer } from './scripted-server.ts';
import type { ScriptedServer } from './scripted-server.ts';

const base = 'https://epr.example/fhir';
const nhsNumber = { system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9990000018' };
const fhir = { 'content-type': 'application/fhir+json' };
const signal = new AbortController().signal;
const bytes = Buffer.from('{"resourceType":"Bundle","type":"transaction"}');

const client = (settings: Partial<FhirClientSettings> = {}) =>
  createFhirClient({
    baseUrl: base,
    timeoutMs: 300,
    replyLimit: 100_000,
    now: () => new Date('2026-03-01T12:00:00Z'),
    ...settings,
  });

const searchset = (resources: object[], more: object = {}) => ({
  resourceType: 'Bundle',
  type: 'searchset',
  entry: resources.map((resource) => ({ resource })),
  ...more,
});
const patient = { resourceType: 'Patient', id: 'p1', identifier: [nhsNumber] };

let server: ScriptedServer | undefined;
afterEach(async () => {
  nock.cleanAll();
  await server?.close();
  server = undefined;
});
// It takes over the sockets of the whole process, which runs other test files after this one.
afterAll(() => nock.restore());

describe('searching by identifier', () => {
  it('R38 puts the number into the form of a POST _search and never into the URL', async () => {
    let form = '';
    nock(base)
      .post('/Patient/_search', (body: Record<string, string>) => {
        form = body['identifier'] ?? '';
        return true;
      })
      .matchHeader('content-type', 'application/x-www-form-urlencoded')
      .reply(200, searchset([patient]), fhir);
    const found = await client().find('Patient', nhsNumber, signal);
    expect(found).toMatchObject({ outcome: 'found', resources: [{ id: 'p1' }] });
    expect(form).toBe('https://fhir.nhs.uk/Id/nhs-number|9990000018');
  });

  it.each([
    ['of another type', [{ resourceType: 'Person', id: 'x', identifier: [nhsNumber] }]],
    ['without the identifier', [patient, { ...patient, id: 'p2', identifier: [] }]],
    ['without an id', [{ resourceType: 'Patient', identifier: [nhsNumber] }]],
  ])('R19 rejects a reply that holds a resource %s', async (_case, resources) => {
    nock(base).post('/Patient/_search').reply(200, searchset(resources), fhir);
    const found = await client().find('Patient', nhsNumber, signal);
    expect(found).toMatchObject({ outcome: 'failed', reply: { kind: 'delivery/not-what-was-asked-for' } });
  });

  it('rejects an empty page that says there is more', async () => {
    const link = [{ relation: 'next', url: 'https://elsewhere.example/fhir?page=2' }];
    nock(base).post('/Patient/_search').reply(200, searchset([], { link }), fhir);
    expect(await client().find('Patient', nhsNumber, signal)).toMatchObject({ outcome: 'failed' });
  });
});

describe('reading by id', () => {
  it('tells absent (404, 410) from failed, and rejects another id than was asked for', async () => {
    nock(base)
      .get('/Patient/p1')
      .reply(410)
      .get('/Patient/p2')
      .reply(500)
      .get('/Patient/p3')
      .reply(200, patient, fhir);
    expect(await client().read('Patient', 'p1', signal)).toEqual({ outcome: 'found', resources: [] });
    expect(await client().read('Patient', 'p2', signal)).toMatchObject({ reply: { status: 500 } });
    expect(await client().read('Patient', 'p3', signal)).toMatchObject({ outcome: 'failed' });
  });
});

describe('replies', () => {
  it('R17 reads Retry-After in seconds and as a date, capped at one hour', async () => {
    const waits: unknown[] = [];
    for (const header of ['120', 'Sun, 01 Mar 2026 12:05:00 GMT', '86400', 'soon', '-5']) {
      nock(base).post('').reply(503, undefined, { 'retry-after': header });
      const reply = await client().transact(bytes, signal);
      waits.push(reply.outcome === 'answered' ? reply.retryAfterMs : reply);
    }
    expect(waits).toEqual([120_000, 300_000, 3_600_000, undefined, undefined]);
  });

  it('R17 never follows a redirect, so no other host sees the token', async () => {
    const elsewhere = nock('https://elsewhere.example').post(/.*/).reply(200, searchset([]), fhir);
    nock(base).post('').reply(307, undefined, { location: 'https://elsewhere.example/fhir' });
    const reply = await client({ authorization: () => Promise.resolve('secret') }).transact(bytes, signal);
    expect(reply).toMatchObject({ outcome: 'answered', status: 307 });
    expect(elsewhere.isDone()).toBe(false);
  });

  it('R17 asks for a new token after a 401 and tries once more, not twice', async () => {
    const seen: string[] = [];
    nock(base)
      .post('')
      .times(3)
      .matchHeader('authorization', (value) => {
        seen.push(String(value));
        return true;
      })
      .reply(401);
    const authorization = (renew: boolean) => Promise.resolve(renew ? 'new' : 'old');
    const reply = await client({ authorization }).transact(bytes, signal);
    expect(reply).toMatchObject({ outcome: 'answered', status: 401 });
    expect(seen).toEqual(['Bearer old', 'Bearer new']);
  });

  it('sends nothing without a usable token, and does not say what it was', async () => {
    const noToken = () => Promise.reject(new Error('/etc/secret-place'));
    const broken = await client({ authorization: noToken }).transact(bytes, signal);
    expect(broken).toMatchObject({ outcome: 'not-sent', kind: 'delivery/no-token' });
    expect(JSON.stringify(broken)).not.toContain('secret-place');
    const badToken = () => Promise.resolve('line\nbreak');
    expect(await client({ authorization: badToken }).transact(bytes, signal)).toMatchObject({
      outcome: 'not-sent',
    });
  });
});

describe('replies that are slow, cut short or too large', () => {
  const answered = async (
    play: Parameters<typeof startScriptedServer>[0],
    settings: Partial<FhirClientSettings> = {},
  ) => {
    server = await startScriptedServer(play);
    return client({ baseUrl: server.url, ...settings }).transact(bytes, signal);
  };

  it('sends exactly the bytes that it was given', async () => {
    const text = '{"resourceType":"Bundle", "x": "Zoë\\u2028\\n"}';
    server = await startScriptedServer((socket) =>
      socket.end('HTTP/1.1 400 No\r\ncontent-length: 0\r\n\r\n'),
    );
    await client({ baseUrl: `${server.url}/` }).transact(Buffer.from(text), signal);
    const [request = ''] = server.requests;
    expect(request.split('\r\n')[0]).toBe('POST /fhir HTTP/1.1');
    expect(Buffer.from(request.split('\r\n\r\n')[1] ?? '', 'latin1').toString('utf8')).toBe(text);
  });

  it('cannot tell what happened when nothing comes back in time', async () => {
    expect(await answered(() => undefined)).toMatchObject({ outcome: 'unknown', kind: 'delivery/timeout' });
  });

  it('counts the whole reply into the time, not only its beginning', async () => {
    const reply = await answered((socket) => {
      socket.write(head(1000));
      const drip = setInterval(() => socket.write(' '), 50);
      socket.on('close', () => clearInterval(drip));
    });
    expect(reply).toMatchObject({ outcome: 'unknown', kind: 'delivery/timeout' });
  });

  it('cannot tell what happened when the connection ends before or within the reply', async () => {
    const lost = { outcome: 'unknown', kind: 'delivery/lost-reply' };
    expect(await answered((socket) => socket.destroy())).toMatchObject(lost);
    await server?.close();
    expect(await answered((socket) => socket.end(`${head(1000)}{"resourceType":`))).toMatchObject(lost);
  });

  it('R19 stops reading at the limit, whatever the reply says of its length', async () => {
    let sent = 0;
    const reply = await answered(
      (socket) => {
        socket.write(
          'HTTP/1.1 200 OK\r\ncontent-type: application/fhir+json\r\ntransfer-encoding: chunked\r\n\r\n',
        );
        const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`;
        const flood = (): void => {
          if (socket.destroyed || sent > 50_000_000) return;
          sent += chunk.length;
          socket.write(chunk, flood);
        };
        flood();
      },
      { timeoutMs: 5000 },
    );
    expect(reply).toMatchObject({ outcome: 'unknown', kind: 'delivery/reply-too-large' });
    expect(sent).toBeLessThan(20_000_000);
  });

  it.each([
    ['HTML with status 200', 'HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 2\r\n\r\nhi'],
    ['half JSON', `${head(6)}{"res"`],
    ['JSON that is no resource', `${head(2)}[]`],
  ])('R19 does not take %s for an answer', async (_case, text) => {
    const reply = await answered((socket) => socket.end(text));
    expect(reply).toMatchObject({ outcome: 'unknown', kind: 'delivery/unreadable-reply' });
  });

  it('knows that nothing was sent when nobody listens', async () => {
    server = await startScriptedServer(() => undefined);
    const { url } = server;
    await server.close();
    const reply = await client({ baseUrl: url }).transact(bytes, signal);
    expect(reply).toMatchObject({ outcome: 'not-sent', kind: 'delivery/unreachable' });
    expect(JSON.stringify(reply)).not.toContain('127.0.0.1');
  });

  it('knows that nothing was sent when the service is already stopping', async () => {
    const reply = await client().transact(bytes, AbortSignal.abort());
    expect(reply).toMatchObject({ outcome: 'not-sent', kind: 'delivery/interrupted' });
  });
});
