// A note that was filed is read back: the same bytes, about the same person, or an alarm.
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { DocumentReference } from '@medplum/fhirtypes';
import { startEpr } from '../../src/sandbox/epr/epr.ts';
import type { Epr } from '../../src/sandbox/epr/epr.ts';
import { scriptedFaults } from '../../src/sandbox/epr/faults.ts';
import type { Destination } from '../../src/pipeline/destination.ts';
import { bytesOf, deliver, destinationAt, patient, people, signal } from './destination-fixture.ts';
import { document, noteJob, noteWithdrawal } from './note-fixture.ts';

let epr: Epr;
let destination: Destination;
beforeEach(async () => {
  epr = await startEpr({ port: 0 });
  await epr.load([...people, { ...patient, id: 'p2', identifier: [] }]);
  destination = destinationAt(epr.url);
});
afterEach(() => epr.close());

const there = (more: Partial<DocumentReference> = {}): DocumentReference => ({
  ...document(1, 'Met at the library, looked at vacancies.'),
  id: 'n1',
  subject: { reference: 'Patient/p1' },
  ...more,
});
const alarm = { kind: 'delivery/read-back-differs' };
const otherText = { contentType: 'text/plain', data: Buffer.from('Somebody else').toString('base64') };

it.each([
  ['about another person', there({ subject: { reference: 'Patient/p2' } })],
  ['about nobody we can name', there({ subject: { display: 'somebody' } })],
  ['with other words', there({ content: [{ attachment: otherText }] })],
])(
  'a note that stands %s is an alarm, and stays in doubt, so that it can be taken back',
  async (_case, note) => {
    await epr.load([note]);
    const bytes = await bytesOf(destination, noteJob(1));
    const held = { outcome: 'permanent', inDoubt: true, ...alarm };
    expect(await destination.send(noteJob(1), bytes, signal)).toMatchObject(held);
    expect(await destination.ask(noteJob(1), bytes, signal)).toMatchObject({ outcome: 'unclear', ...alarm });
    expect(await deliver(destination, noteWithdrawal(1))).toMatchObject({ outcome: 'delivered' });
    expect(await epr.resources('DocumentReference')).toMatchObject([{ status: 'entered-in-error' }]);
  },
);

it('a note that the EPR moved to the survivor of a merge, or left with the person merged, is the same', async () => {
  const link = [{ other: { reference: 'Patient/p2' }, type: 'replaced-by' } as const];
  const bytes = await bytesOf(destination, noteJob(1));
  await epr.load([there({ subject: { reference: `${epr.url}/Patient/p2` } }), { ...patient, link }]);
  expect(await destination.send(noteJob(1), bytes, signal)).toMatchObject({ confirmed: true });
  expect(await destination.ask(noteJob(1), bytes, signal)).toMatchObject({ outcome: 'landed' });
});

it('a note that cannot be read just now, or whose text is kept elsewhere, is delivered and not confirmed', async () => {
  const bytes = await bytesOf(destination, noteJob(1));
  for (const fault of [{ kind: 'lost-reply' }, { kind: 'status', status: 404 }] as const) {
    epr.setFaults(scriptedFaults([{ method: 'GET', fault }]));
    expect(await destination.send(noteJob(1), bytes, signal)).toMatchObject({
      outcome: 'delivered',
      confirmed: false,
    });
  }
  const [note] = await epr.resources('DocumentReference');
  await epr.load([{ ...note!, content: [{ attachment: { url: `${epr.url}/Binary/1` } }] }]);
  expect(await destination.send(noteJob(1), bytes, signal)).toMatchObject({ confirmed: false });
  expect(await destination.ask(noteJob(1), bytes, signal)).toMatchObject({
    outcome: 'landed',
    confirmed: false,
  });
});

it('an update that the EPR took and did not carry out is an alarm', async () => {
  await deliver(destination, noteJob(1));
  const bytes = await bytesOf(destination, noteWithdrawal(1));
  const [note] = await epr.resources('DocumentReference');
  // Somebody sets it back between the write and the read; an EPR that ignores the status looks the same.
  epr.setFaults(({ method }) => {
    if (method === 'GET') void epr.load([note!]);
    return undefined;
  });
  expect(await destination.send(noteWithdrawal(1), bytes, signal)).toMatchObject({
    outcome: 'permanent',
    ...alarm,
  });
});
