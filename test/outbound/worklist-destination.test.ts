// Worklists through the real line: messages in, files out, and what happens where the folder is away, a file was edited,
// lost or overtaken, or the person may be on no list.
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createWorklistDestination } from '../../src/outbound/worklist-destination.ts';
import type { WorklistDestinationParts } from '../../src/outbound/worklist-destination.ts';
import { worklistDestinationSettings } from '../../src/outbound/settings.ts';
import { listedUnder, openItems } from '../../src/store/worklist.ts';
import { delivering, person } from '../pipeline/scripted-destination.ts';
import { freshStore } from '../support/database.ts';
import { testPerson } from '../support/epr-messages.ts';
import { job, signal, withdrawal } from './destination-fixture.ts';

const fresh = await freshStore();
const { store } = fresh;
const line = delivering(store);
const other = testPerson(72);
const folder = mkdtempSync(join(tmpdir(), 'ips-bridge-worklists-'));
const lists = join(folder, 'lists');
afterAll(async () => {
  await fresh.drop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  await line.empty();
  rmSync(lists, { recursive: true, force: true });
  mkdirSync(lists);
});

const parts: WorklistDestinationParts = {
  zone: 'Europe/London',
  openItems: (team) => openItems(store, 'epr', team),
  listedUnder: (key) => listedUnder(store, 'epr', key),
};
function destination(more: Partial<WorklistDestinationParts> = {}) {
  const settings = worklistDestinationSettings.parse({ id: 'epr', kind: 'worklist', folder: lists });
  return createWorklistDestination(settings, { ...parts, ...more });
}
const deps = (more: Partial<WorklistDestinationParts> = {}) =>
  line.deps({}, { destination: destination(more) });

/** Everything waiting is delivered. */
async function deliverAll(using = deps()): Promise<void> {
  await line.hurry();
  while (await line.deliver(using));
}
const states = async (): Promise<string[]> => (await line.rows()).map(({ state }) => state);
const team = async (): Promise<string> =>
  (await store.other.selectFrom('outbox').select('team').executeTakeFirstOrThrow()).team;
const file = async (): Promise<string> => join(lists, `${await team()}.csv`);
/** Local numbers on the list. */
async function listed(): Promise<string[]> {
  const rows = readFileSync(await file(), 'utf8')
    .split('\r\n')
    .slice(1, -1);
  return rows.map((row) => row.split('","')[1] ?? '');
}

describe('a worklist destination', () => {
  it('puts a person on the list of their team, takes them off again, and leaves the others', async () => {
    await line.says('PAID', '20260201');
    await line.says('PAID', '20260202', other);
    await deliverAll();
    expect(await states()).toEqual(['delivered', 'delivered']);
    expect(readdirSync(lists)).toEqual([`${await team()}.csv`]);
    expect(await listed()).toEqual([person.local, other.local]);
    const sent = await store.other.selectFrom('outbox').select(['references', 'confirmed_at']).execute();
    for (const { references, confirmed_at: confirmed } of sent) {
      expect(references).toEqual([expect.stringMatching(/\.csv#urn:uuid:[0-9a-f-]{36}$/)]);
      expect(confirmed).toBeInstanceOf(Date);
    }
    await line.says('NO', '20260301');
    await deliverAll();
    expect(await listed()).toEqual([other.local]);
    await line.says('NO', '20260301', other);
    await deliverAll();
    expect(await listed()).toEqual([]);
  });

  it.each([
    ['edited', (path: string) => writeFileSync(path, '=HYPERLINK("x")\r\nmine;too')],
    ['deleted', (path: string) => unlinkSync(path)],
  ])('a file that somebody has %s is whole again with the next item', async (_what, spoil) => {
    await line.says('PAID', '20260201');
    await deliverAll();
    spoil(await file());
    await line.says('PAID', '20260202', other);
    await deliverAll();
    expect(await listed()).toEqual([person.local, other.local]);
  });

  it('a sender that comes back late and overwrites a newer list with an older one mends it', async () => {
    await line.says('PAID', '20260201');
    await deliverAll();
    await line.says('PAID', '20260202', other);
    let stale = true;
    const late: WorklistDestinationParts['openItems'] = async (of) => {
      const now = await parts.openItems(of);
      if (!stale) return now;
      stale = false;
      return now.slice(0, 1);
    };
    await deliverAll(deps({ openItems: late }));
    expect(stale).toBe(false);
    expect(await listed()).toEqual([person.local, other.local]);
  });

  it('waits while the folder is away, and delivers when it is back', async () => {
    rmSync(lists, { recursive: true });
    await line.says('PAID', '20260201');
    const using = deps();
    for (let turn = 0; turn < 12; turn += 1) {
      await line.hurry();
      await line.deliver(using);
    }
    expect(await line.rows()).toMatchObject([
      { state: 'pending', kind: 'delivery/worklist', message: 'the folder cannot be reached (ENOENT)' },
    ]);
    mkdirSync(lists);
    await deliverAll(using);
    expect(await listed()).toEqual([person.local]);
  });

  it('R35 holds the effect where a link stands in the place of the list', async () => {
    await line.says('PAID', '20260201');
    const target = join(folder, 'target');
    writeFileSync(target, 'somebody else’s');
    symlinkSync(target, await file());
    await deliverAll();
    expect(await line.rows()).toMatchObject([{ state: 'held', kind: 'delivery/worklist-not-a-file' }]);
    expect(readFileSync(target, 'utf8')).toBe('somebody else’s');
  });

  it('asked whether it has landed, looks into the file', async () => {
    await line.says('PAID', '20260201');
    const there = destination();
    const [first] = await store.other.selectFrom('outbox').select(['decision', 'key']).execute();
    const wanted = { ...job(first?.decision), key: first?.key ?? '' };
    const prepared = await there.prepare(wanted, signal);
    if (prepared.outcome !== 'ready') throw new TypeError(prepared.outcome);
    expect(await there.ask(wanted, prepared.bytes, signal)).toEqual({ outcome: 'not-landed' });
    await there.send(wanted, prepared.bytes, signal);
    expect(await there.ask(wanted, prepared.bytes, signal)).toEqual({ outcome: 'not-landed' });
    const using = { ...deps(), destination: { ...there, prepare: () => Promise.resolve(prepared) } };
    await deliverAll(using);
    expect(await there.ask(wanted, prepared.bytes, signal)).toMatchObject({ outcome: 'landed' });
    rmSync(lists, { recursive: true });
    expect(await there.ask(wanted, prepared.bytes, signal)).toMatchObject({
      outcome: 'transient',
      pausesDestination: true,
    });
  });

  it.each([
    ['nothing-to-do', 'is restricted', { restricted: true, deceased: false }],
    ['refused', 'is not known to be open', { restricted: undefined, deceased: false }],
    ['nothing-to-do', 'belongs to somebody who has died', { restricted: false, deceased: true }],
  ] as const)('R18 %s where the record %s: they are on no list', async (outcome, _what, standing) => {
    expect(await destination().prepare({ ...job(), standing }, signal)).toMatchObject({ outcome });
    const again = { ...job(), standing, frozen: Buffer.from('{}') };
    expect(await destination().prepare(again, signal)).toMatchObject({ outcome });
  });

  it('R18 what names the number of somebody merged since is written anew', async () => {
    const before = await destination().prepare(job(), signal);
    if (before.outcome !== 'ready') throw new TypeError(before.outcome);
    const same = { ...job(), frozen: before.bytes };
    expect(await destination().prepare(same, signal)).toEqual(before);
    const keys = [{ system: 'https://rzz.example/Id/patient', value: 'R0009999' }, ...same.person.keys];
    const merged = { ...same, person: { ...same.person, keys } };
    expect(await destination().prepare(merged, signal)).toEqual({ outcome: 'readdressed' });
  });

  it('takes nothing back that was never on a list', async () => {
    expect(await destination().prepare(job(withdrawal), signal)).toMatchObject({ outcome: 'nothing-to-do' });
  });
});
