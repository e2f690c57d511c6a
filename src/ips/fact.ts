// What a fact is: known to be so, known not to be so, or not known, with the evidence for it. Rules see facts and
// nothing else of a person. The list is closed: a diagnosis, a risk or a missed appointment is no fact, so that no
// rule can name one (zero exclusion, domain.md section 1).
import type { Finding } from '../errors.ts';
import type { wantsWorkValues } from '../fhir/code-lists.ts';
import type { DecisionTeam, Evidence, OwnKind, Owner } from './decision.ts';
import type { GoalVerdict } from './employment-goal.ts';
import { suppliedFactNames } from './supply.ts';
import type { SuppliedFact } from './supply.ts';

/** Every fact that a rule may name. */
export const factNames = [...suppliedFactNames, 'restricted', 'dischargedFromSecondaryCare'] as const;
export type FactName = (typeof factNames)[number];

/** Facts that are worked out from another fact's feed. `restricted` has a declaration of its own. */
export function supplyOf(fact: FactName): SuppliedFact | 'restricted' {
  return fact === 'dischargedFromSecondaryCare' ? 'teams' : fact;
}

export type Fact<T> =
  | {
      readonly state: 'present';
      readonly value: T;
      /** FHIR date or dateTime: when the source recorded it, else when we first saw that value. */
      readonly date?: string;
      /** What `once` counts by: the wish, the status, the referral to a team. Stable over repeats. */
      readonly id?: string;
      readonly evidence: readonly Evidence[];
    }
  | { readonly state: 'absent'; readonly evidence: readonly Evidence[] }
  | { readonly state: 'not-known'; /** In words, without values. */ readonly why: string };

export type WantsWork = (typeof wantsWorkValues)[number];

/** An open referral to a team. */
export interface OpenTeam extends DecisionTeam {
  readonly served: boolean;
  readonly since?: string | undefined;
  /** The referral to the team: `<feed>/<team referral id>`. */
  readonly referral: string;
  readonly evidence: Evidence;
}

export interface EndedReferral {
  /** Local team id. */
  readonly team: string;
  readonly evidence: Evidence;
}

/** Something of ours that is or was in the EPR, as our own rows of the record tell it. */
export interface OwnEffect {
  readonly effect: OwnKind;
  readonly rule: string;
  readonly key: string;
  readonly title: string;
  readonly team: DecisionTeam;
  /** Given up: it was never made, and is not to be made again under this key. */
  readonly state: 'open' | 'withdrawn' | 'given-up' | 'completed';
  /** It went with another person when a merge was undone: only its key is taken here, and nothing counts it. */
  readonly elsewhere?: boolean;
  /** ISO instant of the decision that made it. */
  readonly madeAt: string;
  /** ISO instant of its last change. */
  readonly changedAt: string;
}

export interface Facts {
  readonly at: Date;
  readonly zone: string;
  /** Whole years, the fewest that the birth date allows. */
  readonly age: Fact<number>;
  readonly teams: Fact<readonly OpenTeam[]>;
  /** MHSDS code 01-08, recorded in the last 12 months. */
  readonly employmentStatus: Fact<string>;
  readonly wantsWork: Fact<WantsWork>;
  readonly declined: Fact<true>;
  /** An IPS referral that the EPR recorded. Our own proposals are in `own`. */
  readonly ipsReferral: Fact<true>;
  /** IPS referrals that ended in the last 12 months. No rule reads it: an earlier IPS episode excludes nobody. */
  readonly leftIps: readonly Evidence[];
  readonly careCoordinator: Fact<Owner>;
  /** An answer that the EPR recorded. Our own asks are in `own`. */
  readonly lastAsked: Fact<true>;
  readonly restricted: Fact<true>;
  readonly deceased: Fact<true>;
  readonly onWard: Fact<true>;
  readonly dischargedFromSecondaryCare: Fact<true>;
  /** Referrals that have ended, of teams to which none is open; known also where not all referrals are. */
  readonly endedReferrals: readonly EndedReferral[];
  /** Whether the care plans in scope hold an employment goal. No rule reads it: only the sweep and its flags do. */
  readonly employmentGoal: GoalVerdict;
  readonly own: readonly OwnEffect[];
  readonly findings: readonly Finding[];
}

export function notKnown(why: string): { readonly state: 'not-known'; readonly why: string } {
  return { state: 'not-known', why };
}
