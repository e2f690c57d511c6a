// How figures read on the page and in its charts.
import { funnelMeasures, steps } from '../ips/measures/definitions.ts';
import type { Figure } from './figures.ts';
import { figureIndex } from './report.ts';
import type { CoverageReport } from './report.ts';

/** `1,234` */
export function number(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

export function figureWords(figure: Figure | undefined): string {
  switch (figure?.state) {
    case 'number':
      return number(figure.value);
    case 'suppressed':
      return '*';
    case 'not-collected':
      return 'not collected';
    case 'not-applicable':
    case undefined:
      return '–';
  }
}

/** `63 %`, `*`, or nothing. */
export function shareWords(share: Figure | undefined): string {
  if (share?.state === 'number') return `${share.value} %`;
  return share?.state === 'suppressed' ? '*' : '';
}

/** The total as lines of text: step, people, share of the step before. */
export function reportLines(report: CoverageReport): string[][] {
  const find = figureIndex(report);
  const titles = new Map(report.measures.map(({ id, title }) => [id, title]));
  const lines = funnelMeasures.map(({ id }) => {
    const found = find(id, 'total');
    const indent = steps.some((step) => step === id) ? '' : '  ';
    return [`${indent}${titles.get(id) ?? id}`, figureWords(found?.figure), shareWords(found?.share)];
  });
  return [['EVERYBODY, COUNTED ONCE', 'PEOPLE', 'SHARE'], ...lines];
}
