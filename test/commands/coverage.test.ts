// `coverage report` as its users run it: on a real database of invented people, counted by hand beside it.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { z } from 'zod';
import { countByHand } from '../coverage/count.ts';
import { inventPeople, period, storePeople, teamsCsv } from '../coverage/people.ts';
import { runCommand } from '../support/command.ts';
import type { CommandResult } from '../support/command.ts';
import { freshStore } from '../support/database.ts';
import type { FreshStore } from '../support/database.ts';
import { testTrust } from '../support/trust.ts';
import type { TestTrust } from '../support/trust.ts';

const people = inventPeople(450, 5);
const byHand = countByHand(people.map(({ truth }) => truth));

const reportShape = z.object({
  schemaVersion: z.literal(1),
  form: z.string(),
  period: z.string(),
  at: z.string(),
  provisional: z.boolean(),
  purpose: z.string().optional(),
  remarks: z.array(z.string()),
  figures: z.array(
    z.object({
      measure: z.string(),
      scope: z.string(),
      team: z.string().optional(),
      figure: z.object({ state: z.string(), value: z.number().optional() }),
    }),
  ),
});

let fresh: FreshStore;
let trust: TestTrust;
let folder: string;

beforeAll(async () => {
  fresh = await freshStore();
  folder = mkdtempSync(join(tmpdir(), 'ips-bridge-coverage-'));
  trust = await testTrust({
    feeds: 1,
    databaseUrl: fresh.url,
    mappingFiles: { 'codes/teams.csv': teamsCsv },
  });
  await storePeople(fresh.store, people);
});
afterAll(async () => {
  await fresh.drop();
  trust.remove();
  rmSync(folder, { recursive: true, force: true });
});

function coverage(...args: readonly string[]): Promise<CommandResult> {
  return runCommand(['coverage', 'report', '--config', trust.config, ...args], { databaseUrl: fresh.url });
}

async function auditRows(): Promise<{ actor: string; detail: unknown }[]> {
  const { rows } = await sql<{ actor: string; detail: unknown }>`
    select actor, detail from audit where action = 'reported' order by id`.execute(fresh.store.other);
  return rows;
}

const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

describe('coverage report', () => {
  it('R44 exact counts need a purpose, and are on the audit with operator, purpose and period', async () => {
    const out = join(folder, 'exact');
    const refused = await coverage('--period', period, '--form', 'internal', '--out', out);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('exact counts need a purpose');
    expect(existsSync(out)).toBe(false);
    expect(await auditRows()).toEqual([]);

    const made = await coverage('--period', period, '--form', 'internal', '--purpose', 'service review', '--out', out); // prettier-ignore
    expect(made.err.split('\n')).toContain('450 people counted');
    expect(made.code).toBe(0);
    for (const name of ['coverage.csv', 'coverage.json', 'coverage.html']) {
      expect(made.out).toContain(join(out, name));
    }
    expect(await auditRows()).toEqual([
      { actor: 'operator:tester', detail: { report: 'coverage', form: 'internal', period, purpose: 'service review' } },
    ]); // prettier-ignore
    expect(read('exact/coverage.html')).toContain('INTERNAL: exact counts, not for publication');
  });

  it('every number in the file is what an independent count says', () => {
    const report = reportShape.parse(JSON.parse(read('exact/coverage.json')));
    expect(report).toMatchObject({
      form: 'internal',
      period,
      at: '2026-10-31T23:59:59.999Z',
      provisional: false,
    });
    const counted = report.figures.filter(({ scope, figure }) => scope !== 'trust' && figure.state === 'number'); // prettier-ignore
    expect(counted.length).toBeGreaterThan(130);
    for (const { measure, scope, team, figure } of counted) {
      const row = scope === 'total' ? 'total' : (team ?? '');
      expect([measure, row, figure.value]).toEqual([measure, row, byHand.get(`${measure}|${row}`) ?? 0]);
    }
    const said = new Set(counted.map(({ measure, scope, team }) => `${measure}|${scope === 'total' ? 'total' : team}`)); // prettier-ignore
    for (const key of byHand.keys()) expect(said).toContain(key);
  });

  it('R38 names nobody: no number, key or name of a person is in any file or on the screen', async () => {
    const made = await coverage('--period', period, '--form', 'internal', '--purpose', 'x', '--json', '--out', join(folder, 'names')); // prettier-ignore
    const all = ['csv', 'json', 'html'].map((type) => read(`names/coverage.${type}`)).join() + made.out + made.err; // prettier-ignore
    expect(all).not.toMatch(/(?<![\d.])999\d{7}(?!\d)|R0000\d{3}|Okafor/);
    const printed: unknown = JSON.parse(made.out);
    expect(JSON.parse(read('names/coverage.json'))).toEqual(printed);
  });

  it('R44 is in the published form unless exact counts are asked for, and holds none', async () => {
    const out = join(folder, 'open');
    expect((await coverage('--period', period, '--out', out)).code).toBe(0);
    const report = reportShape.parse(JSON.parse(read('open/coverage.json')));
    expect(report.form).toBe('published');
    expect(report.purpose).toBeUndefined();
    for (const { figure } of report.figures) {
      if (figure.state === 'number') expect((figure.value ?? 1) % 5).toBe(0);
    }
    const totals = report.figures.filter(({ scope, figure }) => scope === 'total' && figure.state === 'number'); // prettier-ignore
    for (const { measure, figure } of totals) {
      expect(Math.abs((figure.value ?? 0) - (byHand.get(`${measure}|total`) ?? 0))).toBeLessThanOrEqual(2);
    }
    expect(totals.length).toBeGreaterThan(8);
  });

  it('says what is not sent yet, and refuses what is no month', async () => {
    const report = reportShape.parse(JSON.parse(read('open/coverage.json')));
    expect(report.remarks).toEqual([]);
    const observing = await testTrust({ feeds: 1, databaseUrl: fresh.url, eprUrl: 'http://127.0.0.1:9/fhir', live: 'none' }); // prettier-ignore
    const out = join(folder, 'observing');
    const made = await runCommand(['coverage', 'report', '--config', observing.config, '--period', period, '--out', out], { databaseUrl: fresh.url }); // prettier-ignore
    observing.remove();
    expect(made.code).toBe(0);
    expect(reportShape.parse(JSON.parse(read('observing/coverage.json'))).remarks).toEqual([
      expect.stringContaining('a proposal counted here may have been shown to nobody'),
    ]);
    const wrong = await coverage('--period', '2026-13', '--out', folder);
    expect(wrong.code).toBe(1);
    expect(wrong.err).toContain('a period is a calendar month: --period 2026-10');
    const blank = await coverage('--period', period, '--form', 'internal', '--purpose', ' ', '--out', folder);
    expect(blank.code).toBe(2);
  });

  it('R40 where the audit entry cannot be written, no file is', async () => {
    await sql`alter table audit add constraint no_reports check (action <> 'reported') not valid`.execute(fresh.store.other); // prettier-ignore
    const out = join(folder, 'unaudited');
    const made = await coverage('--period', period, '--out', out);
    await sql`alter table audit drop constraint no_reports`.execute(fresh.store.other);
    expect(made.code).toBe(1);
    expect(existsSync(out)).toBe(false);
  });
});
