// Care plans and goals as messages tell of them again and again: what is sent nightly, deleted, not sent, ended ahead.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { deriveFacts } from '../../src/ips/facts.ts';
import type { PersonRecord } from '../../src/record/person.ts';
import { personByKey } from '../../src/store/persons.ts';
import { loadRecords } from '../../src/store/record.ts';
import { freshStore } from '../support/database.ts';
import type { FreshStore } from '../support/database.ts';
import { adt, testPerson } from '../support/epr-messages.ts';
import { processing } from '../support/processing.ts';
import type { Processing } from '../support/processing.ts';

describe('care plans and goals in the line', () => {
  const amara = testPerson(1);
  let fresh: FreshStore;
  let line: Processing;
  let sent: number;

  beforeEach(async () => {
    fresh = await freshStore();
    line = processing(fresh.store);
    sent = 0;
  });
  afterEach(() => fresh.drop());

  const plans = (...segments: string[]): Buffer =>
    adt(amara, { controlId: `P${(sent += 1)}`, extra: segments });
  const goals = (event: string, ...segments: string[]): Buffer =>
    Buffer.from(
      [
        `MSH|^~\\&|EPR|RZZ|IPS-BRIDGE|RZZ|20261001120000||PGL^${event}^PGL_PC6|G${(sent += 1)}|P|2.4||||||UNICODE`,
        `PID|1||${amara.local}^^^RZZ^PI||${amara.family}^Amara^^^^^L||${amara.birthDate}|2`,
        ...segments,
      ].join('\r'),
    );
  async function record(): Promise<PersonRecord> {
    const key = { system: 'https://rzz.example/Id/patient', value: amara.local };
    const id = (await personByKey(fresh.store, key))!;
    return (await loadRecords(fresh.store.other, [id])).get(id)!;
  }
  async function told(...messages: readonly (readonly [Buffer, string])[]): Promise<void> {
    await line.receive(messages.map(([message, at]) => [message, new Date(at)]));
    await line.run();
  }
  const rowsOf = async (type: 'CarePlan' | 'Goal') =>
    (await record()).rows.filter(({ resource }) => resource.resourceType === type);
  const verdictAt = async (at: string): Promise<string> =>
    deriveFacts(await record(), { ...line.current.facts, at: new Date(at) }).employmentGoal.verdict;

  const gol = 'GOL|AD|20261001|EMP^Find paid work^L|G1|||20261001';

  it('R52 a plan and a goal that are sent again every night add no rows, and their dates do not move', async () => {
    const plan = 'ZCP|1|CP1|CARE^Care plan|20260701|20270701|Sleep better';
    await told([plans(plan), '2026-10-01T02:00:00Z'], [goals('PC6', gol), '2026-10-01T02:00:01Z']);
    const before = [...(await rowsOf('CarePlan')), ...(await rowsOf('Goal'))];
    await told(
      [plans(plan), '2026-10-02T02:00:00Z'],
      [goals('PC6', gol), '2026-10-02T02:00:01Z'],
      [goals('PC7', gol.replace('AD', 'UP')), '2026-10-03T02:00:00Z'],
    );
    expect([...(await rowsOf('CarePlan')), ...(await rowsOf('Goal'))]).toEqual(before);
    expect(before).toHaveLength(2);
  });

  it('two plans of one message are two: the goal of one is not lost by the other', async () => {
    await told([
      plans('ZCP|1|CP1|CARE^Care plan|20260701||Find paid work', 'ZCP|2|CP2|CARE^Care plan|20260801||Sleep better'),
      '2026-10-01T02:00:00Z',
    ]); // prettier-ignore
    expect(await rowsOf('CarePlan')).toHaveLength(2);
    expect(await verdictAt('2026-10-02T00:00:00Z')).toBe('goal');
  });

  it('two quotes delete the words and the end of a plan, an empty field keeps them', async () => {
    await told([plans('ZCP|1|CP1|CARE^Care plan|20260701|20260901|Find paid work'), '2026-10-01T02:00:00Z']);
    expect(await verdictAt('2026-10-02T00:00:00Z')).toBe('content-not-available');
    await told([plans('ZCP|1|CP1|CARE^Care plan|20260701||'), '2026-10-02T02:00:00Z']);
    expect(await verdictAt('2026-10-03T00:00:00Z')).toBe('content-not-available');
    await told([plans('ZCP|1|CP1|CARE^Care plan|20260701|""|'), '2026-10-03T02:00:00Z']);
    expect(await verdictAt('2026-10-04T00:00:00Z')).toBe('goal');
    await told([plans('ZCP|1|CP1|CARE^Care plan|20260701||""'), '2026-10-04T02:00:00Z']);
    expect(await verdictAt('2026-10-05T00:00:00Z')).toBe('no-goal');
  });

  it('a plan that ends in the future stands until then, and no message is needed to end it', async () => {
    await told([plans('ZCP|1|CP1|CARE^Care plan|20260701|20261101|Sleep better'), '2026-10-01T02:00:00Z']);
    expect(await verdictAt('2026-10-31T12:00:00Z')).toBe('no-goal');
    expect(await verdictAt('2026-11-02T12:00:00Z')).toBe('content-not-available');
  });

  it('a plan whose number is used again after its end stands again', async () => {
    await told([plans('ZCP|1|CP1|CARE^Care plan|20250701|20260701|Sleep better'), '2026-09-01T02:00:00Z']);
    await told([plans('ZCP|1|CP1|CARE^Care plan|20260915||Find paid work'), '2026-09-16T02:00:00Z']);
    expect(await verdictAt('2026-09-20T00:00:00Z')).toBe('goal');
  });

  it('a goal that has ended stays ended when it is updated without its life cycle', async () => {
    await told(
      [plans('ZCP|1|CP1|CARE^Care plan|20260701||Sleep better'), '2025-01-01T02:00:00Z'],
      [goals('PC6', `${gol}|||||||||||X`), '2025-01-01T03:00:00Z'],
    );
    expect((await rowsOf('Goal')).at(-1)?.resource).toMatchObject({ lifecycleStatus: 'cancelled' });
    await told([goals('PC7', gol.replace('AD', 'UP')), '2026-10-01T05:00:00Z']);
    expect((await rowsOf('Goal')).at(-1)?.resource).toMatchObject({ lifecycleStatus: 'cancelled' });
  }); // prettier-ignore

  it('a deleted goal comes back only by being added; one without a number is none', async () => {
    await told(
      [plans('ZCP|1|CP1|CARE^Care plan|20260701||Sleep better'), '2026-10-01T02:00:00Z'],
      [goals('PC6', gol), '2026-10-01T03:00:00Z'],
      [goals('PC8', gol.replace('AD', 'DE')), '2026-10-01T04:00:00Z'],
      [goals('PC7', gol.replace('AD', 'UP')), '2026-10-01T05:00:00Z'],
    );
    expect(await verdictAt('2026-10-02T00:00:00Z')).toBe('no-goal');
    await told([goals('PC6', gol.replace('G1', ''), gol.replace('G1', '')), '2026-10-02T05:00:00Z']);
    expect(await verdictAt('2026-10-03T00:00:00Z')).toBe('no-goal');
    await told([goals('PC6', gol), '2026-10-03T05:00:00Z']);
    expect(await verdictAt('2026-10-04T00:00:00Z')).toBe('goal');
  });
});
