// The flag "No employment goal or conversation recorded": who gets one, who does not and why, and when it is cleared.
// The unit is the person under a covered team. Never a push: any recorded answer clears it, also "no" (domain.md
// section 1). Pure.
import type { Decision, DecisionTeam, Reason } from './decision.ts';
import type { Facts, OwnEffect } from './fact.ts';

/** The rule that flags carry: no YAML rule, so that no configuration can press anybody with it. */
export const sweepRule = 'employment-goal-sweep';

/** Why somebody is not flagged now. `fine` and `not-covered` need nothing; the others are counted by reason. */
export const notFlaggedReasons = [
  'goal-recorded', 'answer-recorded', 'with-ips', 'not-covered', 'under-16', 'deceased', 'restricted', 'on-ward',
  'prompt-open', 'flag-open', 'unclear', 'content-not-available', 'cannot-tell',
] as const; // prettier-ignore
export type NotFlagged = (typeof notFlaggedReasons)[number];

export type Judgement =
  | { readonly outcome: 'flag'; readonly team: DecisionTeam; readonly reasons: readonly Reason[] }
  /** `why` in words, for whoever looks at one person. */
  | { readonly outcome: NotFlagged; readonly why: string };

/** Whether this person is to be flagged now. */
export function judgeGoal(_facts: Facts): Judgement {
  return { outcome: 'content-not-available', why: 'no care plan is known' };
}

/** The decision that flags; its key is stable for one spell without goal or answer. */
export function flagDecision(
  _uid: string,
  _facts: Facts,
  _flag: Extract<Judgement, { outcome: 'flag' }>,
  _ruleSet: string,
): Decision | undefined {
  return undefined;
}

/** Why an open flag is to be cleared now, in words for its reader; undefined where it stands. */
export function clearedBecause(
  _facts: Facts,
  _flag: OwnEffect,
): { because: string; reasons: readonly Reason[] } | undefined {
  return undefined;
}
