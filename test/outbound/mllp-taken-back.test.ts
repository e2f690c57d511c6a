// Notes behind a TIE that are taken back or corrected while not everything of them has gone out: what stands in the record
// there must be what its author last said, and nothing that the receiver never got may be spoken of.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { DeliverDeps } from '../../src/pipeline/deliver.ts';
import { startTie } from '../../src/sandbox/tie/tie.ts';
import type { Tie, TieSettings } from '../../src/sandbox/tie/tie.ts';
import { cancelEffect } from '../../src/store/effects.ts';
import { delivering } from '../pipeline/scripted-destination.ts';
import { freshStore } from '../support/database.ts';
import type { FreshStore } from '../support/database.ts';
import { adt, mergeMessage, testPerson } from '../support/epr-messages.ts';
import { noteLine, written } from '../support/notes.ts';
import type { NoteLine } from '../support/notes.ts';
import { destinationAt } from './mllp-fixture.ts';

const amara = testPerson(1);
const operator = { kind: 'operator', name: 'asha' } as const;
const author = { system: 'https://rzz.example/Id/staff', value: 'ES7', name: 'Jo Marsh' };
const contact = (summary: string): object => ({
  kind: 'contact',
  person: { system: 'https://rzz.example/Id/patient', value: amara.local },
  author,
  date: '2026-11-02',
  summary,
});
const mistake = { reason: 'about somebody else', author };

describe('a note over MLLP of which not everything has gone out', () => {
  let fresh: FreshStore;
  let line: ReturnType<typeof delivering>;
  let notes: NoteLine;
  const open: { close?(): Promise<void> }[] = [];

  beforeEach(async () => {
    fresh = await freshStore();
    line = delivering(fresh.store);
    notes = noteLine(fresh.store);
    await line.hear(adt(amara, { controlId: 'a' }));
  });
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close?.();
    await fresh.drop();
  });

  const write = async (request: object): Promise<void> => {
    await notes.write([request]);
    await notes.run();
    await sql`update outbox set lane = 0`.execute(fresh.store.other);
  };
  const using = (port: number): DeliverDeps => {
    const destination = destinationAt(port, { receiverRemovesDuplicates: true });
    open.unshift(destination);
    return line.deps({}, { destination: { ...destination, id: 'epr' } });
  };
  const engine = async (settings: Partial<TieSettings> = {}): Promise<Tie> => {
    const tie = await startTie({ port: 0, seed: 1, filesAfterMs: 1, ...settings });
    open.push(tie);
    return tie;
  };
  const work = async (deps: DeliverDeps): Promise<void> => {
    for (let round = 0; round < 30; round += 1) {
      await line.hurry();
      const [sent, asked] = [await line.deliver(deps), await line.ask(deps)];
      if (!sent && !asked) return;
    }
  };
  const standing = async (tie: Tie): Promise<string[]> => {
    await tie.settled();
    return tie.documents().map(({ state }) => state);
  };

  it('taken back while its correction waits: what is cancelled is the version that went out', async () => {
    const tie = await engine();
    const deps = using(tie.port);
    await write(written.create('n', contact('Met at the library.')));
    await work(deps);
    await write(written.amend('n', contact('Met at the college.')));
    await write(written.withdraw('n', mistake));
    await work(deps);
    expect([await standing(tie), tie.problems]).toEqual([['cancelled'], []]);
  });

  it('taken back while it waits to be sent again, after an acknowledgement that was lost: it is cancelled there', async () => {
    const tie = await engine({ faults: () => 'lost-acknowledgement' });
    await write(written.create('n', contact('Met at the library.')));
    const deps = using(tie.port);
    await line.deliver(deps);
    expect(await standing(tie)).toEqual(['standing']);
    await line.hurry();
    await line.ask(deps);
    expect((await line.rows()).map(({ state }) => state)).toEqual(['pending']);
    const away = using(1);
    await line.deliver(away);
    await write(written.withdraw('n', mistake));
    const well = await engine({ port: 0 });
    await work(using(well.port));
    expect((await line.rows()).map(({ state }) => state)).toEqual(['delivered', 'delivered']);
    expect(await standing(well)).toEqual(['cancelled']);
  });

  it('is not written for a survivor while a copy may stand with the person merged: somebody has to look', async () => {
    const tie = await engine({ faults: () => 'lost-acknowledgement' });
    const deps = using(tie.port);
    await write(written.create('n', contact('Met at the library.')));
    await line.deliver(deps);
    await line.hurry();
    await line.ask(deps);
    await line.hear(mergeMessage(testPerson(2), amara, 'm'));
    await work(deps);
    expect(await line.rows()).toMatchObject([
      { state: 'held', inDoubt: true, kind: 'delivery/lost-acknowledgement' },
    ]);
    expect(tie.messages).toHaveLength(1);
  });

  it('a correction of what was given up before it was sent is a new document', async () => {
    const tie = await engine();
    const deps = using(tie.port);
    await write(written.create('n', contact('Met at the library.')));
    const [first] = await line.rows();
    await cancelEffect(fresh.store, first?.id ?? 0, operator, 'wrong words', new Date());
    await write(written.amend('n', contact('Met at the college.')));
    await work(deps);
    expect([await standing(tie), tie.problems]).toEqual([['standing'], []]);
  });

  it('a correction of a correction that was given up replaces the version that went out', async () => {
    const tie = await engine();
    const deps = using(tie.port);
    await write(written.create('n', contact('Met at the library.')));
    await work(deps);
    await write(written.amend('n', contact('Met at the college.')));
    const [, second] = await line.rows();
    await cancelEffect(fresh.store, second?.id ?? 0, operator, 'wrong words', new Date());
    await write(written.amend('n', contact('Met at home.')));
    await work(deps);
    expect([await standing(tie), tie.problems]).toEqual([['replaced', 'standing'], []]);
  });
});
