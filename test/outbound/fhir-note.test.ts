// Progress notes in the sandbox's EPR: filed once, amended, taken back.
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Resource } from '@medplum/fhirtypes';
import fc from 'fast-check';
import { startEpr } from '../../src/sandbox/epr/epr.ts';
import type { Epr } from '../../src/sandbox/epr/epr.ts';
import { scriptedFaults } from '../../src/sandbox/epr/faults.ts';
import type { Destination } from '../../src/pipeline/destination.ts';
import { bytesOf, canaries, deliver, destinationAt, job, people, signal } from './destination-fixture.ts';
import { noteIdentifier, noteJob, noteWithdrawal, specialist } from './note-fixture.ts';

const robin: Resource = { resourceType: 'Practitioner', id: 'robin', identifier: [specialist] };
const golden = new URL('golden/contact-note.json', import.meta.url);

let epr: Epr;
let destination: Destination;
const started: Epr[] = [];
const start = async (settings: object = {}) => {
  const one = await startEpr({ port: 0, ...settings });
  started.push(one);
  await one.load([...people, robin]);
  return one;
};
beforeEach(async () => {
  epr = await start();
  destination = destinationAt(epr.url);
});
afterEach(async () => {
  for (const each of started.splice(0)) await each.close();
});

const notes = () => epr.resources('DocumentReference');
/** The note of one version, as it stands. */
const standing = async (version: number) =>
  (await notes()).find(({ identifier }) => identifier?.[0]?.value === noteIdentifier(version).value);

describe('a note', () => {
  it('is a DocumentReference about the right Patient, by its author, read back', async () => {
    const delivery = await deliver(destination, noteJob(1));
    const [note, ...more] = await notes();
    expect(more).toEqual([]);
    expect(delivery).toEqual({
      outcome: 'delivered',
      confirmed: true,
      references: [`DocumentReference/${note?.id}`],
    });
    expect(note).toMatchObject({
      status: 'current',
      subject: { reference: 'Patient/p1' },
      author: [{ reference: 'Practitioner/robin', identifier: specialist, display: 'Robin Ade' }],
    });
  });

  it('is what the golden sample shows, on the wire', async () => {
    const sent = `${JSON.stringify(JSON.parse((await bytesOf(destination, noteJob(1))).toString()), null, 2)}\n`;
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, sent);
    expect(sent).toBe(readFileSync(golden, 'utf8'));
  });

  it('is made once, however often it is sent', async () => {
    const bytes = await bytesOf(destination, noteJob(1));
    const first = await destination.send(noteJob(1), bytes, signal);
    expect(await destination.send(noteJob(1), bytes, signal)).toEqual(first);
    expect(await notes()).toHaveLength(1);
  });

  it.each([
    ['has left', { ...robin, active: false }],
    ['is another two', { ...robin, id: 'other' }],
    ['has another number', { ...robin, identifier: [] }],
  ])('waits for no author who %s: they stay its author, by number', async (_case, other) => {
    await epr.load([other]);
    expect(await deliver(destination, noteJob(1))).toMatchObject({ outcome: 'delivered', confirmed: true });
    const [author] = (await standing(1))?.author ?? [];
    expect(author).toEqual({ type: 'Practitioner', identifier: specialist, display: 'Robin Ade' });
  });

  it('R22 comes back as it was written, whatever characters it holds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1 }), async (text) => {
        const fresh = await startEpr({ port: 0 });
        try {
          await fresh.load(people);
          const other = destinationAt(fresh.url);
          expect(await deliver(other, noteJob(1, text))).toMatchObject({ confirmed: true });
          const [note] = await fresh.resources('DocumentReference');
          const bytes = Buffer.from(note?.content[0]?.attachment.data ?? '', 'base64');
          expect(bytes.toString('utf8')).toBe(Buffer.from(text, 'utf8').toString('utf8'));
        } finally {
          await fresh.close();
        }
      }),
      { numRuns: 25, examples: [['| ^ ~ \\ & \r \u000b \u001c 🧵 e\u0301 \u202e'], ['\0']] },
    );
  });

  it('R38 leaves nothing of it, nor of the person, in a URL or a message', async () => {
    const told: unknown[] = [await deliver(destination, noteJob(1))];
    const bytes = await bytesOf(destination, noteJob(2));
    await epr.load([{ ...(await standing(1))!, subject: { reference: 'Patient/p9' } }]);
    for (const fault of [{ kind: 'lost-reply' }, { kind: 'status', status: 422 }] as const) {
      epr.setFaults(scriptedFaults([{ times: 9, fault }]));
      told.push(await destination.send(noteJob(2), bytes, signal));
      told.push(
        await destination.prepare(noteJob(2), signal),
        await destination.ask(noteJob(2), bytes, signal),
      );
    }
    epr.setFaults(undefined);
    told.push(await destination.send(noteJob(1), await bytesOf(destination, noteJob(1)), signal));
    const text = JSON.stringify([told, epr.requests]);
    expect(text).toContain('read-back-differs');
    for (const canary of [...canaries, specialist.value, 'library', 'Robin'])
      expect(text).not.toContain(canary);
    expect(epr.requests.filter(({ query }) => query)).toEqual([]);
  });

  it('is held where the record does not have it', async () => {
    expect(await destination.prepare(job(noteJob(1).decision), signal)).toMatchObject({
      kind: 'internal/note-missing',
    });
  });
});

describe('an amended note', () => {
  it('replaces the last version that stands, where those in between never arrived', async () => {
    await deliver(destination, noteJob(1));
    expect(await deliver(destination, noteJob(3, 'Met at home.'))).toMatchObject({ outcome: 'delivered' });
    const first = await standing(1);
    expect(first).toMatchObject({ status: 'superseded' });
    const target = { reference: `DocumentReference/${first?.id}`, identifier: noteIdentifier(1) };
    expect((await standing(3))?.relatesTo).toMatchObject([{ code: 'replaces', target }]);
  });

  it('replaces the version before, which is superseded in the same transaction', async () => {
    await deliver(destination, noteJob(1));
    const sent = epr.requests.length;
    expect(await deliver(destination, noteJob(2, 'Met at the library, wrote a CV.'))).toMatchObject({
      outcome: 'delivered',
      confirmed: true,
    });
    expect(epr.requests.slice(sent).filter(({ path }) => path === '/')).toHaveLength(1);
    const first = await standing(1);
    expect(first).toMatchObject({ status: 'superseded', subject: { reference: 'Patient/p1' } });
    expect(await standing(2)).toMatchObject({
      status: 'current',
      docStatus: 'amended',
      relatesTo: [{ code: 'replaces', target: { reference: `DocumentReference/${first?.id}` } }],
    });
  });

  it('stands alone where the version before never arrived', async () => {
    await deliver(destination, noteJob(2));
    expect(await notes()).toHaveLength(1);
    expect((await standing(2))?.relatesTo).toBeUndefined();
  });

  it('leaves a version that somebody marked as an error as it is', async () => {
    await deliver(destination, noteJob(1));
    await epr.load([{ ...(await standing(1))!, status: 'entered-in-error' }]);
    expect(await deliver(destination, noteJob(2))).toMatchObject({ outcome: 'delivered', confirmed: true });
    expect(await standing(1)).toMatchObject({ status: 'entered-in-error' });
  });

  it.each([409, 412] as const)(
    'R16 is decided again where the version before was changed in between (%s), and overwrites nothing',
    async (conflictStatus) => {
      epr = await start({ conflictStatus });
      destination = destinationAt(epr.url);
      await deliver(destination, noteJob(1));
      const bytes = await bytesOf(destination, noteJob(2));
      await epr.load([{ ...(await standing(1))!, description: 'seen by the ward' }]);
      expect(await destination.send(noteJob(2), bytes, signal)).toMatchObject({ outcome: 'stale' });
      expect(await notes()).toHaveLength(1);
      await deliver(destination, noteJob(2));
      expect(await standing(1)).toMatchObject({ status: 'superseded', description: 'seen by the ward' });
    },
  );

  it('R14 is found, both versions of it, when the reply was lost', async () => {
    await deliver(destination, noteJob(1));
    const bytes = await bytesOf(destination, noteJob(2));
    expect(await destination.ask(noteJob(2), bytes, signal)).toEqual({ outcome: 'not-landed' });
    epr.setFaults(scriptedFaults([{ method: 'POST', path: '/', fault: { kind: 'lost-reply' } }]));
    expect(await destination.send(noteJob(2), bytes, signal)).toMatchObject({ outcome: 'ambiguous' });
    const ids = [(await standing(2))?.id, (await standing(1))?.id];
    expect(await destination.ask(noteJob(2), bytes, signal)).toEqual({
      outcome: 'landed',
      references: ids.map((id) => `DocumentReference/${id}`),
    });
  });
});

describe('a note taken back', () => {
  it('is entered in error, every version of it that stands', async () => {
    await deliver(destination, noteJob(1));
    await deliver(destination, noteJob(2));
    expect(await deliver(destination, noteWithdrawal(3))).toMatchObject({
      outcome: 'delivered',
      confirmed: true,
    });
    const error = { status: 'entered-in-error', docStatus: 'entered-in-error' };
    expect(await notes()).toMatchObject([error, error]);
    expect(await destination.prepare(noteWithdrawal(3), signal)).toMatchObject({ outcome: 'nothing-to-do' });
  });

  it('has nothing to do where nothing was filed', async () => {
    expect(await destination.prepare(noteWithdrawal(1), signal)).toMatchObject({ outcome: 'nothing-to-do' });
  });

  it('R16 is decided again where somebody changed the note in between', async () => {
    await deliver(destination, noteJob(1));
    const bytes = await bytesOf(destination, noteWithdrawal(1));
    await epr.load([{ ...(await standing(1))!, description: 'seen by the ward' }]);
    expect(await destination.send(noteWithdrawal(1), bytes, signal)).toMatchObject({ outcome: 'stale' });
    expect(await standing(1)).toMatchObject({ status: 'current' });
  });

  it('R14 is found when the reply was lost', async () => {
    await deliver(destination, noteJob(1));
    const bytes = await bytesOf(destination, noteWithdrawal(1));
    epr.setFaults(scriptedFaults([{ method: 'POST', path: '/', fault: { kind: 'lost-reply' } }]));
    expect(await destination.send(noteWithdrawal(1), bytes, signal)).toMatchObject({ outcome: 'ambiguous' });
    expect(await destination.ask(noteWithdrawal(1), bytes, signal)).toMatchObject({ outcome: 'landed' });
  });
});
