// coverage.html: one file that needs nothing else, for the screen and for A4. No script, no outside address; the policy
// in its head lets a browser fetch nothing and takes only this style sheet.
import { createHash } from 'node:crypto';
import { dayInWords } from '../ips/words.ts';
import { askedChart, stepsChart, teamsPerChart } from './charts.ts';
import { html, trusted } from './html.ts';
import type { Markup } from './html.ts';
import { figureIndex } from './report.ts';
import type { CoverageReport } from './report.ts';
import { measuresSection, readingSection, stepsTable, teamTables, trustSection } from './sections.ts';
import { style } from './style.ts';
import { figureWords } from './words.ts';

/** The whole page as text. */
export async function coveragePage(report: CoverageReport): Promise<string> {
  const { form, period, zone } = report;
  const day = dayInWords(report.at, zone);
  const hash = createHash('sha256').update(style).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; img-src data:; base-uri 'none'; form-action 'none'`;
  const page = html`<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>IPS coverage, ${dayInWords(period, zone)} (${form})</title>
<link rel="icon" href="data:,">
<style>${trusted(style)}</style>
</head>
<body>
<p class="form ${form}" role="note">${banners[form]}</p>
<main class="page">
<h1>Who Individual Placement and Support reaches</h1>
<p class="about">${report.programme} · trust ${report.trust} · as on record at the end of ${day}${report.provisional ? ' (the month has not ended: provisional)' : ''}</p>
${lead(report)}
<section aria-labelledby="path">
<h2 id="path">The path to IPS</h2>
<p>Each step counts people of the step before. Everybody is counted once.</p>
<figure class="steps">${trusted(await stepsChart(report))}</figure>
${stepsTable(report)}
</section>
${await askedSection(report)}
${readingSection(report)}
<div class="landscape">
${teamTables(report)}
${form === 'internal' ? trustSection(report) : html``}
${measuresSection(report)}
<footer>Made by ips-bridge on ${dayInWords(report.madeAt, zone)}.${report.purpose === undefined ? '' : ` Purpose: ${report.purpose}.`} ${banners[form]}.</footer>
</div>
</main>
</body>
</html>
`; // prettier-ignore
  return page.markup;
}

const banners = {
  internal: 'INTERNAL: exact counts, not for publication',
  published: 'FOR PUBLICATION: small counts are suppressed (*), all others rounded to the nearest 5',
} as const;

/** What it shows and what it does not, in plain words. */
function lead(report: CoverageReport): Markup {
  const find = figureIndex(report);
  const total = (measure: string): string => figureWords(find(measure, 'total')?.figure);
  const about = report.form === 'published' ? 'about ' : '';
  const known = (measure: string, words: string): string =>
    find(measure, 'total')?.figure.state === 'number' ? words.replace('#', `${about}${total(measure)}`) : '';
  const sentences = [
    known('on-caseload', '# people were on the caseload of a community or other mental-health team.'),
    known('served', '# of them were under a team that the IPS service covers.'),
    known('asked', '# of those have an answer on record to the question what they want of work.'),
    known('wants-work', '# want paid work.'),
    known('accepted', '# of them came to IPS after a proposal.'),
  ];
  const said = sentences.filter((sentence) => sentence !== '').map((one) => one.charAt(0).toUpperCase() + one.slice(1)); // prettier-ignore
  return html`<p class="lead">${said.join(' ')}</p>
<p>The page shows where people stood on the way from a caseload to employment support, team by team. It does not show how well anybody did their work, how people came to IPS by other ways, or whether they found jobs. It names nobody, and a number that is not known is never shown as 0.</p>`; // prettier-ignore
}

async function askedSection(report: CoverageReport): Promise<Markup> {
  const find = figureIndex(report);
  const covered = report.teams.filter(({ served }) => served === true);
  const heading = html`<h2 id="asked">Asked about work, by team</h2>`;
  if (find('asked', 'total')?.figure.state === 'not-collected') {
    return html`<section aria-labelledby="asked">${heading}<p>Not collected: no feed tells whether people were asked.</p></section>`; // prettier-ignore
  }
  const charts: Markup[] = [];
  for (let from = 0; from < covered.length; from += teamsPerChart) {
    const chart = await askedChart(report, covered.slice(from, from + teamsPerChart));
    charts.push(html`<figure>${trusted(chart)}</figure>`);
  }
  return html`<section aria-labelledby="asked">${heading}
<p>Of the people whom IPS serves: how many have an answer to the work question on record, whatever the answer. Somebody under two teams is in both bars.</p>
${charts}
</section>`; // prettier-ignore
}
