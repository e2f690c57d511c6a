// Transactions of the sandbox's EPR (FHIR R4 http.html#transaction): all or nothing, one at a time; and its faults.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { urnOf } from '../../../src/fhir/ids.ts';
import { renderMake } from '../../../src/ips/proposal.ts';
import { startEpr } from '../../../src/sandbox/epr/epr.ts';
import { steadyPort } from '../../support/ports.ts';
import type { Epr } from '../../../src/sandbox/epr/epr.ts';
import { randomFaults, scriptedFaults } from '../../../src/sandbox/epr/faults.ts';
import { somebody, zone } from '../../ips/support/people.ts';

let epr: Epr;
let token = 'first';
beforeEach(async () => {
  token = 'first';
  epr = await startEpr({ port: await steadyPort(), token: () => token });
  await epr.load([{ resourceType: 'Patient', id: 'p1', identifier: [{ system: 'urn:p', value: '1' }] }]);
});
afterEach(() => epr.close());

const post = (body: unknown, headers: Record<string, string> = {}) =>
  fetch(epr.url, {
    method: 'POST',
    headers: { 'content-type': 'application/fhir+json', authorization: 'Bearer first', ...headers },
    body: JSON.stringify(body),
  });

const proposalUrn = 'urn:uuid:0b0c9a7e-6c7d-4a55-9a3e-2f1d5c4b3a21';
const entryOf = (type: string, resource: object, request: object = {}) => ({
  fullUrl: type === 'ServiceRequest' ? proposalUrn : 'urn:uuid:5e3f1c88-1a52-4f0b-8d6e-7c9b2a1f0e43',
  resource: { resourceType: type, ...resource },
  request: { method: 'POST', url: type, ...request },
});

const proposal = entryOf(
  'ServiceRequest',
  {
    identifier: [{ system: 'urn:k', value: 'sr' }],
    status: 'draft',
    intent: 'proposal',
    subject: { reference: 'Patient?identifier=urn:p|1' },
  },
  { ifNoneExist: 'identifier=urn:k|sr' },
);
const task = entryOf(
  'Task',
  {
    identifier: [{ system: 'urn:k', value: 'task' }],
    status: 'requested',
    intent: 'proposal',
    focus: { reference: proposalUrn },
  },
  { ifNoneExist: 'identifier=urn:k|task' },
);
const transaction = (...entry: object[]) => ({ resourceType: 'Bundle', type: 'transaction', entry });

describe('a transaction', () => {
  it('creates each entry, resolves what they point to, and says where each is', async () => {
    const response = await post(transaction(task, proposal), { prefer: 'return=minimal' });
    const { entry } = (await response.json()) as {
      entry: { response: { status: string; location: string } }[];
    };
    expect(entry.map((each) => each.response.status)).toEqual(['201', '201']);
    const [madeTask] = await epr.resources('Task');
    const [madeProposal] = await epr.resources('ServiceRequest');
    expect(madeTask?.focus?.reference).toBe(`ServiceRequest/${madeProposal?.id}`);
    expect(madeProposal?.subject.reference).toBe('Patient/p1');
    expect(entry[0]?.response.location).toContain(`/Task/${madeTask?.id}/_history/`);
  });

  it('puts the new address in place of every string that equals a full URL, as Medplum servers do', async () => {
    const identifier = [{ system: 'urn:ietf:rfc:3986', value: proposalUrn }];
    await post(transaction({ ...proposal, resource: { ...proposal.resource, identifier } }, task));
    const [made] = await epr.resources('ServiceRequest');
    expect(made?.identifier?.[0]?.value).toBe(`ServiceRequest/${made?.id}`);
  });

  it('leaves our own identifiers on what a proposal and an ask create, and finds them when sent again', async () => {
    const wish = somebody().on('2026-03-02').answer('paid-job', '2026-03-01').decide()[0]!;
    const ask = somebody().on('2026-03-02').status('02', '2026-03-01').decide()[0]!;
    const refs = {
      patient: { reference: 'Patient/p1' },
      owner: { type: 'Practitioner', identifier: { system: 'urn:s', value: 'C1234' } },
      identifierOf: urnOf,
      zone,
    } as const;
    for (const decision of [wish, ask, wish, ask]) {
      expect((await post(renderMake(decision, refs))).status).toBe(200);
    }
    const identifiedBy = (key: string) => ({
      identifier: [{ system: 'urn:ietf:rfc:3986', value: urnOf(key) }],
    });
    const requests = await epr.resources('ServiceRequest');
    expect(requests).toMatchObject([identifiedBy(wish.key)]);
    expect(await epr.resources('Task')).toMatchObject([
      { ...identifiedBy(wish.key), focus: { reference: `ServiceRequest/${requests[0]?.id}` } },
      identifiedBy(ask.key),
    ]);
  });

  it('creates once when it comes twice at the same time', async () => {
    const responses = await Promise.all([1, 2, 3].map(() => post(transaction(proposal, task))));
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await epr.resources('ServiceRequest')).toHaveLength(1);
    expect(await epr.resources('Task')).toHaveLength(1);
  });

  it('leaves nothing behind when its last entry fails', async () => {
    const before = await epr.resources('Patient');
    const change = entryOf('Patient', { id: 'p1', active: false }, { method: 'PUT', url: 'Patient/p1' });
    const stale = entryOf('Patient', { id: 'p1' }, { method: 'PUT', url: 'Patient/p1', ifMatch: 'W/"old"' });
    expect((await post(transaction(proposal, change, entryOf('Task', {})))).status).toBe(400);
    expect((await post(transaction(proposal, stale))).status).toBe(412);
    expect(await epr.resources('ServiceRequest')).toEqual([]);
    expect(await epr.resources('Patient')).toEqual(before);
  });

  it('fails when a conditional reference fits nobody', async () => {
    const lost = {
      ...proposal,
      resource: { ...proposal.resource, subject: { reference: 'Patient?identifier=urn:p|2' } },
    };
    expect((await post(transaction(lost))).status).toBeGreaterThanOrEqual(400);
    expect(await epr.resources('ServiceRequest')).toEqual([]);
  });
});

describe('faults', () => {
  it('asks for the bearer token of the moment', async () => {
    token = 'second';
    expect((await post(transaction(proposal))).status).toBe(401);
    expect(await epr.resources('ServiceRequest')).toEqual([]);
  });

  it('answers as scripted, then works again', async () => {
    epr.setFaults(
      scriptedFaults([{ method: 'POST', fault: { kind: 'status', status: 503, retryAfter: '7' } }]),
    );
    const response = await post(transaction(proposal));
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '7']);
    expect((await post(transaction(proposal))).status).toBe(200);
  });

  it.each(['lost-reply', 'truncated'] as const)('commits and then loses the reply (%s)', async (kind) => {
    epr.setFaults(scriptedFaults([{ fault: { kind } }]));
    await expect(post(transaction(proposal)).then((response) => response.text())).rejects.toThrow();
    expect(await epr.resources('ServiceRequest')).toHaveLength(1);
  });

  it('loses a request before it is carried out', async () => {
    epr.setFaults(scriptedFaults([{ fault: { kind: 'lost-request' } }]));
    await expect(post(transaction(proposal))).rejects.toThrow();
    expect(await epr.resources('ServiceRequest')).toEqual([]);
  });

  it('refuses connections while shut and keeps what it had', async () => {
    await post(transaction(proposal));
    await epr.shut();
    await expect(post(transaction(proposal))).rejects.toThrow();
    await epr.open();
    expect((await post(transaction(proposal))).status).toBe(200);
    expect(await epr.resources('ServiceRequest')).toHaveLength(1);
  });

  it('strikes by chance as often as told', () => {
    const draws = [0.05, 0.99, 0.5];
    const plan = randomFaults(0.1, [{ kind: 'lost-reply' }], () => draws.shift() ?? 1);
    const request = { method: 'GET', path: '/' };
    expect([plan(request), plan(request)]).toEqual([{ kind: 'lost-reply' }, undefined]);
  });
});
