// The report against an independent count over invented people: every number of every team, in both forms.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { funnelMeasures, partitions } from '../../src/ips/measures/definitions.ts';
import { standingOf } from '../../src/ips/measures/person.ts';
import { newTally } from '../../src/ips/measures/tally.ts';
import type { FeedSupply, SuppliedFact } from '../../src/ips/supply.ts';
import { coverageCsv } from '../../src/coverage/csv.ts';
import { figuresOf } from '../../src/coverage/figures.ts';
import { figureIndex, coverageReport } from '../../src/coverage/report.ts';
import type { CoverageReport, Place } from '../../src/coverage/report.ts';
import { periodOf } from '../../src/coverage/period.ts';
import { countByHand, howMany, measuresOf } from './count.ts';
import {
  coveredTeams,
  facts,
  feed,
  inventPeople,
  otherTeams,
  period,
  periodEnd,
  programme,
  teams,
} from './people.ts';
import type { Invented, Truth } from './people.ts';

const zone = 'Europe/London';
const people = inventPeople(400);
const truths = people.map(({ truth }) => truth);
const byHand = countByHand(truths);

function report(
  form: 'internal' | 'published',
  some: readonly Invented[] = people,
  feeds: readonly FeedSupply[] = [feed],
): CoverageReport {
  const { add, tally } = newTally();
  for (const { record } of some) add(standingOf(record, { ...facts, feeds }));
  const now = new Date('2026-11-20T10:00:00Z');
  return coverageReport(tally(), {
    form, period: periodOf(period, now, zone), madeAt: now, zone, trust: 'RZZ', programme, teams: teams.all, feeds,
    remarks: [], purpose: undefined,
  }); // prettier-ignore
}

const rows: readonly (readonly [Place, string])[] = [
  ['total', 'total'],
  ...[...coveredTeams, ...otherTeams, ''].map((team) => [{ team }, team] as const),
];
const countOf = (measure: string, row: string): number => byHand.get(`${measure}|${row}`) ?? 0;

/** What the feed supplies, but for one fact. */
function without(fact: SuppliedFact): FeedSupply['supplies'] {
  return Object.fromEntries(Object.entries(feed.supplies).filter(([name]) => name !== fact));
}

/** Nobody can be there by what the measure means. */
function impossible(measure: string, row: string): boolean {
  if (measure === 'not-served') return coveredTeams.includes(row) || row === '';
  return measure === 'served-not-known' && coveredTeams.includes(row);
}

describe('the internal report', () => {
  let internal: CoverageReport;
  beforeAll(() => {
    internal = report('internal');
  });

  it('says of every team and of everybody what an independent count says', () => {
    const find = figureIndex(internal);
    for (const { id } of funnelMeasures) {
      for (const [place, row] of rows) {
        const value = countOf(id, row);
        expect([id, row, find(id, place)?.figure]).toEqual([
          id,
          row,
          impossible(id, row) ? { state: 'not-applicable' } : { state: 'number', value },
        ]);
      }
    }
    expect(countOf('first-contact', 'total')).toBeGreaterThan(5);
    expect(countOf('accepted-not-known', 'total') + countOf('served-not-known', 'total')).toBeGreaterThan(0);
  });

  it('counts somebody under two teams in both rows and once in the total', () => {
    const inRows = rows.slice(1).reduce((sum, [, row]) => sum + countOf('on-caseload', row), 0);
    const several = howMany(truths, ({ died, teams: on, unlisted }) => !died && on.filter((id) => id !== 'IPS').length + (unlisted ? 1 : 0) > 1); // prettier-ignore
    expect(several).toBeGreaterThan(10);
    expect(internal.peopleUnderSeveralTeams).toBe(several);
    expect(inRows).toBe(countOf('on-caseload', 'total') + several);
  });

  it('says of the whole trust what an independent count says', () => {
    const find = figureIndex(internal);
    const value = (id: string) => {
      const figure = find(id, 'trust')?.figure;
      return figure?.state === 'number' ? figure.value : figure?.state;
    };
    const proposed = (state: Truth['proposal']): number => howMany(truths, ({ proposal }) => proposal === state); // prettier-ignore
    const noTeam = (truth: Truth): boolean => !truth.died && !truth.unlisted && truth.teams.every((id) => id === 'IPS'); // prettier-ignore
    expect(value('on-record')).toBe(400);
    expect(value('died')).toBe(howMany(truths, ({ died }) => died));
    expect(value('with-ips-only')).toBe(howMany(truths, (one) => noTeam(one) && one.teams.length > 0));
    expect(value('on-no-caseload')).toBe(howMany(truths, (one) => noTeam(one) && one.teams.length === 0));
    expect(value('proposals-made')).toBe(proposed('open') + proposed('completed') + proposed('withdrawn'));
    expect(value('proposals-open')).toBe(proposed('open'));
    expect(value('proposals-completed')).toBe(proposed('completed'));
    expect(value('proposals-withdrawn')).toBe(proposed('withdrawn'));
    expect(value('employer-contacts-without-consent')).toBe(
      howMany(truths, ({ employer }) => employer === 'without-consent'),
    );
    const days = truths.filter((one) => !one.died && one.proposal !== undefined && one.teams.some((id) => coveredTeams.includes(id))).map((one) => one.daysToProposal).sort((a, b) => a - b); // prettier-ignore
    const middle = ((days[Math.floor((days.length - 1) / 2)] ?? 0) + (days[Math.ceil((days.length - 1) / 2)] ?? 0)) / 2; // prettier-ignore
    expect(internal.peopleWithDays).toBe(days.length);
    expect(value('wish-to-proposal')).toBe(middle);
    const served = (plan: Truth['plan']): number => howMany(truths, (one) => measuresOf(one).includes('served') && one.plan === plan); // prettier-ignore
    expect(value('goal')).toBe(served('goal'));
    expect(value('no-goal')).toBe(served('no-goal'));
    expect(value('goal-content-not-available')).toBe(served(undefined));
    const withIps = (one: Truth): boolean => one.teams.includes('IPS');
    const anotherWay = howMany(truths, (one) => withIps(one) && measuresOf(one).includes('served') && !measuresOf(one).includes('accepted')); // prettier-ignore
    expect(anotherWay).toBeGreaterThan(0);
    expect(value('with-ips-another-way')).toBe(anotherWay);
  });

  it('R51 what no feed supplies is not collected, and so is what builds on it; never 0', () => {
    const supplies = without('lastAsked');
    const find = figureIndex(report('internal', people, [{ ...feed, supplies }]));
    expect(find('served', 'total')?.figure.state).toBe('number');
    for (const id of ['asked', 'not-asked', 'wants-work', 'proposed', 'accepted', 'first-contact']) {
      expect([id, find(id, 'total')?.figure.state]).toEqual([id, 'not-collected']);
    }
  });

  it('R51 where silence means nothing, people without an answer are not known, not “not asked”', () => {
    const supplies = { ...feed.supplies, lastAsked: {} };
    const find = figureIndex(report('internal', people, [{ ...feed, supplies }]));
    const value = countOf('not-asked', 'total');
    expect(find('not-asked', 'total')?.figure).toEqual({ state: 'number', value: 0 });
    expect(find('asked-not-known', 'total')?.figure).toEqual({ state: 'number', value });
    const nobody = people.filter(({ truth }) => truth.answer === undefined);
    const none = figureIndex(report('internal', nobody, [{ ...feed, supplies }]));
    expect(none('asked', 'total')?.figure.state).toBe('not-collected');
  });

  it('takes goals and employer contacts for not collected where no feed tells of plans and nobody wrote a note', () => {
    const supplies = without('carePlans');
    const silent = people.filter(({ truth }) => truth.note === undefined && truth.employer === undefined);
    const find = figureIndex(report('internal', silent, [{ ...feed, supplies }]));
    for (const id of ['goal', 'no-goal', 'employer-contacts-without-consent']) {
      expect([id, find(id, 'trust')?.figure.state]).toEqual([id, 'not-collected']);
    }
    expect(find('first-contact', 'total')?.figure.state).toBe('not-collected');
    expect(find('accepted', 'total')?.figure.state).toBe('number');
  });

  it('names the team types that IPS does not serve, and names nobody', () => {
    expect(internal.typesNotServed).toEqual(['A07', 'A09', 'C02']);
    const text = JSON.stringify(internal) + coverageCsv(internal);
    for (const { key, record } of people) {
      expect(text.includes(key.value) || text.includes(`"${record.uid}"`)).toBe(false);
    }
    expect(text).not.toMatch(/(?<![\d.])999\d{7}(?!\d)/);
  });
});

describe('the published report', () => {
  it('R44 holds nothing but stars and multiples of 5, near the truth', () => {
    const published = report('published');
    const find = figureIndex(published);
    for (const { id } of funnelMeasures) {
      for (const [place, row] of rows) {
        const found = find(id, place);
        const exact = countOf(id, row);
        if (found?.figure.state === 'number') {
          expect(exact).toBeGreaterThanOrEqual(5);
          expect(found.figure.value % 5).toBe(0);
          expect(Math.abs(found.figure.value - exact)).toBeLessThanOrEqual(2);
        } else if (exact > 0) expect([id, row, found?.figure.state]).toEqual([id, row, 'suppressed']);
      }
    }
    expect(published.figures.some(({ scope }) => scope === 'trust')).toBe(false);
    expect(Object.keys(published)).not.toContain('peopleUnderSeveralTeams');
  });

  it('R44 a nought is protected against teams and total taken together: four teams of eight beside thirty-two', () => {
    const { add, tally } = newTally();
    for (const team of ['CMHT-N', 'CMHT-S', 'CMHT-E', 'EIP']) {
      for (let person = 0; person < 8; person += 1) {
        add({ teams: [team], funnel: ['on-caseload', 'served', 'not-asked'], trust: {}, daysToProposal: undefined, hasNotes: true }); // prettier-ignore
      }
    }
    const team = ['CMHT-N', 'CMHT-S', 'CMHT-E', 'EIP', 'AOT'].map((id) => ({ id, served: true }));
    const { funnel } = figuresOf(tally(), team, { form: 'published', feeds: [feed], at: periodEnd, zone });
    const states = [...funnel.values()].map((row) => row.get('not-asked')?.state);
    // One of the four tens, or the thirty, has to go: with all of them AOT could only be 0.
    expect(states.filter((state) => state === 'suppressed').length).toBeGreaterThan(1);
    expect(funnel.get('AOT')?.get('not-asked')).toEqual({ state: 'suppressed' });
  });

  it('R44 a share is a star where its numerator or denominator is, else worked out from the rounded counts', () => {
    const published = report('published');
    const find = figureIndex(published);
    let shares = 0;
    for (const { whole, parts } of partitions) {
      for (const part of parts) {
        for (const [place] of rows) {
          const [figure, of] = [find(part, place), find(whole, place)?.figure];
          if (figure?.figure.state === 'not-applicable') continue;
          if (figure?.figure.state === 'suppressed' || of?.state === 'suppressed') {
            expect(figure?.share).toEqual({ state: 'suppressed' });
          } else if (figure?.figure.state === 'number' && of?.state === 'number' && of.value >= 20) {
            shares += 1;
            const value = Math.round((figure.figure.value / of.value) * 100);
            expect(figure.share).toEqual({ state: 'number', value });
          } else expect(figure?.share).toBeUndefined();
        }
      }
    }
    expect(shares).toBeGreaterThan(20);
  });
});

describe('coverage.csv', () => {
  it('R34 a cell that a spreadsheet would take for a formula begins with an apostrophe', () => {
    const made = report('internal');
    const named = ['=1+1', '+1', '-1', '@a', '\tx', '\rx'];
    const teamsNamed = named.map((name, index) => ({ id: `T${index}`, name, type: 'A06', served: true }));
    const figures = teamsNamed.map(({ id }) => ({ measure: 'served', scope: 'team' as const, team: id, figure: { state: 'number', value: 1 } as const })); // prettier-ignore
    const csv = coverageCsv({ ...made, teams: teamsNamed, figures });
    for (const name of named) expect(csv).toContain(`'${name}`);
    expect(csv).not.toMatch(/(^|,|")[=+\-@\t\r](?!\n)/m);
  });

  it('holds one number a line, under a header', () => {
    const made = report('internal');
    const lines = coverageCsv(made).split('\r\n');
    expect(lines[0]).toBe('form,period,as_of,measure,title,unit,scope,team,team_name,team_type,served_by_ips,value,share_percent,share_of'); // prettier-ignore
    expect(lines).toHaveLength(made.figures.length + 2);
    const value = countOf('asked', 'EIP');
    expect(lines.some((line) => line.startsWith('internal,2026-10,2026-10-31T23:59:59.999Z,asked,Asked about work,people,team,EIP,') && line.includes(`,yes,${value},`))).toBe(true); // prettier-ignore
  });
});

describe('the period', () => {
  it('is a calendar month in Europe/London, whose end is the last moment of its last day there', () => {
    const now = new Date('2026-11-20T10:00:00Z');
    expect(periodOf('2026-10', now, zone)).toEqual({ month: '2026-10', at: periodEnd, ended: true });
    expect(periodOf('2026-07', now, zone).at.toISOString()).toBe('2026-07-31T22:59:59.999Z');
  });

  it('is provisional while the month runs, and refused before it begins', () => {
    const now = new Date('2026-11-20T10:00:00Z');
    expect(periodOf('2026-11', now, zone)).toEqual({ month: '2026-11', at: now, ended: false });
    expect(() => periodOf('2026-12', now, zone)).toThrow('this month has not begun');
    expect(() => periodOf('2026-13', now, zone)).toThrow('a period is a calendar month');
  });
});
