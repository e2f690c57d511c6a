// Charts as SVG, drawn here by Vega without a browser; loaded only when a page is made. A chart shows what a table beside
// it says in numbers: bars carry their numbers as text, parts differ in lightness and outline, and a suppressed or
// missing number has words in place of a bar.
import type { TopLevelSpec } from 'vega-lite';
import { figureIndex } from './report.ts';
import type { CoverageReport, ReportTeam } from './report.ts';
import { figureWords, number, shareWords } from './words.ts';
import { steps } from '../ips/measures/definitions.ts';

const font = 'system-ui, sans-serif';
const ink = '#1d2a30';
const strong = '#14525e';
const soft = '#a9cbd0';

/** Teams in one chart: as many as fit on a page of paper. */
export const teamsPerChart = 20;

/** The steps of the whole trust, one bar each. */
export function stepsChart(report: CoverageReport): Promise<string> {
  const find = figureIndex(report);
  const titles = new Map(report.measures.map(({ id, title }) => [id, title]));
  const values = steps.map((step) => {
    const found = find(step, 'total');
    const share = shareWords(found?.share);
    return {
      step: titles.get(step) ?? step,
      people: found?.figure.state === 'number' ? found.figure.value : 0,
      label: `${figureWords(found?.figure)}${share === '' ? '' : ` · ${share} of the step before`}`,
    };
  });
  const widest = Math.max(1, ...values.map(({ people }) => people));
  const y = { field: 'step', type: 'nominal', sort: null, title: null } as const;
  const scale = { domain: [0, widest * 1.5] };
  const x = { field: 'people', type: 'quantitative' as const, axis: null, scale };
  return draw(
    {
      ...common,
      width: 560,
      height: { step: 34 },
      data: { values },
      encoding: { y: { ...y, axis: { ...namesAxis, labelFontSize: 13 } } },
      layer: [
        { mark: { type: 'bar', color: strong, height: { band: 0.68 } }, encoding: { x } },
        {
          mark: { type: 'text', align: 'left', dx: 7, fontSize: 13, color: ink },
          encoding: { x, text: { field: 'label' } },
        },
      ],
    },
    'Bar chart: how many people are on each step of the path to IPS. The table that follows holds the same numbers.',
  );
}

const parts = [
  { id: 'asked', name: 'Asked' },
  { id: 'not-asked', name: 'Not asked' },
  { id: 'asked-not-known', name: 'Not known' },
] as const;

/** Of those whom IPS serves, how many were asked about work: one bar a team. */
export function askedChart(report: CoverageReport, teams: readonly ReportTeam[]): Promise<string> {
  const find = figureIndex(report);
  const rows = teams.map(({ id, name }) => {
    const served = find('served', { team: id })?.figure;
    const shown = parts.map((part) => ({ ...part, figure: find(part.id, { team: id })?.figure }));
    const hidden = shown.flatMap((part) =>
      part.figure?.state === 'suppressed' ? [`${part.name.toLowerCase()} *`] : [],
    );
    let from = 0;
    const pieces = shown.map((part) => {
      const people = part.figure?.state === 'number' ? part.figure.value : 0;
      from += people;
      return { team: name, part: part.name, from: from - people, to: from, people };
    });
    const note = hidden.length === 0 ? '' : ` (${hidden.join(', ')})`;
    return { pieces, end: { team: name, to: from, label: `${figureWords(served)} served${note}` } };
  });
  const longest = Math.max(1, ...rows.map(({ end }) => end.to));
  const scale = { domain: [0, longest * 1.42] };
  const y = { field: 'team', type: 'nominal', sort: null, title: null, axis: namesAxis } as const;
  const pieces = rows.flatMap((row) => row.pieces.filter(({ people }) => people > 0));
  const order = parts.map(({ name }) => name);
  return draw({
    ...common,
    width: 480,
    height: { step: 26 },
    encoding: { y },
    layer: [
      {
        data: { values: pieces },
        mark: { type: 'bar', height: { band: 0.7 }, strokeWidth: 1 },
        encoding: {
          x: { field: 'from', type: 'quantitative', axis: null, scale },
          x2: { field: 'to' },
          fill: {
            field: 'part',
            type: 'nominal',
            title: null,
            scale: { domain: order, range: [strong, soft, '#ffffff'] },
            legend: { orient: 'top', symbolType: 'square', symbolSize: 160, symbolStrokeColor: strong, labelFontSize: 12 },
          },
          stroke: { value: strong },
        },
      },
      {
        data: { values: pieces.filter(({ people }) => people >= longest * 0.07).map((piece) => ({ ...piece, middle: (piece.from + piece.to) / 2, label: number(piece.people), ink: piece.part === 'Asked' ? '#ffffff' : ink })) },
        mark: { type: 'text', fontSize: 12 },
        encoding: {
          x: { field: 'middle', type: 'quantitative', scale },
          text: { field: 'label' },
          color: { field: 'ink', type: 'nominal', scale: null },
        },
      },
      {
        data: { values: rows.map(({ end }) => end) },
        mark: { type: 'text', align: 'left', dx: 7, fontSize: 12, color: ink },
        encoding: { x: { field: 'to', type: 'quantitative', scale }, text: { field: 'label' } },
      },
    ],
  }, 'Bar chart: of the people whom IPS serves in each team, how many were asked about work. The tables by team hold the same numbers.'); // prettier-ignore
}

const namesAxis = { domain: false, ticks: false, labelPadding: 8, labelLimit: 380, labelFontSize: 12, labelColor: ink } as const; // prettier-ignore
const common = {
  background: 'transparent',
  padding: 2,
  config: { font, view: { stroke: null } },
} as const;

/** @param says what the chart is, for whoever does not see it; markup has no place in it */
async function draw(spec: TopLevelSpec, says: string): Promise<string> {
  const { View, parse } = await import('vega');
  const { compile } = await import('vega-lite');
  const svg = await new View(parse(compile(spec).spec), { renderer: 'none' }).toSVG();
  // Inside a page the namespaces go without saying, and no address stands in it; size is the style sheet's business.
  return svg.replace(/^<svg [^>]*?(viewBox="[^"]*")[^>]*>/, `<svg $1 role="img" aria-label="${says}">`);
}
