// Whether `map diff` tells the truth: what it says of messages beside what really stands after the same messages were
// processed with the one set and with the other, on databases of their own.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { z } from 'zod';
import { loadMappings } from '../../src/mapping/load.ts';
import { readMappingTree } from '../../src/mapping/tree.ts';
import { runCommand } from '../support/command.ts';
import { freshStore } from '../support/database.ts';
import { adt, mergeMessage, testPerson } from '../support/epr-messages.ts';
import type { TestPerson } from '../support/epr-messages.ts';
import { processing } from '../support/processing.ts';
import { testTrust } from '../support/trust.ts';
import type { TestTrust } from '../support/trust.ts';

const people = Array.from({ length: 8 }, (_, index) => testPerson(60 + index));
const [wants, declines, changesMind, merged, survivor, dies, restricted, undecided] = people as [
  TestPerson, TestPerson, TestPerson, TestPerson, TestPerson, TestPerson, TestPerson, TestPerson,
]; // prettier-ignore
const at = '20260901';
/** Each with the person that it leaves, in the order in which they came. */
const messages: readonly (readonly [TestPerson, Buffer])[] = [
  [wants, adt(wants, { controlId: '1', answer: ['PAID', at] })],
  [declines, adt(declines, { controlId: '2', answer: ['NO', at] })],
  [changesMind, adt(changesMind, { controlId: '3', answer: ['PAID', at] })],
  [changesMind, adt(changesMind, { controlId: '4', answer: ['NO', '20260915'] })],
  [survivor, adt(survivor, { controlId: '5' })],
  [survivor, adt(merged, { controlId: '6', answer: ['PAID', at] })],
  [survivor, mergeMessage(survivor, merged, '7')],
  [dies, adt(dies, { controlId: '8', answer: ['NO', at] })],
  [dies, adt(dies, { controlId: '9', deceased: true })],
  [restricted, adt(restricted, { controlId: '10', answer: ['PAID', at], restricted: true })],
  [undecided, adt(undecided, { controlId: '11', answer: ['UNSURE', at] })],
];

let folder: string;
let trust: TestTrust;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ips-bridge-truth-'));
  trust = await testTrust({ feeds: 1, databaseUrl: '', mappingFiles: {} });
});
afterAll(() => {
  trust.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** Local numbers of those about whom a proposal stands after all messages. */
async function standing(mappings: string): Promise<Set<string>> {
  const fresh = await freshStore();
  try {
    const line = processing(fresh.store, ['rio'], { mappings: loadMappings(readMappingTree(mappings, 'RZZ'), 'RZZ') }); // prettier-ignore
    await line.receive(messages.map(([, body]) => [body]));
    await line.run();
    const { rows } = await sql<{ value: string }>`
      select distinct i.value from (
        select distinct on (key) person_id, decision, state from outbox order by key, revision desc
      ) o join person_identifier i using (person_id)
      where o.state = 'pending' and o.decision->>'action' = 'make' and o.decision->>'effect' = 'propose-referral'`.execute(
      fresh.store.other,
    );
    return new Set(rows.map(({ value }) => value).filter((value) => value !== merged.local));
  } finally {
    await fresh.drop();
  }
}

const shape = z.object({
  decisions: z.array(z.object({ effect: z.string(), change: z.string(), row: z.number() })),
});

describe('map diff', () => {
  it('says of each person what really becomes of them with the one set and with the other', async () => {
    const now = join(trust.config, 'mappings');
    const other = join(folder, 'other');
    cpSync(now, other, { recursive: true });
    const answers = join(other, 'trusts/RZZ/codes/work-answers.csv');
    const text = readFileSync(answers, 'utf8');
    writeFileSync(answers, text.replace('PAID,paid-job', 'PAID,no').replace('NO,no', 'NO,paid-job'));
    const [before, after] = [await standing(now), await standing(other)];
    const really = [
      ...[...before].filter((one) => !after.has(one)).map((one) => `lost ${one}`),
      ...[...after].filter((one) => !before.has(one)).map((one) => `gained ${one}`),
    ];

    const files = join(folder, 'messages');
    mkdirSync(files);
    for (const [index, [, body]] of messages.entries())
      writeFileSync(join(files, `${String(index).padStart(2, '0')}.hl7`), body);
    const result = await runCommand(['map', 'diff', files, '--against', other, '--json', '--config', trust.config]); // prettier-ignore
    expect(result.err).toBe('');
    const told = shape
      .parse(JSON.parse(result.out))
      .decisions.filter(({ effect }) => effect === 'propose-referral')
      .map(({ change, row }) => `${change} ${messages[row - 1]?.[0].local ?? ''}`);
    expect(really.length).toBeGreaterThan(2);
    expect(told.sort()).toEqual(really.sort());
  });
});
