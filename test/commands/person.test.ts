// `person` beside a running service: what joined two people, undoing it, links, and records that the EPR says are gone.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { runCommand } from '../support/command.ts';
import type { CommandResult } from '../support/command.ts';
import { adt, identityMessage, mergeMessage, testPerson } from '../support/epr-messages.ts';
import { startLine } from '../support/line.ts';
import type { Line } from '../support/line.ts';

const [first, second] = [testPerson(21), testPerson(22)];
const pid = (local: string): string => `PID|1||${local}^^^RZZ^PI||Fairbrass^Amara||19850412|2`;
let line: Line;
beforeAll(async () => {
  line = await startLine([first, second]);
  await line.send(adt(first, { controlId: 'W1' }));
  await line.send(adt(second, { controlId: 'W2' }));
  await line.send(mergeMessage(first, second, 'W3'));
  await line.send(identityMessage('A24', 'ADT_A24', 'W4', pid(first.local), pid('T99001')));
  await line.send(identityMessage('A29', 'ADT_A21', 'W5', pid(second.local)));
  await line.settled();
});
afterAll(() => line.close());

function run(args: readonly string[], input = ''): Promise<CommandResult> {
  const all = ['person', ...args, '--config', line.trust.config];
  return runCommand(all, { databaseUrl: line.trust.databaseUrl, input });
}
const merges = z.array(z.object({ merge: z.number(), undoneReason: z.string().nullable() }));
const marks = z.array(z.object({ mark: z.number(), event: z.string(), clearedBy: z.string().nullable() }));
const audited = async (action: string): Promise<{ actor: string; reason: unknown }[]> => {
  const rows = await line.app.store.other
    .selectFrom('audit')
    .select(['actor', 'detail'])
    .where('action', '=', action)
    .execute();
  return rows.map(({ actor, detail }) => ({ actor, reason: detail['reason'] }));
};

describe('person', () => {
  it('R12 shows the registrations of one person and what joined them; lists name nobody', async () => {
    const shown = await run(['show', '--number-file', '-'], `${second.local}\n`);
    expect(shown).toMatchObject({ code: 0, err: '' });
    expect(shown.out).toContain(first.local);
    expect(shown.out).toContain(second.local);
    expect(shown.out).toMatch(/A29/);
    for (const name of ['merges', 'links', 'marks']) {
      const listed = await run([name]);
      expect(listed).toMatchObject({ code: 0, err: '' });
      expect(listed.out.split('\n').length).toBeGreaterThan(2);
      expect(listed.out).not.toMatch(/T\d{5}|Fairbrass/);
    }
    expect(await audited('viewed')).toContainEqual({ actor: 'operator:tester', reason: 'person show' });
  });

  it('R12 undoes a merge for a reason, once', async () => {
    const [before] = merges.parse(JSON.parse((await run(['merges', '--json'])).out));
    const merge = String(before?.merge);
    expect(await run(['unmerge', merge])).toMatchObject({ code: 2 });
    expect(await run(['unmerge', merge, '--reason', '  '])).toMatchObject({ code: 2 });
    const undone = await run(['unmerge', merge, '--reason', 'two people']);
    expect(undone).toMatchObject({ code: 0, err: '' });
    expect(undone.out).toContain(`merge ${merge} is undone`);
    const [after] = merges.parse(JSON.parse((await run(['merges', '--json'])).out));
    expect(after?.undoneReason).toBe('two people');
    expect(await audited('unmerged')).toContainEqual({ actor: 'operator:tester', reason: 'two people' });
    const again = await run(['unmerge', merge, '--reason', 'two people']);
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining('is undone already') });
  });

  it('R12 a mark stands until somebody clears it for a reason', async () => {
    const [mark] = marks.parse(JSON.parse((await run(['marks', '--json'])).out));
    expect(mark?.event).toBe('A29');
    const clear = ['clear-mark', String(mark?.mark), '--reason', 'looked: the visit only'];
    expect(await run(clear)).toMatchObject({ code: 0, err: '' });
    expect((await run(['marks'])).out).toBe('No marks.\n');
    const all = marks.parse(JSON.parse((await run(['marks', '--all', '--json'])).out));
    expect(all).toMatchObject([{ clearedBy: 'tester' }]);
    expect(await run(clear)).toMatchObject({ code: 1 });
    expect(await audited('cleared')).toHaveLength(1);
  });
});
