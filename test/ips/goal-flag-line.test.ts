// An open flag in the real line: from the message that ends it to its row in the outbox.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { deriveFacts } from '../../src/ips/facts.ts';
import { flagDecision, judgeGoal } from '../../src/ips/goal-flag.ts';
import { ownRows, writeDecided } from '../../src/pipeline/decided.ts';
import { ownSource } from '../../src/record/person.ts';
import { inTransaction } from '../../src/store/database.ts';
import { personByKey } from '../../src/store/persons.ts';
import { loadRecords } from '../../src/store/record.ts';
import { freshStore } from '../support/database.ts';
import type { FreshStore } from '../support/database.ts';
import { adt, mergeMessage, testPerson } from '../support/epr-messages.ts';
import type { TestPerson } from '../support/epr-messages.ts';
import { processing } from '../support/processing.ts';
import type { Processing } from '../support/processing.ts';

describe('an open flag in the line', () => {
  const [amara, bela] = [testPerson(1), testPerson(2)];
  const care = (text: string): string => `ZCP|1|CP1|CARE^Care plan|20250601||${text}`;
  let fresh: FreshStore;
  let line: Processing;

  beforeEach(async () => {
    fresh = await freshStore();
    line = processing(fresh.store);
  });
  afterEach(() => fresh.drop());

  const goalMessage = (person: TestPerson, event: string, text: string): Buffer =>
    Buffer.from(
      [
        `MSH|^~\\&|EPR|RZZ|IPS-BRIDGE|RZZ|20261001120000||PGL^${event}^PGL_PC6|${event}${text.length}|P|2.4||||||UNICODE`,
        `PID|1||${person.local}^^^RZZ^PI||${person.family}^Amara^^^^^L||${person.birthDate}|2`,
        `GOL|${event === 'PC8' ? 'DE' : 'AD'}|20261001|^${text}|G1|||20261001`,
      ].join('\r'),
    );

  /** Flags a person as the sweep does; what was judged. */
  async function sweep(person: TestPerson): Promise<string> {
    const id = (await personByKey(fresh.store, { system: 'https://rzz.example/Id/patient', value: person.local }))!;
    return inTransaction(fresh.store, async (tx) => {
      const record = (await loadRecords(tx, [id])).get(id)!;
      const at = new Date(Math.max(...record.rows.map((row) => row.at.getTime())));
      const facts = deriveFacts(record, { ...line.current.facts, at });
      const judged = judgeGoal(facts);
      const decision = judged.outcome === 'flag' ? flagDecision(record.uid, facts, judged, 'hash') : undefined;
      if (decision === undefined) return judged.outcome;
      const rows = ownRows(record, [decision], at).map((row) => ({ ...row, person: id, source: ownSource, inboxRow: undefined }));
      await writeDecided(tx, rows, [{ decision, person: id, inboxRow: undefined, at }], line.current);
      return 'flag';
    });
  } // prettier-ignore

  async function after(...messages: readonly Buffer[]): Promise<string[]> {
    await line.receive(messages.map((message) => [message]));
    await line.run();
    return line.effects();
  }

  it('is dropped when an answer comes by OBX, also a "no"', async () => {
    await after(adt(amara, { controlId: '1', extra: [care('Sleep better')] }));
    expect(await sweep(amara)).toBe('flag');
    expect(await line.effects()).toEqual(['make pending']);
    expect(await after(adt(amara, { controlId: '2', answer: ['NO', '20261002'] }))).toEqual([
      'make superseded',
    ]);
    expect(await sweep(amara)).toBe('answer-recorded');
  });

  it('is dropped when a goal message comes, and made anew when the goal is deleted', async () => {
    await after(adt(amara, { controlId: '1', extra: [care('Sleep better')] }));
    await sweep(amara);
    expect(await after(goalMessage(amara, 'PC6', 'Find paid work'))).toEqual(['make superseded']);
    expect(await sweep(amara)).toBe('goal-recorded');
    await after(goalMessage(amara, 'PC8', 'Find paid work'));
    expect(await sweep(amara)).toBe('flag');
    expect(await line.effects()).toEqual(['make superseded', 'make pending']);
  });

  it('R51 somebody known by a goal message only does not pass as known to be unrestricted', async () => {
    await after(goalMessage(bela, 'PC6', 'Sleep better'));
    const id = (await personByKey(fresh.store, {
      system: 'https://rzz.example/Id/patient',
      value: bela.local,
    }))!;
    const record = (await loadRecords(fresh.store, [id])).get(id)!;
    const { restricted, age } = deriveFacts(record, { ...line.current.facts, at: new Date() });
    expect([restricted.state, age.state]).toEqual(['not-known', 'not-known']);
  });

  it('is dropped when the plan itself says a goal, and not when it is sent again as it was', async () => {
    await after(adt(amara, { controlId: '1', extra: [care('Sleep better')] }));
    await sweep(amara);
    expect(await after(adt(amara, { controlId: '2', extra: [care('')] }))).toEqual(['make pending']);
    expect(await after(adt(amara, { controlId: '3', extra: [care('Keep my job')] }))).toEqual([
      'make superseded',
    ]);
  });

  it('a wish makes the proposal and drops the flag by the same message', async () => {
    await after(adt(amara, { controlId: '1', extra: [care('Sleep better')] }));
    await sweep(amara);
    const effects = await after(adt(amara, { controlId: '2', answer: ['PAID', '20261002'] }));
    expect(effects).toEqual(['make superseded', 'make pending']);
  });

  it('R12 flags of two people who are one follow the survivor, and the earliest stands', async () => {
    await after(adt(amara, { controlId: '1', extra: [care('Sleep better')] }), adt(bela, { controlId: '2', extra: [care('See friends')] }));
    expect([await sweep(amara), await sweep(bela)]).toEqual(['flag', 'flag']);
    expect((await after(mergeMessage(amara, bela, '3'))).toSorted()).toEqual(['make pending', 'make superseded']);
    expect(await sweep(amara)).toBe('flag-open');
    expect(await after(goalMessage(amara, 'PC6', 'Find paid work'))).toEqual(['make superseded', 'make superseded']);
  }); // prettier-ignore

  it('R12 a flag and a proposal of two people who are one: only the proposal stays open', async () => {
    await after(
      adt(amara, { controlId: '1', extra: [care('Sleep better')] }),
      adt(bela, { controlId: '2', answer: ['PAID', '20260901'] }),
    );
    expect(await sweep(amara)).toBe('flag');
    expect((await line.effects()).toSorted()).toEqual(['make pending', 'make pending']);
    // The wish that was recorded for one of them is an answer of both.
    expect((await after(mergeMessage(amara, bela, '3'))).toSorted()).toEqual(['make pending', 'make superseded']);
    expect(await sweep(amara)).toBe('answer-recorded');
  }); // prettier-ignore

  it('a flag that was cleared is not brought back by an old message that is replayed or sent again', async () => {
    const old = adt(amara, { controlId: '1', extra: [care('Sleep better')] });
    await after(old);
    await sweep(amara);
    const cleared = await after(adt(amara, { controlId: '2', answer: ['NO', '20261002'], extra: [care('Sleep better')] }));
    expect(cleared).toEqual(['make superseded']);
    await line.receive([[old, new Date('2026-10-01T12:00:00Z')], [adt(amara, { controlId: '3', extra: [care('Sleep better')] })]]);
    await line.run();
    expect(await sweep(amara)).toBe('answer-recorded');
    expect(await line.effects()).toEqual(['make superseded']);
  }); // prettier-ignore

  it('after a merge a new spell has a key of its own, whoever of the two was flagged before', async () => {
    await after(adt(amara, { controlId: '1', extra: [care('Sleep better')] }), adt(bela, { controlId: '2', extra: [care('Sleep better').replace('CP1', 'CP2')] }));
    expect([await sweep(amara), await sweep(bela)]).toEqual(['flag', 'flag']);
    await after(mergeMessage(amara, bela, '3'));
    await after(goalMessage(amara, 'PC6', 'Find paid work'));
    await after(goalMessage(amara, 'PC8', 'Find paid work'));
    expect(await sweep(amara)).toBe('flag');
    expect((await line.effects()).toSorted()).toEqual(['make pending', 'make superseded', 'make superseded']);
    expect(await sweep(amara)).toBe('flag-open');
  }); // prettier-ignore
});
