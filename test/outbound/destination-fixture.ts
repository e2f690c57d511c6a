// One invented person, one decision about them, and an EPR that knows both the person and who is asked.
import type { Patient, Resource } from '@medplum/fhirtypes';
import { createFhirDestination } from '../../src/outbound/fhir-destination.ts';
import { fhirDestinationSettings } from '../../src/outbound/settings.ts';
import type { Decision } from '../../src/ips/decision.ts';
import type { Delivery, DeliveryJob, Destination } from '../../src/pipeline/destination.ts';

export const signal = new AbortController().signal;
const local = 'https://rzz.example/Id/patient';
const staff = 'https://rzz.example/Id/staff';

/** What no log, URL or message may show. */
export const canaries = ['R0001234', '9990000018', 'Patel', '1980-05-01'];

const decision: Decision = {
  action: 'make',
  effect: 'propose-referral',
  rule: 'wants-work',
  title: 'The person has said they want paid work',
  key: 'wants-work/wish/7c1f0c52-9a64-5d0e-8f7b-1d2c3b4a5968',
  team: { id: 'CMHT-N', name: 'North CMHT', type: 'A06' },
  reasons: [
    {
      say: 'has said they want a paid job, or help to keep or change one',
      evidence: [
        {
          fact: 'wantsWork',
          says: 'recorded as wanting a paid job',
          date: '2026-02-20',
          source: 'rio',
          resource: 'Observation/wants-work/paid-job/2026-02-20',
        },
      ],
    },
  ],
  decidedAt: '2026-03-01T12:00:00.000Z',
  ruleSet: 'a1b2c3',
};

export const withdrawal: Decision = { ...decision, action: 'withdraw', because: 'has declined since' };

export const job = (more: Partial<Decision> = {}): DeliveryJob => ({
  row: 1,
  key: decision.key,
  revision: 1,
  attempt: 1,
  decision: { ...decision, ...more },
  person: {
    uid: '0b0c9a7e-6c7d-4a55-9a3e-2f1d5c4b3a21',
    keys: [{ system: local, value: 'R0001234' }],
    nhsNumber: { value: '9990000018', verified: true },
    birthDate: '1980-05-01',
  },
  standing: { restricted: false, deceased: false },
  owner: { kind: 'care-coordinator', system: staff, value: 'C1234', display: 'Asha Patel' },
});

export const patient: Patient = {
  resourceType: 'Patient',
  id: 'p1',
  identifier: [{ system: local, value: 'R0001234' }],
  birthDate: '1980-05-01',
};

export const people: Resource[] = [
  patient,
  { resourceType: 'Practitioner', id: 'asha', identifier: [{ system: staff, value: 'C1234' }] },
];

export function destinationAt(baseUrl: string, token?: () => string, more: object = {}): Destination {
  const given = { id: 'epr', kind: 'fhir', baseUrl, timeoutSeconds: 1, ...more };
  const settings = fhirDestinationSettings.parse(given);
  const parts = { now: () => new Date('2026-03-01T12:00:00Z'), zone: 'Europe/London' };
  return createFhirDestination(settings, token === undefined ? parts : { ...parts, token });
}

/** Prepares a job that is expected to be ready. */
export async function bytesOf(destination: Destination, wanted: DeliveryJob): Promise<Buffer> {
  const prepared = await destination.prepare(wanted, signal);
  if (prepared.outcome !== 'ready') throw new TypeError(`not ready: ${JSON.stringify(prepared)}`);
  return prepared.bytes;
}

export async function deliver(destination: Destination, wanted: DeliveryJob): Promise<Delivery> {
  return destination.send(wanted, await bytesOf(destination, wanted), signal);
}
