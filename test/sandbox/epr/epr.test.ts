// The sandbox's EPR over real HTTP: FHIR R4 http.html as far as a destination relies on it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEpr } from '../../../src/sandbox/epr/epr.ts';
import type { Epr } from '../../../src/sandbox/epr/epr.ts';

const fhirJson = 'application/fhir+json';
const number = { system: 'https://rzz.example/Id/patient', value: 'R0001234' };
const patient = { resourceType: 'Patient', identifier: [number] } as const;

let epr: Epr;
beforeAll(async () => {
  epr = await startEpr({ port: 0, limit: 20_000 });
});
afterAll(() => epr.close());

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${epr.url}${path}`, {
    method,
    headers: { 'content-type': fhirJson, ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const json: unknown = text === '' ? undefined : JSON.parse(text);
  return { status: response.status, headers: response.headers, json };
}

const search = (type: string, form: string) =>
  call('POST', `/${type}/_search`, form, { 'content-type': 'application/x-www-form-urlencoded' });

describe('reading and writing one resource', () => {
  it('gives a created resource an id, a version, an ETag and a Location', async () => {
    const made = await call('POST', '/Patient', patient);
    expect(made.status).toBe(201);
    const location = made.headers.get('location') ?? '';
    expect(location).toMatch(/\/fhir\/Patient\/[^/]+\/_history\/[^/]+$/);
    const version = location.split('/').at(-1);
    expect(made.headers.get('etag')).toBe(`W/"${version}"`);
    expect((await fetch(location)).status).toBe(200);
  });

  it('answers 304 to a read of the version that the reader has', async () => {
    await call('PUT', '/Patient/p304', { ...patient, id: 'p304' });
    const first = await call('GET', '/Patient/p304');
    const again = await call('GET', '/Patient/p304', undefined, {
      'if-none-match': first.headers.get('etag') ?? '',
    });
    expect(again.status).toBe(304);
  });

  it('answers 404 for what never was, 410 for what was deleted, and keeps its history', async () => {
    await call('PUT', '/Patient/p410', { ...patient, id: 'p410' });
    expect((await call('DELETE', '/Patient/p410')).status).toBe(200);
    expect((await call('GET', '/Patient/never')).status).toBe(404);
    expect((await call('GET', '/Patient/p410')).status).toBe(410);
    const history = await call('GET', '/Patient/p410/_history');
    const again = await call('GET', '/Patient/p410/_history');
    expect(history.json).toMatchObject({
      total: 2,
      entry: [{ request: { method: 'DELETE' } }, { resource: {} }],
    });
    expect(again.json).toEqual(history.json);
  });

  it('refuses an invalid resource, a foreign media type and a body over the limit', async () => {
    const invalid = await call('POST', '/Task', { resourceType: 'Task' });
    expect(invalid).toMatchObject({ status: 400, json: { resourceType: 'OperationOutcome' } });
    expect((await call('POST', '/Patient', '<Patient/>', { 'content-type': 'text/xml' })).status).toBe(415);
    expect((await call('POST', '/Patient', { ...patient, text: 'x'.repeat(20_000) })).status).toBe(413);
    expect((await call('POST', '/Nonsense', patient)).status).toBe(404);
  });

  it('answers 412 to a stale If-Match and takes the right one', async () => {
    const first = await call('PUT', '/Patient/pmatch', { ...patient, id: 'pmatch' });
    expect(first.status).toBe(201);
    const ifMatch = { 'if-match': first.headers.get('etag') ?? '' };
    expect((await call('PUT', '/Patient/pmatch', { ...patient, id: 'pmatch' }, ifMatch)).status).toBe(200);
    expect((await call('PUT', '/Patient/pmatch', { ...patient, id: 'pmatch' }, ifMatch)).status).toBe(412);
  });

  it('creates once with If-None-Exist, answers 200 the second time and 412 where several fit', async () => {
    const organisation = { resourceType: 'Organization', identifier: [{ system: 'urn:a', value: '1' }] };
    const once = { 'if-none-exist': 'identifier=urn:a|1' };
    expect((await call('POST', '/Organization', organisation, once)).status).toBe(201);
    expect((await call('POST', '/Organization', organisation, once)).status).toBe(200);
    expect((await call('POST', '/Organization', organisation)).status).toBe(201);
    expect((await call('POST', '/Organization', organisation, once)).status).toBe(412);
  });

  it('describes itself at /metadata', async () => {
    const { json } = await call('GET', '/metadata');
    expect(json).toMatchObject({ resourceType: 'CapabilityStatement', fhirVersion: '4.0.1' });
  });
});

describe('searching', () => {
  it('reads the parameters of a POST _search from the form', async () => {
    await call('PUT', '/Patient/psearch', {
      resourceType: 'Patient',
      id: 'psearch',
      identifier: [{ system: 'urn:s', value: 'one' }],
    });
    expect((await search('Patient', 'identifier=urn:s|one')).json).toMatchObject({
      type: 'searchset',
      total: 1,
      entry: [{ resource: { id: 'psearch' } }],
    });
    expect((await search('Patient', 'identifier=urn:s|two')).json).toMatchObject({ total: 0, entry: [] });
  });

  it('links pages by opaque addresses', async () => {
    await epr.load([1, 2, 3].map((n) => ({ resourceType: 'Location', name: `Ward ${n}` })));
    const page = await call('GET', '/Location?_count=2');
    expect(page.json).toMatchObject({ total: 3, link: [{ relation: 'self' }, { relation: 'next' }] });
    const { link } = page.json as { link: { url: string }[] };
    const next = await fetch(link[1]!.url);
    expect(await next.json()).toMatchObject({ total: 3, entry: [{ resource: { name: 'Ward 3' } }] });
  });
});
