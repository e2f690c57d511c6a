// coverage.csv: one number a line (RFC 4180, UTF-8), so that it filters and pivots in any spreadsheet. Cells that a
// spreadsheet would take for a formula begin with an apostrophe (R34).
import type { Figure } from './figures.ts';
import type { CoverageReport } from './report.ts';

const columns = [
  'form', 'period', 'as_of', 'measure', 'title', 'unit', 'scope', 'team', 'team_name', 'team_type', 'served_by_ips', 'value',
  'share_percent', 'share_of',
] as const; // prettier-ignore

export function coverageCsv(report: CoverageReport): string {
  const teams = new Map(report.teams.map((team) => [team.id, team]));
  const measures = new Map(report.measures.map((measure) => [measure.id, measure]));
  const lines = report.figures.map(({ measure: id, scope, team: row, figure, share }) => {
    const measure = measures.get(id);
    const team = row === undefined ? undefined : teams.get(row);
    const served = team?.served ?? undefined;
    return [
      report.form,
      report.period,
      report.at,
      id,
      measure?.title ?? '',
      measure?.unit ?? '',
      scope,
      row ?? '',
      team?.name ?? '',
      team?.type ?? '',
      served === undefined ? '' : served ? 'yes' : 'no',
      cellOf(figure),
      share === undefined ? '' : cellOf(share),
      share === undefined ? '' : (measure?.of ?? ''),
    ];
  });
  return [columns, ...lines].map((cells) => `${cells.map(quoted).join(',')}\r\n`).join('');
}

function cellOf(figure: Figure): string {
  switch (figure.state) {
    case 'number':
      return String(figure.value);
    case 'suppressed':
      return '*';
    case 'not-collected':
      return 'not collected';
    case 'not-applicable':
      return 'not applicable';
  }
}

/** Numbers of ours are never negative, so that whatever begins like a formula is text from a table. */
function quoted(cell: string): string {
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
