// What a person wants, told again and again by an EPR that repeats itself: through MLLP, the record and the rules to
// what stands in the EPR in the end (R51, R52, R18; domain.md section 1).
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { proposalsOf, startLine, statusesOf } from '../support/line.ts';
import type { Line } from '../support/line.ts';
import { adt, eprOf, mergeMessage, testPerson } from '../support/epr-messages.ts';
import type { Said, TestPerson } from '../support/epr-messages.ts';

const people = Array.from({ length: 20 }, (_, index) => testPerson(index + 1));
const person = (number: number): TestPerson => people[number - 1] ?? testPerson(number);

let line: Line;
let sent = 0;
beforeAll(async () => {
  line = await startLine(people);
});
afterAll(() => line.close());

/** One A08 after another about one person; waits until what follows from the last is in the EPR. */
async function say(about: TestPerson, ...said: readonly Omit<Said, 'controlId'>[]): Promise<void> {
  const messages = said.map((one) => adt(about, { ...one, controlId: `W${String((sent += 1))}` }));
  await line.send(...messages);
  await line.settled();
}

const paid = { answer: ['PAID', '20260901'] } as const;
const no = { answer: ['NO', '20260915'] } as const;
const open = { requests: ['draft'], tasks: ['requested'] };
const revoked = { requests: ['revoked'], tasks: ['cancelled'] };
const nothing = { requests: [], tasks: [] };

describe('the same wish again', () => {
  it('R52 the same wish in twenty A08s makes one proposal and one Task', async () => {
    await say(person(1), ...Array.from({ length: 20 }, () => paid));
    expect(await statusesOf(line.epr, person(1))).toEqual(open);
  });

  it('R52 a decline takes the proposal back; the same wish again makes none, a newer wish makes one', async () => {
    await say(person(2), paid);
    expect(await statusesOf(line.epr, person(2))).toEqual(open);
    await say(person(2), no);
    expect(await statusesOf(line.epr, person(2))).toEqual(revoked);
    await say(person(2), paid, no, paid, paid);
    expect(await statusesOf(line.epr, person(2))).toEqual(revoked);
    await say(person(2), { answer: ['PAID', '20260920'] });
    expect(await statusesOf(line.epr, person(2))).toEqual({
      requests: ['revoked', 'draft'],
      tasks: ['cancelled', 'requested'],
    });
  });

  it('R52 an answer without a date is the same wish each time, and no new one after a decline', async () => {
    await say(person(3), { answer: ['PAID'] }, { answer: ['PAID'] }, { answer: ['PAID'] });
    expect(await statusesOf(line.epr, person(3))).toEqual(open);
    await say(person(3), { answer: ['NO'] });
    await say(person(3), { answer: ['PAID'] }, { answer: ['PAID'] });
    expect(await statusesOf(line.epr, person(3))).toEqual(revoked);
  });

  it('R52 a change of team, of status or of the message’s own date is no new wish', async () => {
    await say(
      person(4),
      paid,
      { ...paid, at: '20290101000000' },
      { ...paid, status: ['02', '20260910'] },
      { ...paid, extra: ['ZTM|2|TR-MORE|EIP^Team|20260901|'] },
    );
    expect(await statusesOf(line.epr, person(4))).toEqual(open);
  });

  it('a wish and a decline before anything was sent leave nothing behind', async () => {
    await line.epr.shut();
    const messages = [paid, no].map((one, index) => adt(person(5), { ...one, controlId: `S${index}` }));
    await line.send(...messages);
    await line.epr.open();
    await line.settled();
    expect([nothing, revoked]).toContainEqual(await statusesOf(line.epr, person(5)));
  });
});

describe('two records of one person', () => {
  it('R12 R52 two records with the same wish that are merged have one open proposal, also when it is said again', async () => {
    await say(person(6), paid);
    await say(person(7), paid);
    await joinInEpr(person(6), person(7));
    await line.send(mergeMessage(person(6), person(7), 'MERGE-1'));
    await line.settled();
    await say(person(6), paid, paid);
    await say(person(7), paid);
    const statuses = [
      ...(await statusesOf(line.epr, person(6))).requests,
      ...(await statusesOf(line.epr, person(7))).requests,
    ];
    expect(statuses.toSorted()).toEqual(['draft', 'revoked']);
  });

  it('R12 R52 a merge between two tellings of a wish makes one proposal, for the survivor', async () => {
    await say(person(8), {});
    await say(person(9), paid);
    await joinInEpr(person(8), person(9));
    await line.send(
      mergeMessage(person(8), person(9), 'MERGE-2'),
      mergeMessage(person(8), person(9), 'MERGE-3'),
    );
    await say(person(8), paid, paid);
    const before = await statusesOf(line.epr, person(9));
    const after = await statusesOf(line.epr, person(8));
    expect([...before.requests, ...after.requests]).toEqual(['draft']);
  });
});

/** What a trust's EPR does when it merges: one Patient goes on, the other says by whom it is replaced. */
async function joinInEpr(into: TestPerson, from: TestPerson): Promise<void> {
  const patients = await line.epr.resources('Patient');
  const of = (one: TestPerson) => patients.find((patient) => patient.identifier?.[0]?.value === one.local);
  const survivor = of(into);
  const replaced = of(from);
  if (survivor === undefined || replaced === undefined) throw new Error('not in the EPR');
  const other = { reference: `Patient/${survivor.id}` };
  await line.epr.load([{ ...replaced, active: false, link: [{ other, type: 'replaced-by' }] }]);
}

describe('a reason that goes away', () => {
  it('R52 a wish that is corrected away takes the proposal back, and is as if never said', async () => {
    await say(person(10), paid);
    await say(person(10), { ...paid, answerStatus: 'D' });
    expect(await statusesOf(line.epr, person(10))).toEqual(revoked);
  });

  it('the end of the referral to the covered team takes the proposal back', async () => {
    await say(person(11), paid);
    await say(person(11), { ...paid, teamEnd: '20260930' });
    expect(await statusesOf(line.epr, person(11))).toEqual(revoked);
  });

  it('R18 a death takes the proposal back quietly, and nothing new is proposed', async () => {
    await say(person(12), paid);
    await say(person(12), { ...paid, deceased: true }, { answer: ['PAID', '20260930'], deceased: true });
    expect(await statusesOf(line.epr, person(12))).toEqual(revoked);
    await expectQuiet(person(12));
  });

  it('R18 a record that becomes restricted takes the proposal back quietly; a restricted one is never proposed', async () => {
    await say(person(13), paid);
    await say(person(13), { ...paid, restricted: true });
    expect(await statusesOf(line.epr, person(13))).toEqual(revoked);
    await expectQuiet(person(13));
    await say(person(14), { ...paid, restricted: true });
    expect(await statusesOf(line.epr, person(14))).toEqual(nothing);
  });

  it('R18 somebody whom only the EPR knows to have died is not written about', async () => {
    const [patient] = eprOf([testPerson(90)]);
    if (patient?.resourceType !== 'Patient') throw new Error('no Patient');
    await line.epr.load([{ ...patient, deceasedBoolean: true }]);
    await say(testPerson(90), paid);
    expect(await statusesOf(line.epr, testPerson(90))).toEqual(nothing);
  });
});

/** Neither the word nor the reason stands in what the care co-ordinator reads. */
async function expectQuiet(about: TestPerson): Promise<void> {
  const { tasks, requests } = await proposalsOf(line.epr, about);
  expect(tasks.map(({ statusReason }) => statusReason?.text)).toEqual([
    expect.stringContaining('no further action is needed'),
  ]);
  expect(JSON.stringify([tasks, requests])).not.toMatch(/died|death|deceased|restrict/i);
}

describe('what nobody tells us', () => {
  it('R51 where no feed supplies declines, nobody is proposed, whatever they said', async () => {
    await expectNothing({ declined: undefined });
  });

  it('R51 an absence from before the feed was complete counts for nothing', async () => {
    await expectNothing({ ipsReferral: { completeFrom: '2099-01-01' } });
    await expectNothing({ deceased: {} });
  });

  async function expectNothing(
    supplies: Readonly<Record<string, { readonly completeFrom?: string } | undefined>>,
  ): Promise<void> {
    const other = await startLine([person(1)], { supplies });
    try {
      await other.send(
        adt(person(1), { ...paid, controlId: 'N1' }),
        adt(person(1), { ...paid, controlId: 'N2' }),
      );
      await other.settled();
      expect(await statusesOf(other.epr, person(1))).toEqual(nothing);
      expect(await other.epr.resources('Task')).toEqual([]);
    } finally {
      await other.close();
    }
  }
});
