// `run` and `runs` as an operator uses them: a rehearsal that shows people and is audited, a run through the ledger.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { stringify } from 'yaml';
import { z } from 'zod';
import { bring, broughtAt, flagsMade } from '../jobs/caseload.ts';
import { runCommand } from '../support/command.ts';
import type { CommandResult } from '../support/command.ts';
import { freshStore } from '../support/database.ts';
import type { FreshStore } from '../support/database.ts';
import { testTrust } from '../support/trust.ts';
import type { TestTrust } from '../support/trust.ts';

const rehearsal = z.object({
  counts: z.record(z.string(), z.number()),
  people: z.array(z.strictObject({ uid: z.string(), localNumber: z.string(), outcome: z.string(), team: z.string(), owner: z.string(), why: z.string() })),
  unlisted: z.number(),
}); // prettier-ignore

describe('run and runs', () => {
  let fresh: FreshStore;
  let trust: TestTrust;
  beforeAll(async () => {
    fresh = await freshStore();
    trust = await testTrust({
      feeds: 1,
      databaseUrl: fresh.url,
      eprUrl: 'http://127.0.0.1:9/fhir',
      live: 'none',
      supplies: { carePlans: { completeFrom: '2020-01-01' } },
    });
    configure('off');
    const people = [
      { number: 1 },
      { number: 2, coordinator: 'C2002', said: { teamEnd: '20260930' } },
      { number: 3, goals: 'Would like to think about work in the future' },
      { number: 4, said: { restricted: true } },
    ];
    await bring(fresh.store, people, broughtAt, 'feed-1');
  });
  afterAll(async () => {
    trust.remove();
    await fresh.drop();
  });

  function configure(mode: string): void {
    writeFileSync(join(trust.config, 'jobs.yaml'), stringify({ 'employment-goal-sweep': { mode } }));
  }
  const command = (...args: string[]): Promise<CommandResult> =>
    runCommand([...args, '--config', trust.config], { databaseUrl: fresh.url });
  const audited = async (action: string): Promise<readonly { actor: string; person_id: number | null }[]> => {
    const { rows } = await sql<{ actor: string; person_id: number | null }>`
      select actor, person_id from audit where action = ${action} order by id`.execute(fresh.store.other);
    return rows;
  };

  it('a rehearsal prints counts and who and why, makes nothing, and audits each person whom it shows', async () => {
    const { code, out } = await command('run', 'employment-goal-sweep', '--dry-run', '--json');
    expect(code).toBe(0);
    const { counts, people, unlisted } = rehearsal.parse(JSON.parse(out));
    expect(counts).toEqual({ people: 4, flag: 1, 'not-covered': 1, unclear: 1, restricted: 1 });
    expect(people.map(({ localNumber, outcome, team }) => [localNumber, outcome, team])).toEqual([
      ['T00001', 'flag', 'CMHT-N'],
      ['T00003', 'unclear', ''],
    ]);
    expect(people[0]).toMatchObject({ owner: expect.stringContaining('Patel'), why: expect.stringContaining('has no recorded answer about work') }); // prettier-ignore
    expect(unlisted).toBe(0);
    expect(await flagsMade(fresh.store)).toEqual({ people: 0, rows: 0 });
    const looks = await audited('viewed');
    expect(looks.map(({ actor }) => actor)).toEqual(['operator:tester', 'operator:tester']);
    const told = await command('run', 'employment-goal-sweep', '--dry-run', '--limit', '1');
    expect(told.out).toMatch(/personal data[\s\S]*4 people: [\s\S]*T00001/);
    expect(told.out).not.toContain('T00003');
    expect(await audited('viewed')).toHaveLength(3);
    expect((await command('runs')).out).toBe('No job has run yet.\n');
  });

  it('a job that is off is not run', async () => {
    configure('off');
    const { code, err } = await command('run', 'employment-goal-sweep');
    expect([code, err]).toEqual([1, expect.stringContaining('is off in jobs.yaml')]);
    expect(await audited('ran')).toEqual([]);
  });

  it('R55 a run goes through the ledger; the first is dry although the job is live, and says so', async () => {
    configure('live');
    const { code, out, err } = await command('run', 'employment-goal-sweep');
    expect([code, err]).toEqual([0, expect.stringContaining('4 people looked at')]);
    expect(out).toContain('done (dry, because it was the first: nothing was made)');
    expect(out).not.toMatch(/T0000|Patel/);
    expect(await audited('ran')).toMatchObject([{ actor: 'operator:tester', person_id: null }]);
    const second = await command('run', 'employment-goal-sweep', '--json');
    expect(JSON.parse(second.out)).toMatchObject({
      mode: 'live',
      first: false,
      state: 'done',
      counts: { flag: 1 },
    });
    expect(await flagsMade(fresh.store)).toEqual({ people: 1, rows: 1 });
    const shown = await command('runs');
    expect(shown.out).toMatch(/^JOB +DUE +MODE/);
    expect(shown.out).toMatch(/ live +done .*\n.* dry \(first\) +done /);
    const json = await command('runs', '--json', '--limit', '1');
    expect(JSON.parse(json.out)).toMatchObject([
      { job: 'employment-goal-sweep', mode: 'live', counts: { people: 4 } },
    ]);
  });

  it('a schedule that the clock change would break is refused with the file and what to do', async () => {
    writeFileSync(
      join(trust.config, 'jobs.yaml'),
      stringify({ 'employment-goal-sweep': { schedule: '15 1 * * *' } }),
    );
    const { code, err } = await command('runs');
    expect([code, err]).toEqual([78, expect.stringMatching(/01:00 and 01:59.*jobs\.yaml/)]);
  });
});
