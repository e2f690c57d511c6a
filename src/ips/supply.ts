// What a feed declares about itself: which facts it supplies, and from which date its silence about one means "no"
// (domain.md section 1, R51). Written by hand in config/feeds/<id>.yaml. What no feed supplies is never known.
import { z } from 'zod';
import { earliestInstant } from '../time.ts';

/** Facts that come from a feed. `restricted` is declared by `restrictedMarkings` instead. */
export const suppliedFactNames = [
  /** Birth date. */
  'age',
  /** Open referrals to teams. */
  'teams',
  /** MHSDS employment status. */
  'employmentStatus',
  /** Answers to the question what the person wants of work. */
  'wantsWork',
  /** The answer "no" to that question. */
  'declined',
  /** Referrals to IPS: to a team of type D05, or by a counted code. */
  'ipsReferral',
  'careCoordinator',
  /** That the question was asked at all. */
  'lastAsked',
  'deceased',
  /** Ward stays. */
  'onWard',
] as const;

/** What a feed may declare: those facts, and what is read only by the sweep and the measures, never by a rule. */
const supplyNames = [
  ...suppliedFactNames,
  /** Care plans and their goals, with their content. */
  'carePlans',
] as const;
export type SuppliedFact = (typeof supplyNames)[number];

const completeFrom = z.iso
  .date()
  .optional()
  .describe(
    'From this date on (YYYY-MM-DD) the silence of this feed means "no". Absent: silence means nothing.',
  );

/** The `supplies` key of a feed's settings. */
export const suppliesSchema = z
  .partialRecord(z.enum(supplyNames), z.strictObject({ completeFrom }))
  .describe('The facts that this feed supplies');

/** The `restrictedMarkings` key: required, because a feed without markings must say so. */
export const restrictedMarkingsSchema = z
  .enum(['none', 'supplied'])
  .describe('Does this feed mark restricted records (PD1-12, PV1-16)? `none`: restriction stays unknown');

export interface FeedSupply {
  readonly feed: string;
  readonly supplies: Readonly<Partial<Record<SuppliedFact, { readonly completeFrom?: string | undefined }>>>;
  readonly restrictedMarkings: 'none' | 'supplied';
}

/**
 * The feed whose silence about a fact means "no" at `at`: the one complete for longest. Undefined where none is
 * complete yet. One such feed is enough: its declaration speaks of the whole record, not of its own messages.
 */
export function silenceMeansNo(
  feeds: readonly FeedSupply[],
  fact: SuppliedFact,
  at: Date,
  zone: string,
): { readonly feed: string; readonly completeFrom: string } | undefined {
  return feeds
    .flatMap(({ feed, supplies }) => {
      const from = supplies[fact]?.completeFrom;
      return from === undefined ? [] : [{ feed, completeFrom: from }];
    })
    .filter((supply) => earliestInstant(supply.completeFrom, zone) <= at.getTime())
    .toSorted((one, other) => (one.completeFrom < other.completeFrom ? -1 : 1))[0];
}
