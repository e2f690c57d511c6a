// What each reply means: the statuses by nock, one table.
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import nock from 'nock';
import { systems } from '../../src/fhir/systems.ts';
import { askFailure, readFailure, sentOutcome } from '../../src/outbound/classify.ts';
import { createFhirClient } from '../../src/outbound/fhir-client.ts';
import { sentBundle } from '../../src/outbound/transaction.ts';

const base = 'https://epr.example/fhir';
const fhir = { 'content-type': 'application/fhir+json' };
const signal = new AbortController().signal;
const client = createFhirClient({ baseUrl: base, timeoutMs: 1000, replyLimit: 1e6, now: () => new Date() });
afterEach(() => nock.cleanAll());
// It takes over the sockets of the whole process, which runs other test files after this one.
afterAll(() => nock.restore());

const identifier = [{ system: systems.uri, value: 'urn:uuid:0b0c9a7e-6c7d-4a55-9a3e-2f1d5c4b3a21' }];
const bundle = (request: object) =>
  Buffer.from(
    JSON.stringify({
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        { resource: { resourceType: 'Task', status: 'requested', intent: 'proposal', identifier }, request },
      ],
    }),
  );
const create = bundle({ method: 'POST', url: 'Task' });
const update = bundle({ method: 'PUT', url: 'Task/1', ifMatch: 'W/"1"' });

const replied = async (
  bytes: Buffer,
  status: number,
  body?: object,
  headers: Record<string, string> = {},
) => {
  nock(base)
    .post('')
    .reply(status, body, { ...fhir, ...headers });
  return client.transact(bytes, signal);
};
const response = (status: string, location?: string) => ({
  resourceType: 'Bundle',
  type: 'transaction-response',
  entry: [{ response: { status, ...(location === undefined ? {} : { location }) } }],
});

describe('the reply to a transaction', () => {
  it.each([
    [400, 'permanent', 'permanent'],
    [403, 'permanent', 'permanent'],
    [404, 'permanent', 'stale'],
    [408, 'ambiguous', 'ambiguous'],
    [409, 'conflict', 'stale'],
    [410, 'permanent', 'stale'],
    [412, 'permanent', 'stale'],
    [422, 'permanent', 'permanent'],
    [302, 'permanent', 'permanent'],
    [401, 'transient', 'transient'],
    [429, 'transient', 'transient'],
    [503, 'transient', 'transient'],
    [500, 'ambiguous', 'ambiguous'],
    [504, 'ambiguous', 'ambiguous'],
  ])('R17 status %s means %s for a create and %s for an update', async (status, forCreate, forUpdate) => {
    const made = sentOutcome(await replied(create, status), sentBundle(create));
    const changed = sentOutcome(await replied(update, status), sentBundle(update));
    expect([made.outcome, changed.outcome]).toEqual([forCreate, forUpdate]);
  });

  it('R17 hands Retry-After on and pauses the destination', async () => {
    const reply = await replied(create, 429, undefined, { 'retry-after': '30' });
    expect(sentOutcome(reply, sentBundle(create))).toMatchObject({
      pausesDestination: true,
      retryAfterMs: 30_000,
    });
  });

  it.each([
    ['201 Created', 'Task/7/_history/1'],
    ['201', `${base}/Task/7/_history/1`],
    ['200', '/fhir/Task/7'],
  ])('R15 %s at %s is a success', async (status, location) => {
    const outcome = sentOutcome(await replied(create, 200, response(status, location)), sentBundle(create));
    expect(outcome).toEqual({ outcome: 'delivered', references: ['Task/7'], confirmed: true });
  });

  it.each([
    ['no body', undefined],
    ['another resource', { resourceType: 'OperationOutcome', issue: [] }],
    ['a failed entry', response('409', 'Task/7')],
    ['no place', response('201')],
    ['another type', response('201', 'Patient/7')],
    ['too few entries', { ...response('201', 'Task/7'), entry: [] }],
  ])('a success that says %s is asked about', async (_case, body) => {
    const outcome = sentOutcome(await replied(create, 200, body), sentBundle(create));
    expect(outcome).toMatchObject({ outcome: 'ambiguous', kind: 'delivery/unexpected-reply' });
  });
});

describe('the reply to a read', () => {
  const read = async (status: number) => {
    nock(base).get('/Patient/1').reply(status);
    const found = await client.read('Patient', '1', signal);
    if (found.outcome !== 'failed') throw new TypeError('a failure was expected');
    return found.reply;
  };

  it.each([
    [400, 'refused', 'unclear'],
    [403, 'refused', 'unclear'],
    [307, 'refused', 'unclear'],
    [401, 'transient', 'transient'],
    [408, 'transient', 'transient'],
    [500, 'transient', 'transient'],
  ])('status %s means %s while preparing and %s while asking', async (status, preparing, asking) => {
    expect(readFailure(await read(status)).outcome).toBe(preparing);
    expect(askFailure(await read(status)).outcome).toBe(asking);
  });

  it('only what says that the server is away pauses the destination', async () => {
    expect([readFailure(await read(500)), readFailure(await read(502))]).toMatchObject([
      { pausesDestination: false },
      { pausesDestination: true },
    ]);
  });
});

it('bytes that are no transaction of ours are refused before anything is sent', () => {
  expect(() => sentBundle(Buffer.from('{"resourceType":"Bundle","type":"batch"}'))).toThrow('stored bytes');
  expect(() => sentBundle(bundle({ method: 'DELETE', url: 'Task/1' }))).toThrow('stored bytes');
});
