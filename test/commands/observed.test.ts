// `observed` beside a service whose destination is not live: counts that name nobody, and one effect in full with the
// words that would stand in the EPR, audited.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { runCommand } from '../support/command.ts';
import type { CommandResult } from '../support/command.ts';
import { adt, testPerson } from '../support/epr-messages.ts';
import { startLine } from '../support/line.ts';
import type { Line } from '../support/line.ts';
import { noteLine, written } from '../support/notes.ts';

const people = [testPerson(21), testPerson(22), testPerson(23)];
const [first] = people;
const paid = { answer: ['PAID', '20260201'] } as const;
const note = {
  kind: 'contact',
  person: { system: 'https://rzz.example/Id/patient', value: first?.local },
  author: { system: 'https://ips.example/Id/staff', value: 'ES7', name: 'Jo Marsh' },
  date: '2026-02-03T14:30:00Z',
  summary: 'Talked about jobs in kitchens.',
};
let line: Line;
beforeAll(async () => {
  line = await startLine(people, { live: 'none' });
  await line.send(...people.map((person, index) => adt(person, { controlId: `O${index}`, ...paid, team: index === 2 ? 'EIP' : 'CMHT-N' }))); // prettier-ignore
  await line.settled();
  await noteLine(line.app.store).write([written.create('kitchens', note)]);
  await line.settled();
});
afterAll(() => line.close());

function run(...args: string[]): Promise<CommandResult> {
  return runCommand(['observed', ...args, '--config', line.trust.config], {
    databaseUrl: line.trust.databaseUrl,
  });
}
const counted = z.array(z.object({ destination: z.string(), effect: z.string(), rule: z.string(), team: z.string(), rows: z.number(), latest: z.number() })); // prettier-ignore
const counts = async () => counted.parse(JSON.parse((await run('--json')).out));
const rowOf = async (effect: string): Promise<string> =>
  String((await counts()).find((one) => one.effect === effect)?.latest);

describe('observed', () => {
  it('counts what would have been written, by destination, effect, rule and team, and names nobody', async () => {
    expect(await counts()).toMatchObject([
      { destination: 'epr', effect: 'file-note', rule: 'progress-note', rows: 1 },
      { destination: 'epr', effect: 'propose-referral', rule: 'wants-work', team: 'CMHT-N', rows: 2 },
      { destination: 'epr', effect: 'propose-referral', rule: 'wants-work', team: 'EIP', rows: 1 },
    ]);
    const shown = await run();
    expect(shown.code).toBe(0);
    expect(shown.out).toMatch(/^DESTINATION +TEAM +RULE +ROWS +LATEST +EFFECT\n/);
    for (const { local, nhs = '', family } of people)
      for (const secret of [local, nhs, family]) expect(shown.out).not.toContain(secret);
    expect(await run('--destination', 'epr')).toMatchObject({ code: 0, out: shown.out });
    expect((await run('--destination', 'rio')).err).toContain('no destination called rio: there is epr');
  });

  it('shows the words of one proposal and why, says that it is personal data, and is audited', async () => {
    const row = await rowOf('propose-referral');
    const shown = await run(row);
    expect(shown).toMatchObject({ code: 0, err: expect.stringContaining('personal data') });
    expect(shown.out).toContain(`Effect ${row}, for epr; not sent.\nAbout: T000`);
    expect(shown.out).toContain('Please ask whether they would like to be referred to Individual Placement and Support (IPS).'); // prettier-ignore
    expect(shown.out).toContain('Read the EPR safety summary before the first meeting.');
    expect(shown.out).toMatch(/Why:\n.*\n {2}Made on .* by rule wants-work/);
    const audit = await line.app.store.other.selectFrom('audit').select(['actor', 'outbox_id', 'detail']).where('action', '=', 'viewed').execute(); // prettier-ignore
    expect(audit).toEqual([
      { actor: 'operator:tester', outbox_id: Number(row), detail: { reason: 'observed' } },
    ]);
  });

  it('shows the text of a note as it would be filed', async () => {
    const shown = await run(await rowOf('file-note'));
    expect(shown.code).toBe(0);
    expect(shown.out).toContain('IPS contact on 3 February 2026 at 14:30, by Jo Marsh');
    expect(shown.out).toContain('Talked about jobs in kitchens.');
  });

  it('refuses a row that is not there or not observed', async () => {
    expect(await run('999999')).toMatchObject({
      code: 1,
      err: expect.stringContaining('there is no effect'),
    });
    const row = await rowOf('propose-referral');
    await line.app.store.other.updateTable('outbox').set({ state: 'cancelled' }).where('id', '=', Number(row)).execute(); // prettier-ignore
    expect((await run(row)).err).toContain(`effect ${row} is not observed but cancelled`);
    expect((await run('one')).code).toBe(2);
  });
});
