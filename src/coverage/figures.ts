// From the count to figures: one for each measure and team, and one for the trust, in the internal or the published
// form. What stands in a figure is all that the files are made from, so that nothing exact can slip into a publication.
import { funnelMeasures, partitions, trustMeasures } from '../ips/measures/definitions.ts';
import type { FunnelMeasure, Measure, TrustMeasure } from '../ips/measures/definitions.ts';
import { median, numberOf } from '../ips/measures/tally.ts';
import type { Tally } from '../ips/measures/tally.ts';
import { silenceMeansNo } from '../ips/supply.ts';
import type { FeedSupply } from '../ips/supply.ts';
import { disclose } from './disclosure.ts';
import type { Sum } from './disclosure.ts';

export const reportForms = ['internal', 'published'] as const;
export type ReportForm = (typeof reportForms)[number];

export type Figure =
  /** Exact in the internal form, rounded in the published one. */
  | { readonly state: 'number'; readonly value: number }
  /** `*` */
  | { readonly state: 'suppressed' }
  /** No feed supplies what it would take: not to be read as 0. */
  | { readonly state: 'not-collected' }
  /** Nobody can be counted here by what the measure means: nobody under a covered team is “not served”. */
  | { readonly state: 'not-applicable' };

/** The row of everybody, each counted once. No team's id begins with a space. */
export const totalRow = ' total';

/** The row of one team. */
export interface TeamRow {
  readonly id: string;
  /** Whether IPS covers it; undefined for the row of teams that no table lists. */
  readonly served: boolean | undefined;
}

export interface FigureContext {
  readonly form: ReportForm;
  readonly feeds: readonly FeedSupply[];
  /** End of the period. */
  readonly at: Date;
  readonly zone: string;
}

export interface Figures {
  /** By row (a team's id, or {@link totalRow}), then by measure. */
  readonly funnel: ReadonlyMap<string, ReadonlyMap<FunnelMeasure, Figure>>;
  /** Empty in the published form. */
  readonly trust: ReadonlyMap<TrustMeasure, Figure>;
  /** The number of people behind the median of days; undefined in the published form. */
  readonly daysFrom: number | undefined;
}

/**
 * @param rows teams that have a row, each once; the total is added
 * @throws BridgeError internal/disclosure (published form only)
 */
export function figuresOf(tally: Tally, rows: readonly TeamRow[], context: FigureContext): Figures {
  const plain = plainFigures(tally, rows, context);
  if (context.form === 'published')
    return { funnel: published(plain, rows), trust: new Map(), daysFrom: undefined };
  const trust = trustMeasures.map((measure): [TrustMeasure, Figure] => {
    const value = measure.id === 'wish-to-proposal' ? median(tally.days) : (tally.trust.get(measure.id) ?? 0);
    const noNotes = measure.unit === 'notes' && !tally.notesCollected;
    const collected = isSupplied(measure, context.feeds) && value !== undefined && !noNotes;
    return [measure.id, collected ? { state: 'number', value } : { state: 'not-collected' }];
  });
  return { funnel: plain, trust: new Map(trust), daysFrom: numberOf(tally.days) };
}

type Funnel = ReadonlyMap<string, ReadonlyMap<FunnelMeasure, Figure>>;

/** Exact figures, with what is not collected and what cannot be. */
function plainFigures(tally: Tally, rows: readonly TeamRow[], context: FigureContext): Funnel {
  const missing = notCollected(tally, context);
  const figure = (counts: Counts, measure: FunnelMeasure, applies: boolean): Figure => {
    if (missing.has(measure)) return { state: 'not-collected' };
    return applies ? { state: 'number', value: counts?.get(measure) ?? 0 } : { state: 'not-applicable' };
  };
  const row = (id: string, counts: Counts, applies: (measure: FunnelMeasure) => boolean) =>
    [id, new Map(funnelMeasures.map((one) => [one.id, figure(counts, one.id, applies(one.id))]))] as const;
  return new Map([
    ...rows.map((team) => row(team.id, tally.teams.get(team.id), (id) => isPossible(team, id, context))),
    row(totalRow, tally.total, (id) => rows.some((team) => isPossible(team, id, context))),
  ]);
}

type Counts = ReadonlyMap<FunnelMeasure, number> | undefined;

/** Whether anybody of a team can count in a measure: a nought that everybody could work out is no star. */
function isPossible(
  team: TeamRow,
  measure: FunnelMeasure,
  { form, feeds, at, zone }: FigureContext,
): boolean {
  switch (measure) {
    case 'not-served':
      return team.served === false;
    case 'served-not-known':
      return team.served !== true;
    case 'asked-not-known':
      return form === 'internal' || silenceMeansNo(feeds, 'lastAsked', at, zone) === undefined;
    default:
      return true;
  }
}

/**
 * Measures that cannot be told here, and all that build on them. A fact is not collected where no feed supplies it and,
 * inside the trust, also where nobody's is known; that would tell the public of a nought.
 */
function notCollected(tally: Tally, { form, feeds }: FigureContext): ReadonlySet<FunnelMeasure> {
  const missing = new Set<FunnelMeasure>();
  for (const { whole, parts } of partitions) {
    const unknown = parts.find((part) => part.endsWith('-not-known'));
    const size = tally.total.get(whole) ?? 0;
    const unsupplied = funnelMeasures.some(
      (measure) => parts.includes(measure.id) && !isSupplied(measure, feeds),
    );
    const nobody =
      form === 'internal' && unknown !== undefined && size > 0 && tally.total.get(unknown) === size;
    const notes = parts.includes('first-contact') && !tally.notesCollected;
    if (missing.has(whole) || unsupplied || nobody || notes) for (const part of parts) missing.add(part);
  }
  return missing;
}

function isSupplied({ needs }: Measure, feeds: readonly FeedSupply[]): boolean {
  return needs === undefined || feeds.some(({ supplies }) => supplies[needs] !== undefined);
}

/** All cells of all rows are protected together: within a row by its partitions, and across rows by the total. */
function published(plain: Funnel, rows: readonly TeamRow[]): Funnel {
  const cells = [...plain].flatMap(([row, figures]) =>
    [...figures].flatMap(([measure, figure]) =>
      figure.state === 'number' ? [{ row, measure, count: figure.value }] : [],
    ),
  );
  const places = new Map(cells.map(({ row, measure }, place) => [`${row}|${measure}`, place]));
  const placesOf = (keys: readonly (readonly [string, FunnelMeasure])[]): number[] =>
    keys.flatMap(([row, measure]) => places.get(`${row}|${measure}`) ?? []);
  const sum = (whole: number[], parts: readonly number[], sumOf: (kind: number) => Sum['kind']): Sum[] =>
    whole.flatMap((one) =>
      parts.length === 0
        ? []
        : [
            {
              kind: sumOf(
                parts.reduce((so, part) => so + (cells[part]?.count ?? 0), 0) - (cells[one]?.count ?? 0),
              ),
              whole: one,
              parts,
            },
          ],
    );
  const within = [...plain.keys()].flatMap((row) =>
    partitions.flatMap(({ whole, parts }) =>
      sum(placesOf([[row, whole]]), placesOf(parts.map((part) => [row, part])), () => 'equal'),
    ),
  );
  const across = funnelMeasures.flatMap(({ id }) =>
    sum(placesOf([[totalRow, id]]), placesOf(rows.map((row) => [row.id, id])), (excess) =>
      excess === 0 ? 'equal' : 'at-most',
    ),
  );
  const shown = disclose(
    cells.map(({ count }) => count),
    [...within, ...across],
  );
  return new Map(
    [...plain].map(([row, figures]) => [
      row,
      new Map(
        [...figures].map(([measure, figure]): [FunnelMeasure, Figure] => {
          const place = places.get(`${row}|${measure}`);
          if (place === undefined) return [measure, figure];
          const value = shown[place];
          return [measure, value === undefined ? { state: 'suppressed' } : { state: 'number', value }];
        }),
      ),
    ]),
  );
}

/** Shares of fewer people than this are not worked out: one person more or less would look like a difference. */
export const smallestBase = 20;

/**
 * A share in whole per cent, of the figures as they are shown: suppressed where either is; undefined where it is of too
 * few people, or where there is nothing to take a share of.
 */
export function shareOf(part: Figure | undefined, whole: Figure | undefined): Figure | undefined {
  if (part === undefined || whole === undefined) return undefined;
  if (part.state === 'not-collected' || part.state === 'not-applicable') return undefined;
  if (part.state === 'suppressed' || whole.state === 'suppressed') return { state: 'suppressed' };
  if (whole.state !== 'number' || whole.value < smallestBase) return undefined;
  return { state: 'number', value: Math.round((part.value / whole.value) * 100) };
}
