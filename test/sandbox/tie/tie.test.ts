// The sandbox's integration engine, by the destination that talks to it: what it takes, refuses, files and forgets.
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Destination } from '../../../src/pipeline/destination.ts';
import { startTie } from '../../../src/sandbox/tie/tie.ts';
import type { Tie, TieFault, TieSettings } from '../../../src/sandbox/tie/tie.ts';
import { bytesOf, deliver, destinationAt, documentNumber, noteJob, noteOf, signal } from '../../outbound/mllp-fixture.ts'; // prettier-ignore
import { steadyPort } from '../../support/ports.ts';

const open: { close?(): Promise<void> }[] = [];

async function started(settings: Partial<TieSettings> = {}): Promise<{ tie: Tie; to: Destination }> {
  const tie = await startTie({ port: await steadyPort(), seed: 7, filesAfterMs: 5, ...settings });
  const to = destinationAt(tie.port, { receiverRemovesDuplicates: settings.removesDuplicates ?? true });
  open.unshift(to, tie);
  return { tie, to };
}

afterEach(async () => {
  for (const one of open.splice(0)) await one.close?.();
});

const amendment = noteJob({ revision: 2, note: noteOf(2, 'Met at the college.') });
const withdrawal = noteJob({ revision: 3, note: noteOf(2, 'Met at the college.') }, { action: 'withdraw' });

describe('the synthetic TIE', () => {
  it('acknowledges a message before the record has it, and files it a little later', async () => {
    const { tie, to } = await started({ filesAfterMs: 300 });
    expect((await deliver(to, noteJob())).outcome).toBe('delivered');
    expect(tie.documents()).toEqual([]);
    await tie.settled();
    expect(tie.documents()).toEqual([
      {
        number: documentNumber(1),
        person: 'R0001234',
        type: 'IPS-CONTACT',
        author: 'E0042',
        text: 'Met at the library.',
        controlId: tie.messages[0]?.controlId,
        state: 'standing',
      },
    ]);
  });

  it('knows which document was replaced and which was cancelled', async () => {
    const { tie, to } = await started();
    await deliver(to, noteJob());
    await deliver(to, amendment);
    await tie.settled();
    expect(tie.documents().map(({ number, state, text }) => [number, state, text])).toEqual([
      [documentNumber(1), 'replaced', 'Met at the library.'],
      [documentNumber(2), 'standing', 'Met at the college.'],
    ]);
    await deliver(to, withdrawal);
    await tie.settled();
    expect(tie.documents().map(({ state }) => state)).toEqual(['replaced', 'cancelled']);
    expect([tie.messages.map(({ event }) => event), tie.problems]).toEqual([['T02', 'T10', 'T11'], []]);
  });

  it('says what it could not file: a cancellation of what does not stand', async () => {
    const { tie, to } = await started();
    await deliver(to, withdrawal);
    await tie.settled();
    expect(tie.problems).toEqual([expect.stringContaining('cancels what does not stand')]);
  });

  it.each([
    [true, 1],
    [false, 2],
  ])('with duplicates removed: %s, a second copy leaves %d documents', async (removesDuplicates, count) => {
    const { tie, to } = await started({ removesDuplicates });
    const bytes = await bytesOf(to, noteJob());
    await to.send(noteJob(), bytes, signal);
    await to.send(noteJob({ frozen: bytes }), bytes, signal);
    await tie.settled();
    expect([tie.messages.length, tie.documents().length]).toEqual([2, count]);
  });

  it('refuses about its share, the same one for the same seed, some for good and some for the moment', async () => {
    const outcomes = async (): Promise<string[]> => {
      const { to } = await started({ refuse: 0.3 });
      const all: string[] = [];
      for (let revision = 1; revision <= 40; revision += 1) {
        all.push((await deliver(to, noteJob({ revision }))).outcome);
      }
      return all;
    };
    const [one, again] = [await outcomes(), await outcomes()];
    expect(again).toEqual(one);
    const refused = one.filter((outcome) => outcome !== 'delivered');
    expect(new Set(refused)).toEqual(new Set(['transient', 'permanent']));
    expect(refused.length).toBeGreaterThan(5);
    expect(refused.length).toBeLessThan(20);
  });

  it.each<[TieFault, string, number]>([
    ['lost-acknowledgement', 'ambiguous', 1],
    ['lost-message', 'ambiguous', 0],
    ['silence', 'ambiguous', 0],
  ])('%s: the sender finds it %s, and %d documents are filed', async (fault, outcome, count) => {
    const { tie, to } = await started({ faults: () => fault });
    expect((await deliver(to, noteJob())).outcome).toBe(outcome);
    await tie.settled();
    expect(tie.documents()).toHaveLength(count);
    tie.setFaults(undefined);
    expect((await deliver(to, noteJob())).outcome).toBe('delivered');
    await tie.settled();
    expect(tie.documents()).toHaveLength(1);
  });

  it('can be shut and opened again', async () => {
    const { tie, to } = await started();
    await deliver(to, noteJob());
    await tie.shut();
    // Whether a byte had left before the end of the connection was noticed is for the system to say.
    const refused = await deliver(to, amendment);
    expect(['transient', 'ambiguous']).toContain(refused.outcome);
    expect(refused).toMatchObject({ pausesDestination: true });
    await tie.open();
    expect((await deliver(to, amendment)).outcome).toBe('delivered');
  });
});
