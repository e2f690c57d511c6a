// `pause`, `resume` and `paused` beside a running service: messages are acknowledged and wait, effects wait, both go on
// when resumed, and whoever looks sees it: /metrics, `check`, and the start of a service.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runCommand } from '../support/command.ts';
import type { CommandResult } from '../support/command.ts';
import { adt, testPerson } from '../support/epr-messages.ts';
import { proposalsOf, startLine } from '../support/line.ts';
import type { Line } from '../support/line.ts';
import { startService, linesOf, metricOf, testTrust, until } from '../support/trust.ts';

const [first, second] = [testPerson(11), testPerson(12)];
let line: Line;
beforeAll(async () => {
  line = await startLine([first, second]);
});
afterAll(() => line.close());

const feed = 'feed-1';
function run(...args: string[]): Promise<CommandResult> {
  return runCommand([...args, '--config', line.trust.config], { databaseUrl: line.trust.databaseUrl });
}
const states = async (): Promise<string[]> => {
  const rows = await line.app.store.other.selectFrom('inbox').select('state').orderBy('id').execute();
  return rows.map(({ state }) => state);
};
const paid = { answer: ['PAID', '20260201'] } as const;
/** Longer than a worker sleeps. */
const aWhile = () => new Promise((done) => setTimeout(done, 2_500));

describe('pause and resume', () => {
  it('a paused feed is acknowledged and stored, and processed when it is resumed', async () => {
    const paused = await run('pause', 'feed', feed, '--reason', 'the EPR is being upgraded');
    expect(paused).toMatchObject({ code: 0, err: '' });
    expect(paused.out).toContain('feed feed-1 is paused. Its messages are taken, acknowledged and stored');
    await line.send(adt(first, { controlId: 'P1', ...paid }));
    await aWhile();
    expect(await states()).toEqual(['received']);
    const resumed = await run('resume', 'feed', feed, '--reason', 'done');
    expect(resumed).toMatchObject({ code: 0, out: 'feed feed-1 is resumed.\n' });
    await line.settled();
    expect(await states()).toEqual(['processed']);
    expect((await proposalsOf(line.epr, first)).tasks).toHaveLength(1);
  });

  it('a paused destination gets nothing until it is resumed, and everything then', async () => {
    await run('pause', 'destination', 'epr', '--reason', 'the EPR is being upgraded');
    await line.send(adt(second, { controlId: 'P2', ...paid }));
    await until('it is processed', async () => !(await states()).includes('received'));
    await aWhile();
    expect((await proposalsOf(line.epr, second)).tasks).toEqual([]);
    expect(await metricOf(line.trust.httpPort, 'paused')).toBe(1);
    await run('resume', 'destination', 'epr', '--reason', 'done');
    await line.settled();
    expect((await proposalsOf(line.epr, second)).tasks).toHaveLength(1);
  });

  it('the same again is harmless and says so', async () => {
    const pause = ['pause', 'feed', 'ips-notes', '--reason', 'notes of the wrong day'];
    expect((await run(...pause)).out).toContain('is paused.');
    expect(await run(...pause)).toMatchObject({ code: 0, out: expect.stringContaining('paused already') });
    const resume = ['resume', 'feed', 'ips-notes', '--reason', 'cleared up'];
    expect((await run(...resume)).out).toContain('is resumed.');
    expect(await run(...resume)).toMatchObject({ code: 0, out: expect.stringContaining('is not paused') });
  });

  it('an id that is not there is refused with those that are, and a pause needs a reason', async () => {
    const feeds = await run('pause', 'feed', 'epr-adt', '--reason', 'as agreed');
    expect(feeds).toMatchObject({ code: 1, out: '' });
    expect(feeds.err).toContain('no feed called epr-adt is configured: there is feed-1, ips-notes');
    const destinations = await run('resume', 'destination', 'rio', '--reason', 'as agreed');
    expect(destinations.err).toContain('no destination called rio is configured or paused: there is epr');
    expect((await run('pause', 'feed', feed)).code).toBe(2);
    expect((await run('pause', 'feed', feed, '--reason', ' ')).code).toBe(2);
    expect((await run('pause', 'team', feed, '--reason', 'as agreed')).code).toBe(2);
  });

  it('what is paused is listed with who and why, told by check and at the start of a service', async () => {
    expect((await run('paused')).out).toBe('Nothing is paused.\n');
    await run('pause', 'destination', 'epr', '--reason', 'the EPR is being upgraded');
    const listed = await run('paused');
    expect(listed.out).toMatch(
      /^WHAT +ID +SINCE +BY +WHY\ndestination +epr +20\S+ +operator:tester +the EPR/,
    );
    const json: unknown = JSON.parse((await run('paused', '--json')).out);
    expect(json).toMatchObject([{ what: 'destination', id: 'epr', reason: 'the EPR is being upgraded' }]);
    const checked = await run('check');
    expect(checked.out).toMatch(/warn {2}destination epr: paused by an operator since .*: nothing is sent to it; the EPR is being upgraded/); // prettier-ignore

    const replica = await testTrust({ feeds: 1, databaseUrl: line.trust.databaseUrl, eprUrl: line.epr.url });
    const service = startService(replica);
    await service.ready;
    service.process.kill('SIGTERM');
    await service.ended;
    replica.remove();
    const told = linesOf(service.output()).filter(({ message }) => message === 'paused');
    expect(told).toMatchObject([{ level: 'warn', destination: 'epr' }]);
    await run('resume', 'destination', 'epr', '--reason', 'done');
  });
});
