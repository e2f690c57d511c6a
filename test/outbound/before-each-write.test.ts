// R18 for each kind of effect that goes to an EPR: what the check of the person before a write leads to.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Patient } from '@medplum/fhirtypes';
import { extensions, systems } from '../../src/fhir/systems.ts';
import type { DeliveryJob, Destination } from '../../src/pipeline/destination.ts';
import type { PersonSummary } from '../../src/record/summary.ts';
import { startEpr } from '../../src/sandbox/epr/epr.ts';
import type { Epr } from '../../src/sandbox/epr/epr.ts';
import { bytesOf, deliver, destinationAt, job, patient, people, signal } from './destination-fixture.ts';
import { flag, noteJob } from './note-fixture.ts';

let epr: Epr;
beforeEach(async () => {
  epr = await startEpr({ port: 0 });
  await epr.load(people);
});
afterEach(() => epr.close());

const withdrawn = (made: DeliveryJob): DeliveryJob => ({
  ...made,
  decision: { ...made.decision, action: 'withdraw', because: 'the record has changed' },
});
/** Everything that was ever written, by whom it is about. */
const written = async () => {
  const found = [
    ...(await epr.resources('ServiceRequest')),
    ...(await epr.resources('Task')),
    ...(await epr.resources('Flag')),
    ...(await epr.resources('DocumentReference')),
  ];
  return found.map((each) => (each.resourceType === 'Task' ? each.for : each.subject)?.reference);
};
const nhsNumber = (status: string) => ({
  system: systems.nhsNumber,
  value: '9990000018',
  extension: [
    {
      url: extensions.nhsNumberVerification,
      valueCodeableConcept: { coding: [{ system: systems.nhsNumberVerification, code: status }] },
    },
  ],
});

describe.each([
  { kind: 'a proposal', wanted: job, flagAs: 'digest-task', mourned: false },
  { kind: 'an ask', wanted: () => job({ effect: 'ask-wish' }), flagAs: 'digest-task', mourned: false },
  { kind: 'a note', wanted: () => noteJob(1), flagAs: 'digest-task', mourned: true },
  { kind: 'a flag', wanted: () => flag(), flagAs: 'flag', mourned: false },
  { kind: 'a flag in a digest', wanted: () => flag(), flagAs: 'digest-task', mourned: false },
])('R18 $kind', ({ wanted, flagAs, mourned }) => {
  const at = (): Destination => destinationAt(epr.url, undefined, { flagAs });
  const about = (person: Partial<PersonSummary>): DeliveryJob => {
    const made = wanted();
    return { ...made, person: { uid: made.person.uid, keys: made.person.keys, ...person } };
  };

  it('R18 is written for the Patient with this local number', async () => {
    expect(await deliver(at(), wanted())).toMatchObject({ outcome: 'delivered', confirmed: true });
    expect(new Set(await written())).toEqual(new Set(['Patient/p1']));
  });

  it.each<[string, Partial<PersonSummary>]>([
    ['no NHS number', {}],
    ['an unverified NHS number', { nhsNumber: { value: '9990000018', verified: false } }],
    ['no birth date', { nhsNumber: { value: '9990000018', verified: true } }],
  ])('R18 is written for somebody with %s', async (_case, person) => {
    expect(await deliver(at(), about(person))).toMatchObject({ outcome: 'delivered' });
  });

  it('R18 takes the NHS number only where it is verified on both sides', async () => {
    const known = { nhsNumber: { value: '9990000018', verified: true } };
    await epr.load([{ ...patient, identifier: [nhsNumber('02')] }]);
    expect(await at().prepare(about(known), signal)).toMatchObject({ kind: 'identity/number-differs' });
    await epr.load([{ ...patient, identifier: [nhsNumber('01')] }]);
    expect(await at().prepare(about(known), signal)).toMatchObject({ outcome: 'ready' });
  });

  it.each<[string, Partial<Patient>, string]>([
    ['another birth date', { birthDate: '1979-01-01' }, 'identity/birth-date-differs'],
    ['another number', { identifier: [{ system: 'urn:s', value: 'X' }] }, 'identity/not-in-epr'],
    ['nobody’s any more', { active: false }, 'identity/inactive-in-epr'],
  ])('R18 is neither made nor taken back where the Patient has %s', async (_case, other, kind) => {
    await deliver(at(), wanted());
    const before = await written();
    await epr.load([{ ...patient, ...other }]);
    expect(await at().prepare(wanted(), signal)).toMatchObject({ outcome: 'refused', kind });
    expect(await at().prepare(withdrawn(wanted()), signal)).toMatchObject({ outcome: 'refused', kind });
    expect(await written()).toEqual(before);
  });

  it('R18 is written for the survivor of a merge, also what was rendered before it', async () => {
    const frozen = await bytesOf(at(), wanted());
    const link = [{ other: { reference: 'Patient/p2' }, type: 'replaced-by' } as const];
    await epr.load([
      { ...patient, id: 'p2' },
      { ...patient, active: false, link },
    ]);
    expect(await at().prepare({ ...wanted(), frozen }, signal)).toEqual({ outcome: 'readdressed' });
    await deliver(at(), wanted());
    expect(new Set(await written())).toEqual(new Set(['Patient/p2']));
    await epr.load([{ ...patient, id: 'p2', birthDate: '1979-01-01' }]);
    expect(await at().prepare({ ...wanted(), frozen }, signal)).toMatchObject({ outcome: 'refused' });
  });

  it(`R18 is ${mourned ? 'still filed' : 'not made'} for somebody who has died, and is taken back all the same`, async () => {
    const frozen = await bytesOf(at(), wanted());
    await epr.load([{ ...patient, deceasedDateTime: '2026-02-28' }]);
    const outcome = mourned ? 'ready' : 'nothing-to-do';
    expect(await at().prepare(wanted(), signal)).toMatchObject({ outcome });
    expect(await at().prepare({ ...wanted(), frozen }, signal)).toMatchObject({ outcome });
    await at().send(wanted(), frozen, signal);
    expect(await deliver(at(), withdrawn(wanted()))).toMatchObject({ outcome: 'delivered' });
  });
});
