// The check before each write (R18), against the sandbox's EPR.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Patient } from '@medplum/fhirtypes';
import { extensions, systems } from '../../src/fhir/systems.ts';
import { createFhirClient } from '../../src/outbound/fhir-client.ts';
import type { FhirClient } from '../../src/outbound/fhir-client.ts';
import { checkPerson } from '../../src/outbound/person-check.ts';
import type { PersonSummary } from '../../src/record/summary.ts';
import { startEpr } from '../../src/sandbox/epr/epr.ts';
import type { Epr } from '../../src/sandbox/epr/epr.ts';
import { scriptedFaults } from '../../src/sandbox/epr/faults.ts';

const local = 'https://rzz.example/Id/patient';
const signal = new AbortController().signal;
let epr: Epr;
let client: FhirClient;
let run = 0;

beforeAll(async () => {
  epr = await startEpr({ port: 0 });
  client = createFhirClient({ baseUrl: epr.url, timeoutMs: 2000, replyLimit: 1e6, now: () => new Date() });
});
beforeEach(() => {
  run += 1;
  epr.setFaults(undefined);
});
afterAll(() => epr.close());

/** A Patient of this test: ids and local numbers end in its number, so that tests do not meet. */
const patient = (id: string, more: Partial<Patient> = {}): Patient => ({
  resourceType: 'Patient',
  id: `${id}-${run}`,
  identifier: [{ system: local, value: `${id}-${run}` }],
  birthDate: '1980-05-01',
  ...more,
});
const person = (id: string, more: Partial<PersonSummary> = {}): PersonSummary => ({
  uid: '0b0c9a7e-6c7d-4a55-9a3e-2f1d5c4b3a21',
  keys: [{ system: local, value: `${id}-${run}` }],
  birthDate: '1980-05-01',
  ...more,
});
const nhs = (value: string, status?: string) => ({
  system: systems.nhsNumber,
  value,
  ...(status === undefined
    ? {}
    : {
        extension: [
          {
            url: extensions.nhsNumberVerification,
            valueCodeableConcept: { coding: [{ system: systems.nhsNumberVerification, code: status }] },
          },
        ],
      }),
});
const replacedBy = (reference: string): Pick<Patient, 'active' | 'link'> => ({
  active: false,
  link: [{ other: { reference }, type: 'replaced-by' }],
});

describe('the person check', () => {
  it('R18 finds the person by local number, whether or not there is an NHS number', async () => {
    await epr.load([patient('a')]);
    expect(await checkPerson(client, person('a'), signal)).toMatchObject({
      outcome: 'same',
      patient: { id: `a-${run}` },
      deceased: false,
    });
  });

  it.each(['1980', '1980-05', undefined])(
    'R18 compares birth dates as far as both are known (%s)',
    async (birthDate) => {
      await epr.load([patient('a')]);
      const { uid, keys } = person('a');
      const summary = { uid, keys, ...(birthDate === undefined ? {} : { birthDate }) };
      const check = await checkPerson(client, summary, signal);
      expect(check.outcome).toBe('same');
    },
  );

  it('R18 refuses another birth date', async () => {
    await epr.load([patient('a', { birthDate: '1980-05-02' })]);
    expect(await checkPerson(client, person('a'), signal)).toMatchObject({
      outcome: 'refused',
      kind: 'identity/birth-date-differs',
    });
  });

  it('R18 refuses when the EPR knows nobody, and when it knows two', async () => {
    expect(await checkPerson(client, person('a'), signal)).toMatchObject({ kind: 'identity/not-in-epr' });
    await epr.load([patient('a'), { ...patient('a'), id: `twin-${run}` }]);
    expect(await checkPerson(client, person('a'), signal)).toMatchObject({ kind: 'identity/several-in-epr' });
  });

  it('R18 takes the NHS number where no local number is known, only if verified on both sides', async () => {
    await epr.load([patient('other', { identifier: [nhs('9990000018', '01')] })]);
    const verified = { nhsNumber: { value: '9990000018', verified: true } };
    expect(await checkPerson(client, person('a', verified), signal)).toMatchObject({ outcome: 'same' });
    const unverified = { nhsNumber: { value: '9990000018', verified: false } };
    expect(await checkPerson(client, person('a', unverified), signal)).toMatchObject({ outcome: 'refused' });
    await epr.load([patient('other', { identifier: [nhs('9990000018', '02')] })]);
    expect(await checkPerson(client, person('a', verified), signal)).toMatchObject({
      kind: 'identity/number-differs',
    });
  });

  it('R18 follows a merged person to the survivor and checks again', async () => {
    const numbers = [
      { system: local, value: `a-${run}` },
      { system: local, value: `b-${run}` },
    ];
    await epr.load([patient('a', replacedBy(`Patient/b-${run}`)), patient('b', { identifier: numbers })]);
    expect(await checkPerson(client, person('a'), signal)).toMatchObject({ patient: { id: `b-${run}` } });
    await epr.load([patient('a', replacedBy(`${epr.url}/Patient/b-${run}`)), patient('b')]);
    expect(await checkPerson(client, person('a'), signal)).toMatchObject({ kind: 'identity/number-differs' });
  });

  it('R18 refuses a survivor elsewhere, a chain of merges and an inactive Patient', async () => {
    await epr.load([patient('a', replacedBy('https://elsewhere.example/fhir/Patient/1'))]);
    expect(await checkPerson(client, person('a'), signal)).toMatchObject({
      kind: 'identity/survivor-elsewhere',
    });
    await epr.load([patient('a', replacedBy(`Patient/b-${run}`)), patient('b', replacedBy('Patient/c'))]);
    expect(await checkPerson(client, person('a'), signal)).toMatchObject({
      kind: 'identity/survivor-unclear',
    });
    await epr.load([patient('a', { active: false })]);
    expect(await checkPerson(client, person('a'), signal)).toMatchObject({
      kind: 'identity/inactive-in-epr',
    });
  });

  it('R18 says that the person has died', async () => {
    await epr.load([patient('a', { deceasedDateTime: '2026-01-01' })]);
    expect(await checkPerson(client, person('a'), signal)).toMatchObject({ outcome: 'same', deceased: true });
  });

  it('tries again later when the EPR is down, and holds when it refuses', async () => {
    const path = '/Patient/_search';
    epr.setFaults(scriptedFaults([{ path, fault: { kind: 'status', status: 503, retryAfter: '9' } }]));
    expect(await checkPerson(client, person('a'), signal)).toMatchObject({
      outcome: 'transient',
      pausesDestination: true,
      retryAfterMs: 9000,
    });
    epr.setFaults(scriptedFaults([{ path, fault: { kind: 'status', status: 403 } }]));
    expect(await checkPerson(client, person('a'), signal)).toMatchObject({ kind: 'delivery/http-403' });
  });
});
