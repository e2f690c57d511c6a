// Who a task is for, as the EPR knows them.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createFhirClient } from '../../src/outbound/fhir-client.ts';
import type { FhirClient } from '../../src/outbound/fhir-client.ts';
import { ownerReference } from '../../src/outbound/references.ts';
import { startEpr } from '../../src/sandbox/epr/epr.ts';
import type { Epr } from '../../src/sandbox/epr/epr.ts';
import { scriptedFaults } from '../../src/sandbox/epr/faults.ts';

const staff = 'https://rzz.example/Id/staff';
const teams = 'https://rzz.example/Id/team';
const signal = new AbortController().signal;
let epr: Epr;
let client: FhirClient;

beforeAll(async () => {
  epr = await startEpr({ port: 0 });
  client = createFhirClient({ baseUrl: epr.url, timeoutMs: 2000, replyLimit: 1e6, now: () => new Date() });
  const identifier = (system: string, value: string) => ({ identifier: [{ system, value }] });
  await epr.load([
    { resourceType: 'Practitioner', id: 'asha', ...identifier(staff, 'C1234') },
    { resourceType: 'Practitioner', id: 'left', active: false, ...identifier(staff, 'C9') },
    { resourceType: 'PractitionerRole', id: 'role', ...identifier(staff, 'C5') },
    { resourceType: 'Practitioner', ...identifier(staff, 'C7') },
    { resourceType: 'Practitioner', ...identifier(staff, 'C7') },
    { resourceType: 'HealthcareService', id: 'duty', ...identifier(teams, 'DUTY') },
  ]);
});
afterAll(() => epr.close());

const coordinator = (value: string) =>
  ({ kind: 'care-coordinator', system: staff, value, display: 'Asha Patel' }) as const;

describe('the owner of a task', () => {
  it('is the one Practitioner with the identifier, named with it', async () => {
    expect(await ownerReference(client, coordinator('C1234'), signal)).toEqual({
      outcome: 'owner',
      reference: {
        reference: 'Practitioner/asha',
        type: 'Practitioner',
        identifier: { system: staff, value: 'C1234' },
        display: 'Asha Patel',
      },
    });
  });

  it('is a PractitionerRole, or a service for a duty queue, where that has it', async () => {
    expect(await ownerReference(client, coordinator('C5'), signal)).toMatchObject({
      reference: { reference: 'PractitionerRole/role' },
    });
    const queue = { kind: 'duty-queue', system: teams, value: 'DUTY' } as const;
    expect(await ownerReference(client, queue, signal)).toMatchObject({
      reference: { reference: 'HealthcareService/duty' },
    });
  });

  it.each(['C7', 'unknown'])(
    'is a logical reference where the EPR has not exactly one (%s)',
    async (value) => {
      expect(await ownerReference(client, coordinator(value), signal)).toEqual({
        outcome: 'owner',
        reference: { type: 'Practitioner', identifier: { system: staff, value }, display: 'Asha Patel' },
      });
    },
  );

  it('is a logical reference where the EPR does not serve the type, and waits where it is down', async () => {
    const fault = { kind: 'status', status: 404 } as const;
    epr.setFaults(scriptedFaults([{ path: '/Practitioner/_search', fault }]));
    expect(await ownerReference(client, coordinator('C1234'), signal)).toMatchObject({
      reference: { identifier: { value: 'C1234' } },
    });
    epr.setFaults(scriptedFaults([{ fault: { kind: 'lost-reply' } }]));
    expect(await ownerReference(client, coordinator('C1234'), signal)).toMatchObject({
      outcome: 'transient',
    });
    epr.setFaults(undefined);
  });

  it('is nobody whose role has ended', async () => {
    expect(await ownerReference(client, coordinator('C9'), signal)).toMatchObject({
      outcome: 'refused',
      kind: 'delivery/owner-inactive',
    });
  });
});
