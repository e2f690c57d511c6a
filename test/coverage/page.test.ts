// The page as a browser gets it: one file that fetches nothing, runs nothing and lets nothing in unescaped.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { coveragePage } from '../../src/coverage/page.ts';
import { periodOf } from '../../src/coverage/period.ts';
import { coverageReport } from '../../src/coverage/report.ts';
import type { CoverageReport } from '../../src/coverage/report.ts';
import { writeReport } from '../../src/coverage/write.ts';
import { standingOf } from '../../src/ips/measures/person.ts';
import { newTally } from '../../src/ips/measures/tally.ts';
import { browserPath, openInBrowser } from './browser.ts';
import { facts, feed, inventPeople, period, programme, teams } from './people.ts';

const now = new Date('2026-11-20T10:00:00Z');
const { add, tally } = newTally();
for (const { record } of inventPeople(120)) add(standingOf(record, facts));

function report(form: 'internal' | 'published'): CoverageReport {
  return coverageReport(tally(), {
    form, period: periodOf(period, now, 'Europe/London'), madeAt: now, zone: 'Europe/London', trust: 'RZZ', programme,
    teams: teams.all, feeds: [feed], remarks: [], purpose: form === 'internal' ? 'service review' : undefined,
  }); // prettier-ignore
}

const nasty = `<script>alert(1)</script><b onload="x">&'"`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ips-bridge-page-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the page', () => {
  it('R34 has a policy that lets nothing in but its own style sheet, by its hash', async () => {
    const page = await coveragePage(report('internal'));
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? '';
    const sheets = [...page.matchAll(/<style>([\s\S]*?)<\/style>/g)];
    expect(sheets).toHaveLength(1);
    const hash = createHash('sha256')
      .update(sheets[0]?.[1] ?? '')
      .digest('base64');
    expect(policy).toBe(`default-src 'none'; style-src 'sha256-${hash}'; img-src data:; base-uri 'none'; form-action 'none'`); // prettier-ignore
    expect(page.indexOf('Content-Security-Policy')).toBeLessThan(page.indexOf('<style>'));
  });

  it('R34 runs nothing and names no address', async () => {
    for (const form of ['internal', 'published'] as const) {
      const page = await coveragePage(report(form));
      expect(page).not.toMatch(/<script|<iframe|<object|<embed|<form|javascript:|\son\w+=|\sstyle=/i);
      expect(page).not.toMatch(/https?:|\/\/|url\(|@import/i);
      expect([...page.matchAll(/\s(?:src|href)="([^"]*)"/g)].map(([, target]) => target)).toEqual(['data:,']);
    }
  });

  it('R34 escapes whatever comes from tables and from the command line', async () => {
    const made = report('internal');
    const page = await coveragePage({
      ...made,
      purpose: nasty,
      programme: nasty,
      trust: nasty,
      typesNotServed: [nasty],
      remarks: [nasty],
      teams: made.teams.map((team) => ({ ...team, name: `${nasty}${team.id}` })),
    });
    expect(page).not.toMatch(/<script|<b |<b>/);
    expect(page.split('&lt;script&gt;alert(1)').length).toBeGreaterThan(made.teams.length + 5);
  });

  it('R44 says which form it is, at its head and at its foot', async () => {
    const internal = await coveragePage(report('internal'));
    expect(internal.match(/INTERNAL: exact counts, not for publication/g)).toHaveLength(2);
    expect(internal).toContain('Purpose: service review.');
    const published = await coveragePage(report('published'));
    expect(published).not.toContain('INTERNAL');
    expect(published.match(/FOR PUBLICATION/g)).toHaveLength(2);
  });

  it('reads well without eyes: language, one first heading, captions, scopes, named charts', async () => {
    const page = await coveragePage(report('internal'));
    expect(page).toMatch(/<html lang="en-GB">/);
    expect(page.match(/<h1/g)).toHaveLength(1);
    const tables = page.split('<table').slice(1);
    for (const table of tables) expect(table).toMatch(/^[^>]*>\s*<caption>/);
    for (const [head] of page.matchAll(/<th[\s>][^>]*/g)) expect(head).toMatch(/scope="(col|row|colgroup|rowgroup)"/); // prettier-ignore
    const charts = [...page.matchAll(/<svg[^>]*>/g)].map(([start]) => start);
    expect(charts).toHaveLength(2);
    for (const chart of charts) expect(chart).toMatch(/role="img" aria-label="Bar chart: [^"]+"/);
  });

  it('holds the numbers of the report, and in the published form no other', async () => {
    const published = await coveragePage(report('published'));
    const cells = [...published.matchAll(/<td class="number[^"]*">([^<]*)/g)].map(([, cell = '']) => cell);
    expect(cells.length).toBeGreaterThan(100);
    for (const cell of cells) expect(cell).toMatch(/^(\*|–|not collected|[\d,]*[05]|\d+ %|)$/);
  });

  it('is written whole, for owner and group only', async () => {
    const files = await writeReport(report('internal'), join(folder, 'out'));
    expect(readdirSync(join(folder, 'out')).sort()).toEqual(['coverage.csv', 'coverage.html', 'coverage.json']); // prettier-ignore
    for (const file of files) expect(statSync(file).mode & 0o137).toBe(0);
    expect(JSON.parse(readFileSync(join(folder, 'out/coverage.json'), 'utf8'))).toEqual(JSON.parse(JSON.stringify(report('internal')))); // prettier-ignore
  });

  it('a folder that cannot be written is said plainly', async () => {
    writeFileSync(join(folder, 'file'), '');
    await expect(writeReport(report('internal'), join(folder, 'file'))).rejects.toThrow('the report cannot be written'); // prettier-ignore
  });
});

(browserPath === undefined ? describe.skip : describe)('in a browser (only where there is one)', () => {
  it('opens without an error and asks for nothing but itself', async () => {
    for (const form of ['internal', 'published'] as const) {
      const [, , page = ''] = await writeReport(report(form), join(folder, form));
      const { complaints, requests } = await openInBrowser(page);
      expect(complaints).toEqual([]);
      expect(requests.filter((url) => url !== 'data:,')).toEqual([pathToFileURL(page).href]);
    }
  }, 120_000);

  it('would be seen to ask for more, to run something, and to be refused by the policy', async () => {
    const [, , page = ''] = await writeReport(report('internal'), join(folder, 'spoilt'));
    const spoilt = '<img src="http://127.0.0.1:45999/x.png"><script>throw new Error("ran")</script><h1>';
    const text = readFileSync(page, 'utf8').replace('<h1>', spoilt);
    writeFileSync(page, text);
    const refused = await openInBrowser(page);
    expect(refused.complaints.join()).toMatch(/Content Security Policy/);
    expect(refused.complaints.join()).not.toMatch(/ran/);
    writeFileSync(page, text.replace(/<meta http-equiv="Content[^>]*>/, ''));
    const open = await openInBrowser(page);
    expect(open.complaints.join()).toMatch(/ran/);
    expect(open.requests).toContain('http://127.0.0.1:45999/x.png');
  }, 120_000);
});
