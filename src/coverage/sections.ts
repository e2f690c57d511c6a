// The parts of the page that are tables and words.
import { partitions, steps } from '../ips/measures/definitions.ts';
import type { FunnelMeasure, Measure } from '../ips/measures/definitions.ts';
import { smallestBase } from './figures.ts';
import { html } from './html.ts';
import type { Markup } from './html.ts';
import { figureIndex } from './report.ts';
import type { CoverageReport, Place, ReportFigure } from './report.ts';
import { figureWords, number, shareWords } from './words.ts';

/** The total, step by step, with what stopped the others. */
export function stepsTable(report: CoverageReport): Markup {
  const find = figureIndex(report);
  const titles = titlesOf(report);
  const rows = steps.map((step) => {
    const found = find(step, 'total');
    const others = (partitions.find(({ whole }) => whole === step)?.parts ?? []).filter(
      (part) => !isStep(part),
    );
    const said = others
      .map((part) => ({ part, figure: find(part, 'total')?.figure }))
      .filter(({ figure }) => figure?.state === 'number' || figure?.state === 'suppressed')
      .map(({ part, figure }) => `${titles.get(part) ?? part}: ${figureWords(figure)}`);
    return html`<tr><th scope="row">${titles.get(step) ?? step}</th><td class="number">${figureWords(found?.figure)}</td><td class="number">${shareWords(found?.share)}</td><td>${said.join(' · ')}</td></tr>`; // prettier-ignore
  });
  return html`<table>
<caption>Everybody, step by step</caption>
<thead><tr><th scope="col">Step</th><th scope="col" class="number">People</th><th scope="col" class="number">Of the step before</th><th scope="col">The others of this step who did not go on to the next</th></tr></thead>
<tbody>${rows}</tbody>
</table>`; // prettier-ignore
}

/** Two tables with a line for each team: who reached which step, and where the others are. */
export function teamTables(report: CoverageReport): Markup {
  const titles = titlesOf(report);
  const reached = html`<tr><th scope="col">Team</th>${steps.map((step) => html`<th scope="col" class="number">${titles.get(step) ?? step}</th>`)}</tr>`; // prettier-ignore
  const stops = partitions.map(({ whole, parts }) => ({ whole, parts: parts.filter((part) => !isStep(part)) })); // prettier-ignore
  const groups = stops.map(({ whole, parts }) => html`<th scope="colgroup" colspan="${parts.length}" class="group start">${titles.get(whole) ?? whole}</th>`); // prettier-ignore
  const heads = stops.flatMap(({ parts }) => parts.map((part, place) => html`<th scope="col" class="number${place === 0 ? ' start' : ''}">${titles.get(part) ?? part}</th>`)); // prettier-ignore
  const starts = new Set(stops.map(({ parts }) => parts[0]));
  return html`<section aria-labelledby="teams">
<h2 id="teams">Team by team</h2>
<p>Below each number is its share of the step before, where that has at least ${smallestBase} people. ${several(report)}</p>
<div class="wide"><table class="teams">
<caption>How far people have come</caption>
<thead>${reached}</thead>
<tbody>${teamRows(report, steps, new Set())}</tbody>
</table></div>
<div class="wide"><table class="teams">
<caption>The others: who did not go on, and of whom it is not known</caption>
<thead><tr><th scope="col" rowspan="2">Team</th>${groups}</tr><tr>${heads}</tr></thead>
<tbody>${teamRows(report, stops.flatMap(({ parts }) => parts), starts)}</tbody>
</table></div>
</section>`; // prettier-ignore
}

function teamRows(
  report: CoverageReport,
  measures: readonly FunnelMeasure[],
  starts: ReadonlySet<FunnelMeasure | undefined>,
): Markup[] {
  const find = figureIndex(report);
  const row = (name: string, place: Place, total: boolean): Markup => {
    const cells = measures.map((measure) => numberCell(find(measure, place), starts.has(measure)));
    return html`<tr${total ? html` class="total"` : ''}><th scope="row">${name}</th>${cells}</tr>`;
  };
  const section = (title: string, served: boolean | null): Markup[] => {
    const teams = report.teams.filter((team) => team.served === served);
    if (teams.length === 0) return [];
    const heading = html`<tr class="section">
      <th colspan="${measures.length + 1}" scope="rowgroup">${title}</th>
    </tr>`;
    return [heading, ...teams.map((team) => row(`${team.name}${team.type === '' ? '' : ` (${team.type})`}`, { team: team.id }, false))]; // prettier-ignore
  };
  return [
    row('Everybody, counted once', 'total', true),
    ...section('Covered by IPS', true),
    ...section('Not covered by IPS', false),
    ...section('Not known whether covered', null),
  ];
}

function several({ peopleUnderSeveralTeams }: CoverageReport): string {
  const counted =
    'Somebody under two teams is in both rows and once in the total, so that the teams may add up to more than it.';
  if (peopleUnderSeveralTeams === undefined) return counted;
  return `${counted} ${number(peopleUnderSeveralTeams)} people are under more than one team.`;
}

const trustTables = [
  { caption: 'Everybody on the record', measures: ['on-record', 'on-caseload', 'with-ips-only', 'on-no-caseload', 'caseload-not-known', 'died'] },
  { caption: 'Employment goals in the care plans of those served', measures: ['goal', 'no-goal', 'goal-unclear', 'goal-content-not-available'] },
  { caption: 'Our proposals of a referral', measures: ['proposals-made', 'proposals-open', 'proposals-completed', 'proposals-withdrawn', 'proposals-given-up'] },
  { caption: 'Besides', measures: ['wish-to-proposal', 'with-ips-another-way', 'employer-contacts-without-consent'] },
] as const; // prettier-ignore

/** What only people inside the trust see. */
export function trustSection(report: CoverageReport): Markup {
  const find = figureIndex(report);
  const titles = titlesOf(report);
  const tables = trustTables.map(({ caption, measures }) => {
    const rows = measures.map((measure) => {
      const found = find(measure, 'trust') ?? find(measure, 'total');
      const of = measure === 'wish-to-proposal' && report.peopleWithDays !== undefined ? ` (median, n = ${number(report.peopleWithDays)})` : ''; // prettier-ignore
      return html`<tr>
        <th scope="row">${titles.get(measure) ?? measure}${of}</th>
        ${numberCell(found)}
      </tr>`;
    });
    return html`<table><caption>${caption}</caption>
<thead><tr><th scope="col">Measure</th><th scope="col" class="number">Number</th></tr></thead><tbody>${rows}</tbody></table>`; // prettier-ignore
  });
  return html`<section class="pairs" aria-labelledby="trust"><h2 id="trust">The whole trust</h2>${tables}</section>`; // prettier-ignore
}

/** What one has to know to read the numbers. */
export function readingSection(report: CoverageReport): Markup {
  const { typesNotServed, form, remarks } = report;
  const points = [
    typesNotServed.length === 0
      ? 'IPS covers every type of team that this trust lists.'
      : `Team types that IPS does not cover here: ${typesNotServed.join(', ')} (MHSDS codes). Their people are in the first step all the same.`,
    'First contact is counted from progress notes: a note is not a contact in the national sense, and no feed supplies the EPR’s own contacts yet. A note that does not say whether the person was seen is not counted.',
    'Nobody has to take this way. Saying no, or not now, is an answer like any other; no step is a target for a person.',
    'A proposal is counted from the day it was decided, as our record keeps it.',
    '“Not collected” means that no feed supplies it: it is not 0. “Not known” means that nothing is recorded, where that need not mean “no”. “–” means that there is nothing to count, or too few people for a share.',
    ...(form === 'published'
      ? [
          'Counts below 5, also 0, are shown as *. All others are rounded to the nearest 5, each by itself, so that they may not add up. Shares are worked out from the rounded counts. Some larger counts are shown as * too, so that no small one can be worked out from the others.',
          'Reports of different months are made safe each by itself. Before two are published side by side, look at what they tell together.',
        ]
      : []),
    ...remarks,
  ];
  return html`<section aria-labelledby="reading"><h2 id="reading">How to read this</h2><ul>${points.map((point) => html`<li>${point}</li>`)}</ul></section>`; // prettier-ignore
}

/** The definition of every number on the page; what several have in common is said once above them. */
export function measuresSection(report: CoverageReport): Markup {
  const titles = titlesOf(report);
  const shared = ({ unit, exclusions, source, dateBasis }: Measure): string =>
    `Unit: ${unit}. Source: ${source}. Date: ${dateBasis}. Left out: ${exclusions}.`;
  const rows = report.measures.map((measure, place) => {
    const before = report.measures[place - 1];
    const common = shared(measure);
    const heading = before !== undefined && shared(before) === common ? html`` : html`<tr class="section"><th colspan="3" scope="rowgroup">${common}</th></tr>`; // prettier-ignore
    const { title, definition, of } = measure;
    return html`${heading}<tr><th scope="row">${title}</th><td>${definition}</td><td>${of === undefined ? 'no share' : (titles.get(of) ?? of)}</td></tr>`; // prettier-ignore
  });
  return html`<section aria-labelledby="measures"><h2 id="measures">What each number means</h2>
<table class="words"><caption>Measures</caption>
<thead><tr><th scope="col">Measure</th><th scope="col">What is counted</th><th scope="col">Share of</th></tr></thead>
<tbody>${rows}</tbody></table></section>`; // prettier-ignore
}

function numberCell(found: ReportFigure | undefined, start = false): Markup {
  const words = figureWords(found?.figure);
  const share = found?.share?.state === 'number' && found.share.value > 0 ? shareWords(found.share) : '';
  const kind = found?.figure.state === 'number' ? '' : ' absent';
  return html`<td class="number${kind}${start ? ' start' : ''}">${words}${share === '' ? '' : html`<small>${share}</small>`}</td>`; // prettier-ignore
}

function isStep(measure: FunnelMeasure): boolean {
  return steps.some((step) => step === measure);
}

function titlesOf({ measures }: CoverageReport): ReadonlyMap<string, string> {
  return new Map(measures.map(({ id, title }: Measure) => [id, title]));
}
