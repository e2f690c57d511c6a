// The report as data: what coverage.json holds, and all that the table and the page are made from. Its shape is
// documented in docs/coverage.md and counted by `schemaVersion`.
import { funnelMeasures, trustMeasures } from '../ips/measures/definitions.ts';
import type { Measure } from '../ips/measures/definitions.ts';
import { unlistedTeam } from '../ips/measures/person.ts';
import type { Tally } from '../ips/measures/tally.ts';
import { ipsTeamType, isServed, typesNotServed } from '../ips/programme.ts';
import type { Programme } from '../ips/programme.ts';
import type { FeedSupply } from '../ips/supply.ts';
import type { Team } from '../mapping/codes.ts';
import { figuresOf, shareOf, totalRow } from './figures.ts';
import type { Figure, ReportForm } from './figures.ts';
import type { Period } from './period.ts';

export interface ReportTeam {
  /** Local id; empty for people under teams that codes/teams.csv does not list. */
  readonly id: string;
  readonly name: string;
  /** MHSDS service or team type; empty where it is not known. */
  readonly type: string;
  readonly served: boolean | null;
}

export interface ReportFigure {
  readonly measure: string;
  /** `total`: the row of everybody, each once, under the teams; `trust`: a measure that no team has. */
  readonly scope: 'team' | 'total' | 'trust';
  /** Of scope `team`: its id. */
  readonly team?: string;
  readonly figure: Figure;
  /** Per cent of the measure's `of`, in the same row. */
  readonly share?: Figure;
}

export interface CoverageReport {
  readonly schemaVersion: 1;
  readonly form: ReportForm;
  /** Why exact counts were asked for; internal form only. */
  readonly purpose?: string;
  readonly period: string;
  /** ISO instant at which the stock was taken. */
  readonly at: string;
  /** The month was still running: the numbers are provisional. */
  readonly provisional: boolean;
  readonly madeAt: string;
  readonly zone: string;
  /** ODS code. */
  readonly trust: string;
  readonly programme: string;
  /** MHSDS team types of this trust that the programme leaves out. */
  readonly typesNotServed: readonly string[];
  readonly teams: readonly ReportTeam[];
  readonly measures: readonly Measure[];
  readonly figures: readonly ReportFigure[];
  /** Internal form only: people in more than one team's row, and people behind the median of days. */
  readonly peopleUnderSeveralTeams?: number;
  readonly peopleWithDays?: number;
  /** What a reader must know of this trust's set-up. */
  readonly remarks: readonly string[];
}

export interface ReportContext {
  readonly form: ReportForm;
  readonly purpose?: string | undefined;
  readonly period: Period;
  readonly madeAt: Date;
  readonly zone: string;
  readonly trust: string;
  readonly programme: Programme;
  readonly teams: readonly Team[];
  readonly feeds: readonly FeedSupply[];
  readonly remarks: readonly string[];
}

/** @throws BridgeError internal/disclosure where a published form cannot be made safe */
export function coverageReport(tally: Tally, context: ReportContext): CoverageReport {
  const { form, period, programme, zone, feeds } = context;
  const teams = reportTeams(context);
  const rows = teams.map(({ id, served }) => ({ id, served: served ?? undefined }));
  const figures = figuresOf(tally, rows, { form, feeds, at: period.at, zone });
  const measures: readonly Measure[] =
    form === 'internal' ? [...funnelMeasures, ...trustMeasures] : funnelMeasures;
  const ofTeams = [...figures.funnel].flatMap(([team, row]) => {
    const byId = new Map<string, Figure>(row);
    return measuresIn(byId, measures).map(({ measure, figure }) =>
      reportFigure(measure, team === totalRow ? { scope: 'total' } : { scope: 'team', team }, figure, byId),
    );
  });
  const total = new Map<string, Figure>(figures.funnel.get(totalRow));
  const ofTrust = measuresIn(new Map<string, Figure>(figures.trust), measures).map(({ measure, figure }) =>
    reportFigure(measure, { scope: 'trust' }, figure, total),
  );
  return {
    schemaVersion: 1,
    form,
    ...(context.purpose === undefined ? {} : { purpose: context.purpose }),
    period: period.month,
    at: period.at.toISOString(),
    provisional: !period.ended,
    madeAt: context.madeAt.toISOString(),
    zone,
    trust: context.trust,
    programme: programme.name,
    typesNotServed: typesNotServed(programme, context.teams),
    teams,
    measures,
    figures: [...ofTeams, ...ofTrust],
    ...(form === 'published' ? {} : { peopleUnderSeveralTeams: tally.underSeveralTeams }),
    ...(figures.daysFrom === undefined ? {} : { peopleWithDays: figures.daysFrom }),
    remarks: context.remarks,
  };
}

/** Covered teams first, then the others, each by name; last, those that no table lists. */
function reportTeams({ teams, programme }: ReportContext): ReportTeam[] {
  const listed = teams
    .filter(({ type }) => type !== ipsTeamType)
    .map((team) => ({ id: team.id, name: team.name, type: team.type, served: isServed(programme, team) }))
    .toSorted((one, other) =>
      one.served === other.served ? (one.name < other.name ? -1 : 1) : one.served ? -1 : 1,
    );
  return [...listed, { id: unlistedTeam, name: 'Not in the table of teams', type: '', served: null }];
}

function measuresIn(figures: ReadonlyMap<string, Figure>, measures: readonly Measure[]) {
  return measures.flatMap((measure) => {
    const figure = figures.get(measure.id);
    return figure === undefined ? [] : [{ measure, figure }];
  });
}

function reportFigure(
  { id, of }: Measure,
  place: Pick<ReportFigure, 'scope' | 'team'>,
  figure: Figure,
  row: ReadonlyMap<string, Figure>,
): ReportFigure {
  const share = of === undefined ? undefined : shareOf(figure, row.get(of));
  return { measure: id, ...place, figure, ...(share === undefined ? {} : { share }) };
}

/** Where a figure stands: the total, the trust, or the row of the team with this id. */
export type Place = 'total' | 'trust' | { readonly team: string };

/** Finds figures by measure and place. */
export function figureIndex(
  report: CoverageReport,
): (measure: string, place: Place) => ReportFigure | undefined {
  const key = (measure: string, scope: string, team = ''): string => `${measure}|${scope}|${team}`;
  const byKey = new Map(report.figures.map((one) => [key(one.measure, one.scope, one.team), one]));
  return (measure, place) =>
    byKey.get(typeof place === 'string' ? key(measure, place) : key(measure, 'team', place.team));
}
