// Mappings and rules taken while the service runs: whole or not at all, and in force for the next message.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadConfig } from '../../src/config.ts';
import { adt, testPerson } from '../support/epr-messages.ts';
import { startLine, statusesOf } from '../support/line.ts';
import type { Line } from '../support/line.ts';
import { mappingTree } from '../support/mapping.ts';

const people = [1, 2, 3].map(testPerson);
const table = 'codes/work-answers.csv';
const shipped = mappingTree().get(table)?.text ?? '';

let line: Line;
let own: string;
beforeAll(async () => {
  line = await startLine(people, { mappingFiles: { [table]: shipped } });
  own = join(loadConfig(line.trust.config, { DATABASE_URL: line.trust.databaseUrl }).mappings, 'trusts/RZZ');
});
afterAll(() => line.close());

function write(path: string, text: string | Buffer): void {
  mkdirSync(dirname(join(own, path)), { recursive: true });
  writeFileSync(join(own, path), text);
}

let sent = 0;
const answers = (person: (typeof people)[number], code: string): Buffer =>
  adt(person, { controlId: `R${String((sent += 1))}`, answer: [code, '20260901'] });

async function says(person: (typeof people)[number], code: string): Promise<void> {
  await line.send(answers(person, code));
  await line.settled();
}

describe('a reload', () => {
  const [amara, bela, callum] = people;
  if (amara === undefined || bela === undefined || callum === undefined) throw new TypeError('three people');

  it('takes an extended table: the next message is read by it', async () => {
    await says(amara, 'YESPLEASE');
    expect(await statusesOf(line.epr, amara)).toEqual({ requests: [], tasks: [] });
    const before = line.app.interpretation().mappings.hash;
    write(table, `${shipped.trimEnd()}\nYESPLEASE,paid-job,A paid job,\n`);
    await line.app.reload();
    expect(line.app.interpretation().mappings.hash).not.toBe(before);
    await says(amara, 'YESPLEASE');
    expect(await statusesOf(line.epr, amara)).toEqual({ requests: ['draft'], tasks: ['requested'] });
  });

  it('of a set with a fault changes nothing, and what was in force goes on', async () => {
    const { hash } = line.app.interpretation().mappings;
    const good = readFileSync(join(own, table), 'utf8');
    write(table, 'code,value\nNO,no\nNO,paid-job\n');
    await line.app.reload();
    expect(line.app.interpretation().mappings.hash).toBe(hash);
    await says(bela, 'YESPLEASE');
    expect(await statusesOf(line.epr, bela)).toEqual({ requests: ['draft'], tasks: ['requested'] });
    write(table, good);
  });

  it('of a set whose own case fails changes nothing until the case passes', async () => {
    const { hash } = line.app.interpretation().mappings;
    const good = readFileSync(join(own, table), 'utf8');
    write('tests/wish.hl7', answers(callum, 'YESPLEASE'));
    write('tests/wish.expected.json', '{ "outcome": "unused" }');
    write(table, `${good.trimEnd()}\nOHYES,paid-job,A paid job,\n`);
    await line.app.reload();
    expect(line.app.interpretation().mappings.hash).toBe(hash);
    rmSync(join(own, 'tests'), { recursive: true });
    await line.app.reload();
    expect(line.app.interpretation().mappings.hash).not.toBe(hash);
    await says(callum, 'OHYES');
    expect(await statusesOf(line.epr, callum)).toEqual({ requests: ['draft'], tasks: ['requested'] });
  });
});
