// The command line as an operator uses it beside a running service: what is held and every way out of it, why and why
// not, what a mapping makes of a file; exit codes 0, 1, 2 and 78, JSON for scripts, and faults of the configuration
// with file, line and path.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { heldEffects } from '../../src/store/effects.ts';
import { heldRows } from '../../src/store/inbox-rows.ts';
import { runCommand } from '../support/command.ts';
import type { CommandResult } from '../support/command.ts';
import { adt, mergeMessage, testPerson } from '../support/epr-messages.ts';
import { storedMessages } from '../support/history.ts';
import { startLine, statusesOf } from '../support/line.ts';
import type { Line } from '../support/line.ts';
import { until } from '../support/trust.ts';

/** The first is in the EPR; the second is not, so that what is decided about them is held. */
const known = testPerson(1);
const unknown = testPerson(2);
const paid = { answer: ['PAID', '20260901'] } as const;
const folder = mkdtempSync(join(tmpdir(), 'ips-bridge-commands-'));

let line: Line;
beforeAll(async () => {
  line = await startLine([known]);
  await line.send(
    adt(known, { controlId: 'C1', ...paid }),
    adt(unknown, { controlId: 'C2', ...paid }),
    // Held: a merge that names nobody as the one merged, and a person without any number.
    Buffer.from(mergeMessage(known, unknown, 'C3').toString().split('\rMRG')[0] ?? ''),
    Buffer.from(
      adt(testPerson(3), { controlId: 'C4' })
        .toString()
        .replace(/PID\|1\|\|[^|]*/, 'PID|1||'),
    ),
  );
  await until(
    'two messages are held',
    async () => (await storedMessages(line.app.store)).filter(({ state }) => state === 'held').length === 2,
  );
});
afterAll(async () => {
  await line.close();
  rmSync(folder, { recursive: true, force: true });
});

function run(...args: string[]): Promise<CommandResult> {
  return runCommand([...args, '--config', line.trust.config], { databaseUrl: line.trust.databaseUrl });
}

const heldJson = z.object({
  messages: z.array(z.looseObject({ id: z.number(), kind: z.string(), where: z.string().optional() })),
  effects: z.array(
    z.looseObject({ row: z.number(), rule: z.string(), failure: z.looseObject({ kind: z.string() }) }),
  ),
});
async function auditOf(action: string): Promise<unknown[]> {
  return line.app.store.other
    .selectFrom('audit')
    .select(['actor', 'detail'])
    .where('action', '=', action)
    .orderBy('id')
    .execute();
}

describe('held, replay, skip and cancel', () => {
  it('held lists rows with the reason and the field, for people and for scripts; skip gives a message up', async () => {
    const listed = await run('held', '--json');
    expect(listed.code).toBe(0);
    const { messages } = heldJson.parse(JSON.parse(listed.out));
    expect(listed.out).not.toContain(unknown.local);
    expect(messages.map(({ kind, where }) => [kind, where])).toEqual([
      ['structure/missing-segment', 'MRG'],
      ['identity/missing-patient-id', 'PID-3'],
    ]);
    const shown = await run('held');
    expect(shown.code).toBe(0);
    expect(shown.out).toMatch(/^WHAT +ROW +FEED OR DESTINATION/);
    expect(shown.out).toMatch(/message +\d+ +feed-1 .*ADT\^A08 +identity\/missing-patient-id +PID-3/);

    const [merge, nobody] = messages.map(({ id }) => String(id));
    // Not without a reason.
    expect((await run('skip', merge ?? '')).code).toBe(2);
    expect(await run('skip', merge ?? '', '--reason', 'sent in error')).toMatchObject({ code: 0, err: '' });
    expect(await auditOf('skipped')).toEqual([
      { actor: 'operator:tester', detail: expect.objectContaining({ reason: 'sent in error' }) },
    ]);
    // Its cause is not mended: it is held again.
    expect((await run('replay', 'message', nobody ?? '')).code).toBe(0);
    await line.settled();
    expect((await heldRows(line.app.store)).map(({ id }) => String(id))).toEqual([nobody]);
    const again = await run('skip', merge ?? '', '--reason', 'once more');
    expect([again.code, again.err]).toEqual([1, expect.stringMatching(/not held/)]);
  });

  it('a held effect goes through when its cause is mended and it is replayed; cancel gives one up', async () => {
    await line.settled();
    const [effect] = await heldEffects(line.app.store);
    expect(effect?.failure?.kind).toBe('identity/not-in-epr');
    await line.epr.load([
      {
        resourceType: 'Patient',
        active: true,
        identifier: [{ system: 'https://rzz.example/Id/patient', value: unknown.local }],
        birthDate: '1985-04-12',
      },
    ]);
    const row = String(effect?.row);
    expect(await run('replay', 'effect', row)).toMatchObject({ code: 0, err: '' });
    await line.settled();
    expect(await statusesOf(line.epr, unknown)).toEqual({ requests: ['draft'], tasks: ['requested'] });
    const late = await run('cancel', row, '--reason', 'too late');
    expect([late.code, late.err]).toEqual([1, expect.stringMatching(/not held/)]);

    const stranger = testPerson(5);
    await line.send(adt(stranger, { controlId: 'C5', ...paid }));
    await line.settled();
    const next = String((await heldEffects(line.app.store))[0]?.row);
    expect((await run('cancel', next, '--reason', 'not ours')).code).toBe(0);
    expect(await heldEffects(line.app.store)).toEqual([]);
    expect(await statusesOf(line.epr, stranger)).toEqual({ requests: [], tasks: [] });
  });
});

describe('why and why-not', () => {
  const number = join(folder, 'number');

  it('why tells rule, evidence and where it stands; why-not the nearest rule and what stopped it', async () => {
    writeFileSync(number, `${known.nhs ?? ''}\n`);
    const why = await run('why', '--number-file', number);
    expect(why.code).toBe(0);
    expect(why.out).toMatch(/by rule wants-work \(The person has said they want paid work\), team North/);
    expect(why.out).toMatch(/- has said they want a paid job/);
    expect(why.out).toMatch(/epr, revision 1: delivered: \S*ServiceRequest\/\S+/);

    const content = testPerson(6);
    await line.send(adt(content, { controlId: 'C6', answer: ['VOL', '20260901'] }));
    await line.settled();
    writeFileSync(number, `${content.local}^RZZ\n`);
    const nothing = await run('why', '--number-file', number);
    expect([nothing.code, nothing.out]).toEqual([
      1,
      expect.stringMatching(/why-not shows what came nearest/),
    ]);
    const whyNot = await run('why-not', '--number-file', number);
    expect(whyNot.code).toBe(0);
    expect(whyNot.out).toMatch(
      /Nearest rule: wants-work .*\nIt stops at: has said they want a paid job.*this is not so/,
    );
    expect(await auditOf('viewed')).toHaveLength(3);
  });

  it('nobody of that number: exit 1; no number: exit 1; a number as an argument is a wrong call', async () => {
    writeFileSync(number, '9990000018\n');
    const nobody = await run('why', '--number-file', number);
    expect([nobody.code, nobody.err]).toEqual([1, 'ips-bridge: nobody on the record has this number\n']);
    expect((await run('why')).code).toBe(1);
    expect((await run('why', '9990000018')).code).toBe(2);
  });
});

describe('explain, schemas and check', () => {
  it('explain shows element, field, its plain name and the value; and what would be held, with exit 1', async () => {
    const file = join(folder, 'message.hl7');
    writeFileSync(file, adt(known, { controlId: 'E1', ...paid }));
    const shown = await run('map', 'explain', file);
    expect(shown.code).toBe(0);
    expect(shown.out).toMatch(/^ADT\^A08: used\n/);
    expect(shown.out).toMatch(/Patient\.identifier +PID-3, PID-32 +Patient Identifier List /);
    expect(shown.out).not.toContain(known.family);
    expect(shown.out).toMatch(/birthDate +PID-7\S* .*1985-04-12/);

    const nobody = adt(known, { controlId: 'E2' })
      .toString()
      .replace(/PID\|1\|\|[^|]*/, 'PID|1||');
    writeFileSync(file, `${adt(known, { controlId: 'E1', ...paid }).toString()}\r${nobody}`);
    const both = await run('map', 'explain', file, '--json');
    const explained = z.array(z.looseObject({ outcome: z.string(), elements: z.array(z.looseObject({ from: z.string() })).default([]) })).parse(JSON.parse(both.out)); // prettier-ignore
    expect(explained.map(({ outcome, elements }) => [outcome, elements.length > 10])).toEqual([
      ['used', true],
      ['held', false],
    ]);
    expect([both.code, both.err]).toEqual([
      1,
      expect.stringMatching(/would be held: PID-3: nobody is named here/),
    ]);
  });

  it('schemas --check finds the JSON Schemas up to date', async () => {
    expect(await runCommand(['schemas', '--check'])).toMatchObject({ code: 0, err: '' });
  });

  it('check is content with this trust and says what it looked at, as JSON too', async () => {
    const { code, out } = await run('check', '--json');
    const results = z
      .array(z.object({ part: z.string(), result: z.string(), message: z.string() }))
      .parse(JSON.parse(out));
    expect([code, results.filter(({ result }) => result === 'fail')]).toEqual([0, []]);
    expect(results.map(({ part }) => part)).toEqual(
      expect.arrayContaining([
        'configuration',
        'mappings',
        'rule wants-work',
        'port of feed feed-1',
        'database',
        'destination epr',
      ]),
    );
    expect(results.find(({ part }) => part === 'port of feed feed-1')?.message).toMatch(/in use/);
  });

  it('a fault of the configuration: exit 78, with file, line, path and what is allowed; every fault at once', async () => {
    const feed = join(line.trust.config, 'feeds/feed-1.yaml');
    const good = readFileSync(feed, 'utf8');
    try {
      const bad = good.replace(/port: \d+/, 'port: 99999').replace('supplies:', 'suplies:');
      writeFileSync(feed, bad);
      const at = (text: string): number => bad.split('\n').findIndex((each) => each.includes(text)) + 1;
      for (const command of [['check', '--offline'], ['serve']]) {
        const { code, err, out } = await run(...command);
        expect([code, out]).toEqual([78, '']);
        expect(err).toMatch(new RegExp(`feed-1\\.yaml:${at('port:')}\\S* .*mllp\\.port.*65535`, 's'));
        expect(err).toMatch(new RegExp(`feed-1\\.yaml:${at('suplies:')}.*suplies`, 's'));
      }
    } finally {
      writeFileSync(feed, good);
    }
    const nowhere = await runCommand(['check', '--config', join(folder, 'nowhere')]);
    expect([nowhere.code, nowhere.err]).toEqual([
      78,
      expect.stringMatching(/there is no default\.yaml in .*--config/),
    ]);
  });

  it('a wrong call: exit 2, and how to call it', async () => {
    const wrong = [['send', 'x.hl7'], ['replay', 'thing', '1'], ['nonsense'], ['held', '--colour']];
    const results = await Promise.all(wrong.map((args) => runCommand(args)));
    expect(results.map(({ code }) => code)).toEqual([2, 2, 2, 2]);
    for (const { err } of results) expect(err).toMatch(/--help shows what is allowed/);
    const help = await runCommand(['--help']);
    expect(help.code).toBe(0);
    for (const name of [
      'serve',
      'sandbox',
      'check',
      'send',
      'map',
      'why',
      'why-not',
      'held',
      'replay',
      'skip',
      'cancel',
    ]) {
      expect(help.out).toMatch(new RegExp(`^ +${name}\\b`, 'm'));
    }
  });
});
