// Notes from the inbox to the record behind a TIE: the real line, a real database, a real socket. What is lost on the way,
// refused, or merged in between, and how often it stands there in the end.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { DeliverDeps } from '../../src/pipeline/deliver.ts';
import type { Destination } from '../../src/pipeline/destination.ts';
import { startTie } from '../../src/sandbox/tie/tie.ts';
import type { Tie, TieSettings } from '../../src/sandbox/tie/tie.ts';
import { pauses } from '../../src/store/delivery.ts';
import { replayEffect } from '../../src/store/effects.ts';
import { delivering } from '../pipeline/scripted-destination.ts';
import { freshStore } from '../support/database.ts';
import type { FreshStore } from '../support/database.ts';
import { adt, mergeMessage, testPerson } from '../support/epr-messages.ts';
import { noteLine, written } from '../support/notes.ts';
import type { NoteLine } from '../support/notes.ts';
import { steadyPort } from '../support/ports.ts';
import { destinationAt, scriptedTie } from './mllp-fixture.ts';

const [amara, bela] = [testPerson(1), testPerson(2)];
const author = { system: 'https://rzz.example/Id/staff', value: 'ES7', name: 'Jo Marsh' };
const contact = (local: string, summary: string): object => ({
  kind: 'contact',
  person: { system: 'https://rzz.example/Id/patient', value: local },
  author,
  date: '2026-11-02',
  summary,
});

describe('notes over MLLP', () => {
  let fresh: FreshStore;
  let line: ReturnType<typeof delivering>;
  let notes: NoteLine;
  const open: { close?(): Promise<void> }[] = [];

  beforeEach(async () => {
    fresh = await freshStore();
    line = delivering(fresh.store);
    notes = noteLine(fresh.store);
    await line.hear(adt(amara, { controlId: 'a' }), adt(bela, { controlId: 'b' }));
  });
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close?.();
    await fresh.drop();
  });

  /** As the service has it: one lane for the whole destination. */
  const write = async (...requests: readonly (readonly [object, Date?])[]): Promise<void> => {
    await notes.write(...requests);
    await notes.run();
    await sql`update outbox set lane = 0`.execute(fresh.store.other);
  };
  const using = (port: number, removesDuplicates = true): DeliverDeps => {
    const destination: Destination = destinationAt(port, { receiverRemovesDuplicates: removesDuplicates });
    open.unshift(destination);
    return line.deps({}, { destination: { ...destination, id: 'epr' } });
  };
  const engine = async (settings: Partial<TieSettings> = {}): Promise<Tie> => {
    const tie = await startTie({ port: await steadyPort(), seed: 1, filesAfterMs: 1, ...settings });
    open.push(tie);
    return tie;
  };
  /** Sends and asks until nothing is left to do now. */
  const work = async (deps: DeliverDeps): Promise<void> => {
    for (let round = 0; round < 30; round += 1) {
      await line.hurry();
      const [sent, asked] = [await line.deliver(deps), await line.ask(deps)];
      if (!sent && !asked) return;
    }
  };
  const states = async (): Promise<string[]> =>
    (await line.rows()).map(({ state, kind }) => (state === 'held' ? `held ${kind ?? ''}` : state));

  it('a note, its amendment and its withdrawal reach the record in this order, under the right person', async () => {
    const tie = await engine();
    await write(
      [written.create('n', contact(amara.local, 'Met at the library.'))],
      [written.amend('n', contact(amara.local, 'Met at the college.'))],
      [written.create('m', contact(bela.local, 'Rang.'))],
    );
    await work(using(tie.port));
    await tie.settled();
    expect(tie.documents().map(({ person, state }) => `${person} ${state}`)).toEqual([
      `${amara.local} replaced`,
      `${amara.local} standing`,
      `${bela.local} standing`,
    ]);
    expect(tie.documents().map(({ text }) => text.includes('Met at the college.'))).toEqual([
      false,
      true,
      false,
    ]);
    await write([written.withdraw('n', { reason: 'about somebody else', author })]);
    await work(using(tie.port));
    await tie.settled();
    expect(tie.documents().map(({ state }) => state)).toEqual(['replaced', 'cancelled', 'standing']);
    expect([await states(), tie.problems]).toEqual([Array(4).fill('delivered'), []]);
  });

  it('R21 an acknowledgement that is lost: the same bytes again, and one document, where duplicates are removed', async () => {
    let lost = 0;
    const tie = await engine({ faults: () => ((lost += 1) === 1 ? 'lost-acknowledgement' : undefined) });
    await write([written.create('n', contact(amara.local, 'Rang.'))]);
    await work(using(tie.port));
    await tie.settled();
    expect([await states(), tie.documents().length]).toEqual([['delivered'], 1]);
    expect(new Set(tie.messages.map(({ controlId }) => controlId)).size).toBe(1);
    expect(tie.messages).toHaveLength(2);
  });

  it('R21 where duplicates are not removed it is held after one copy, and the next note goes on', async () => {
    let lost = 0;
    const tie = await engine({
      removesDuplicates: false,
      faults: () => ((lost += 1) === 1 ? 'lost-acknowledgement' : undefined),
    });
    await write(
      [written.create('n', contact(amara.local, 'Rang.'))],
      [written.create('m', contact(amara.local, 'Rang again.'))],
    );
    await work(using(tie.port, false));
    await tie.settled();
    expect(await states()).toEqual(['held delivery/lost-acknowledgement', 'delivered']);
    expect(tie.documents()).toHaveLength(2);
  });

  it('R21 an operator who has looked and found nothing has the same bytes sent, once', async () => {
    let lost = 0;
    const tie = await engine({
      removesDuplicates: false,
      faults: () => ((lost += 1) === 1 ? 'lost-message' : undefined),
    });
    const deps = using(tie.port, false);
    await write([written.create('n', contact(amara.local, 'Rang.'))]);
    await work(deps);
    const [held] = await line.rows();
    expect([held?.inDoubt, tie.documents()]).toEqual([true, []]);
    const replay = (notReceived: boolean): Promise<boolean> =>
      replayEffect(fresh.store, held?.id ?? 0, { kind: 'operator', name: 'asha' }, new Date(), notReceived);
    await replay(false);
    await work(deps);
    expect(await states()).toEqual(['held delivery/lost-acknowledgement']);
    await replay(true);
    await work(deps);
    await tie.settled();
    expect([await states(), tie.documents().length]).toEqual([['delivered'], 1]);
    expect(new Set(tie.messages.map(({ controlId }) => controlId)).size).toBe(1);
  });

  it('R21 what is refused for the moment is held after five tries and pauses nothing', async () => {
    const refusing = await scriptedTie((_message, reply) => reply('AE|*\rERR|^^^207&busy&HL70357'));
    open.push(refusing);
    await write([written.create('n', contact(amara.local, 'Rang.'))]);
    await work(using(refusing.port));
    expect(await states()).toEqual(['held delivery/ack-AE']);
    expect([refusing.received.length, await pauses(fresh.store)]).toEqual([5, []]);
    expect(new Set(refusing.received.map(({ bytes }) => bytes.toString())).size).toBe(1);
  });

  it('R21 what is refused for good is held at once; its amendment waits for it, and nobody else does', async () => {
    let refused = 0;
    const choosy = await scriptedTie((_message, reply) => reply((refused += 1) === 1 ? 'AR|*' : 'CA|*'));
    open.push(choosy);
    await write(
      [written.create('n', contact(amara.local, 'Rang.'))],
      [written.amend('n', contact(amara.local, 'Rang twice.'))],
      [written.create('m', contact(bela.local, 'Met.'))],
    );
    await work(using(choosy.port));
    expect(await states()).toEqual(['held delivery/ack-AR', 'pending', 'delivered']);
  });

  it('a person merged before the message left is written about under the survivor’s number', async () => {
    const tie = await engine();
    const deps = using(tie.port);
    await write([written.create('n', contact(amara.local, 'Rang.'))]);
    await tie.shut();
    await line.deliver(deps);
    await line.hear(mergeMessage(bela, amara, 'm'));
    await tie.open();
    await work(deps);
    await tie.settled();
    expect(tie.documents().map(({ person, state }) => `${person} ${state}`)).toEqual([
      `${bela.local} standing`,
    ]);
  });
});
