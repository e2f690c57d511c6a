// The workbench as an informatician runs it: cases, coverage and the comparison of two sets, on folders and on messages
// that a real database has kept.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { on } from '../../src/store/database.ts';
import { insertArrivals } from '../../src/store/inbox.ts';
import { countPast, nextPast, pastByRow } from '../../src/store/past-messages.ts';
import { runCommand } from '../support/command.ts';
import type { CommandResult } from '../support/command.ts';
import { freshStore } from '../support/database.ts';
import type { FreshStore } from '../support/database.ts';
import { adt, testPerson } from '../support/epr-messages.ts';
import { testTrust } from '../support/trust.ts';
import type { TestTrust } from '../support/trust.ts';

const change = z.object({ effect: z.string(), rule: z.string(), team: z.string(), change: z.string() });
const diffShape = z.object({
  messages: z.number(),
  people: z.number(),
  elements: z.array(z.object({ event: z.string(), element: z.string(), change: z.string() })),
  decisions: z.array(change),
});

let fresh: FreshStore;
let trust: TestTrust;
let folder: string;
let mappings: string;
const [wishes, changes] = [testPerson(1), testPerson(2)];
const answers = 'trusts/RZZ/codes/work-answers.csv';

beforeAll(async () => {
  fresh = await freshStore();
  folder = mkdtempSync(join(tmpdir(), 'ips-bridge-map-'));
  trust = await testTrust({ feeds: 1, databaseUrl: fresh.url, mappingFiles: {} });
  mappings = join(trust.config, 'mappings');
  const now = Date.now();
  const message = (controlId: string, body: Buffer, ago: number) => ({
    feed: 'feed-1', sender: 'EPR|RZZ', controlId, event: 'ADT^A08', body, receivedAt: new Date(now - ago), acknowledgement: undefined,
  }); // prettier-ignore
  await insertArrivals(fresh.store, [
    message('OLD', adt(testPerson(3), { controlId: 'OLD', answer: ['PAID', '20260901'] }), 40 * 86_400_000),
    message('A', adt(wishes, { controlId: 'A', answer: ['PAID', '20260901'] }), 3000),
    message('B', adt(changes, { controlId: 'B', answer: ['NO', '20260901'] }), 2000),
  ]);
});
afterAll(async () => {
  await fresh.drop();
  trust.remove();
  rmSync(folder, { recursive: true, force: true });
});

function map(...args: readonly string[]): Promise<CommandResult> {
  return runCommand(['map', ...args, '--config', trust.config], { databaseUrl: fresh.url });
}

/** The set with the answer PAID meaning no, and the other way round. */
function otherSet(): string {
  const other = join(folder, 'other');
  cpSync(mappings, other, { recursive: true });
  const text = readFileSync(join(other, answers), 'utf8');
  writeFileSync(
    join(other, answers),
    text.replace('PAID,paid-job', 'PAID,no').replace('NO,no', 'NO,paid-job'),
  );
  return other;
}

describe('map diff', () => {
  it('tells proposals that another set would lose and gain, of messages of the last days, and writes nothing', async () => {
    const result = await map('diff', '--since', '30d', '--against', otherSet(), '--json');
    expect(result.err).toBe('');
    const diff = diffShape.parse(JSON.parse(result.out));
    expect(diff).toMatchObject({ messages: 2, people: 2 });
    expect(diff.elements).toContainEqual({ event: 'ADT^A08', element: 'Observation.valueCodeableConcept', change: 'changed' });
    const proposals = diff.decisions.filter(({ effect }) => effect === 'propose-referral');
    expect(proposals.map((one) => `${one.change} ${one.rule} ${one.team}`).sort()).toEqual([
      'gained wants-work CMHT-N', 'lost wants-work CMHT-N',
    ]);
    const left = await on(fresh.store).selectFrom('outbox').select('id').execute();
    expect(left).toEqual([]);
    for (const value of [wishes.local, wishes.family, wishes.birthDate]) expect(result.out).not.toContain(value);
  }); // prettier-ignore

  it('compares with a revision of the clone that holds the mappings', async () => {
    const clone = join(folder, 'clone');
    const set = join(clone, 'mappings');
    cpSync(mappings, set, { recursive: true });
    const git = (...args: string[]) => execFileSync('git', ['-C', clone, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args]); // prettier-ignore
    git('init', '-q');
    git('add', '.');
    git('commit', '-q', '-m', 'first');
    const config = join(folder, 'config');
    cpSync(trust.config, config, { recursive: true, filter: (path) => !path.includes('/mappings') });
    const settings = readFileSync(join(config, 'default.yaml'), 'utf8');
    writeFileSync(join(config, 'default.yaml'), settings.replace(mappings, set));
    const messages = join(folder, 'messages');
    mkdirSync(messages);
    writeFileSync(join(messages, 'a.hl7'), adt(wishes, { controlId: 'A', answer: ['PAID', '20260901'] }));
    const same = await runCommand(['map', 'diff', messages, '--against', 'HEAD', '--config', config]);
    expect(same.err).toBe('');
    expect(same.out).toContain('Both sets make the same of all of them.');
    writeFileSync(
      join(set, answers),
      readFileSync(join(set, answers), 'utf8').replace('PAID,paid-job', 'PAID,no'),
    );
    const changed = await runCommand(['map', 'diff', messages, '--against', 'HEAD', '--config', config]);
    expect(changed.out).toContain('Observation.valueCodeableConcept');
    const nowhere = await runCommand(['map', 'diff', messages, '--against', 'no-such', '--config', config]);
    expect(nowhere.code).toBe(1);
    expect(nowhere.err).toContain('no such revision');
  });
});

describe('map coverage', () => {
  it('counts what was received since, and names nobody', async () => {
    const result = await map('coverage', '--since', '30d', '--json');
    const report: unknown = JSON.parse(result.out);
    expect(report).toMatchObject({
      messages: 2,
      events: [{ sender: 'EPR RZZ', event: 'ADT^A08', messages: 2 }],
    });
    expect(JSON.stringify(report)).toContain('"place":"PID-11","messages":2');
    expect(result.out).not.toContain(wishes.local);
  });

  it('asks where the messages are when nobody says', async () => {
    const result = await map('coverage');
    expect(result.code).toBe(2);
    expect(result.err).toContain('--since');
    expect(await map('coverage', '--since', '2026-02-31')).toMatchObject({ code: 2, out: '' });
  });
});

describe('map test', () => {
  it('runs the trust’s own cases, fails where a result differs, and passes once it is written anew', async () => {
    const tests = join(mappings, 'trusts/RZZ/tests');
    mkdirSync(tests, { recursive: true });
    writeFileSync(join(tests, 'wish.hl7'), adt(wishes, { controlId: 'A', answer: ['PAID', '20260901'] }));
    expect((await map('test')).out).toContain('no .expected.json yet');
    expect((await map('test', '--update')).code).toBe(0);
    const passed = await map('test');
    expect(passed).toMatchObject({ code: 0, err: '' });
    expect(passed.out).toContain('1 passed, 0 failed');
    const file = join(tests, 'wish.expected.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"gender": "female"', '"gender": "male"'));
    const failed = await map('test');
    expect(failed.code).toBe(1);
    expect(failed.out).toContain('Patient.gender\n    - "male"\n    + "female"');
    writeFileSync(file, '{');
    expect((await map('test')).err).toMatch(/this file is no JSON.* at .*wish\.expected\.json/);
  });
});

describe('who reads what was received', () => {
  it('is on the audit, with the command and the date', async () => {
    await on(fresh.store).deleteFrom('audit').execute();
    await map('coverage', '--since', '2026-03-01');
    await map('diff', '--since', '2026-03-01', '--against', mappings);
    const entries = await on(fresh.store).selectFrom('audit').select(['actor', 'action', 'detail']).orderBy('id').execute(); // prettier-ignore
    expect(entries).toEqual([
      { actor: 'operator:tester', action: 'viewed', detail: { reason: 'map coverage --since 2026-03-01' } },
      { actor: 'operator:tester', action: 'viewed', detail: { reason: 'map diff --since 2026-03-01' } },
    ]);
  });
});

describe('messages of the past', () => {
  it('come in their order, page by page, without those of other feeds or before the date', async () => {
    const since = new Date(Date.now() - 86_400_000);
    expect(await countPast(fresh.store, ['feed-1'], since)).toBe(2);
    expect(await countPast(fresh.store, ['another'], since)).toBe(0);
    const page = await nextPast(fresh.store, ['feed-1'], since, 0);
    expect(page.map(({ body }) => /\|([AB])\|P/.exec(body.toString())?.[1])).toEqual(['A', 'B']);
    const rows = page.map(({ row }) => row);
    expect(await nextPast(fresh.store, ['feed-1'], since, rows[1] ?? 0)).toEqual([]);
    expect((await pastByRow(fresh.store, [...rows].reverse())).map(({ row }) => row)).toEqual(rows);
  });
});
