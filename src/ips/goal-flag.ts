// The flag "No employment goal or conversation recorded": who gets one, who does not and why, and when it is cleared.
// The unit is the person under a covered team. Never a push: any recorded answer clears it, also "no" (domain.md
// section 1). Diagnosis, attendance, an upper age and the like are not looked at. Pure.
import type { Decision, DecisionTeam, Evidence, Reason } from './decision.ts';
import type { Fact, Facts, OpenTeam, OwnEffect } from './fact.ts';
import { minimumAge } from './person-facts.ts';

/** The rule that flags carry: no YAML rule, so that no configuration can press anybody with it. */
export const sweepRule = 'employment-goal-sweep';

/** Why somebody is not flagged now; all are counted by reason. */
export type NotFlagged =
  | 'goal-recorded'
  | 'answer-recorded'
  | 'with-ips'
  | 'not-covered'
  | 'under-16'
  | 'deceased'
  | 'restricted'
  | 'on-ward'
  | 'prompt-open'
  | 'flag-open'
  | 'unclear'
  | 'content-not-available'
  | 'cannot-tell';

export type Judgement =
  | { readonly outcome: 'flag'; readonly team: DecisionTeam; readonly reasons: readonly Reason[] }
  /** `why` in words, for whoever looks at one person. */
  | { readonly outcome: NotFlagged; readonly why: string };

const not = (outcome: NotFlagged, why: string): Judgement => ({ outcome, why });

/**
 * Whether this person is to be flagged now. What is known to make a flag needless comes first, in a fixed order; then
 * whatever is not known and would have to be (R51); then what lets it wait.
 */
export function judgeGoal(facts: Facts): Judgement {
  const known = needless(facts);
  if (known !== undefined) return known;
  const { employmentGoal } = facts;
  if (employmentGoal.verdict === 'content-not-available')
    return not('content-not-available', employmentGoal.why);
  const unknown = firstUnknown(facts);
  if (unknown !== undefined) return not('cannot-tell', unknown);
  if (facts.onWard.state === 'present')
    return not('on-ward', 'is on a ward: this waits until they have left it');
  const open = facts.own.filter(({ state }) => state === 'open');
  if (open.some(({ effect }) => effect !== 'flag-no-goal')) {
    return not('prompt-open', 'another prompt about this person is open');
  }
  if (open.length > 0) return not('flag-open', 'is flagged already');
  const team = coveredTeam(facts);
  if (team === undefined) return not('cannot-tell', 'no covered team is known');
  return { outcome: 'flag', team: teamOf(team), reasons: reasonsOf(facts, team) };
}

/** What is known and makes a flag needless. */
function needless(facts: Facts): Judgement | undefined {
  const { age, teams, employmentGoal } = facts;
  if (facts.deceased.state === 'present') return not('deceased', 'a death is recorded');
  if (isTooYoung(age)) return not('under-16', `is under ${minimumAge}`);
  if (facts.restricted.state === 'present') return not('restricted', 'the record is restricted');
  if (teams.state !== 'not-known' && coveredTeam(facts) === undefined) {
    return not('not-covered', 'is on the caseload of no team that this IPS service covers');
  }
  if (withIps(facts) !== undefined) return not('with-ips', 'is or was with IPS');
  if (answerOf(facts) !== undefined) return not('answer-recorded', 'an answer about work is recorded');
  if (employmentGoal.verdict === 'goal') return not('goal-recorded', employmentGoal.why);
  return employmentGoal.verdict === 'unclear' ? not('unclear', employmentGoal.why) : undefined;
}

/** Every fact on which a flag rests must be known. */
function firstUnknown(facts: Facts): string | undefined {
  const { deceased, age, restricted, teams, ipsReferral, wantsWork, declined, lastAsked, onWard } = facts;
  const needed = [deceased, age, restricted, teams, ipsReferral, wantsWork, declined, lastAsked, onWard];
  return needed.flatMap((fact) => (fact.state === 'not-known' ? [fact.why] : []))[0];
}

/** In plain words, without pressing: what is there, and what nobody has recorded. */
function reasonsOf(facts: Facts, team: OpenTeam): Reason[] {
  const { age, deceased, restricted, ipsReferral, lastAsked, employmentGoal } = facts;
  return [
    { say: 'is on the caseload of a team that this IPS service covers', evidence: [team.evidence] },
    { say: 'has a care plan in which nothing is said about work', evidence: employmentGoal.evidence },
    { say: 'has no recorded answer about work', evidence: evidenceOf(lastAsked) },
    { say: 'is not recorded as being with IPS', evidence: evidenceOf(ipsReferral) },
    { say: `is ${minimumAge} or over`, evidence: evidenceOf(age) },
    { say: 'has a record that is not restricted', evidence: evidenceOf(restricted) },
    { say: 'is not recorded as having died', evidence: evidenceOf(deceased) },
  ];
}

/**
 * The decision that flags, under the key of this spell without goal or answer: `<rule>/person/<uid>`, after a clearing
 * `…/2` and so on. Undefined where this spell's flag was made before, or an operator gave it up.
 *
 * @param uid the survivor's opaque id
 * @param ruleSet hash of the rule and mapping set
 */
export function flagDecision(
  uid: string,
  facts: Facts,
  flag: Extract<Judgement, { outcome: 'flag' }>,
  ruleSet: string,
): Decision | undefined {
  const base = `${sweepRule}/person/${uid}`;
  // Also those under the uid of somebody who was merged into this person.
  const all = facts.own.filter(({ rule }) => rule === sweepRule);
  if (all.some(({ state }) => state !== 'withdrawn')) return undefined;
  const earlier = all.filter(({ key }) => key === base || key.startsWith(`${base}/`));
  return {
    action: 'make',
    effect: 'flag-no-goal',
    rule: sweepRule,
    title: 'No employment goal or conversation is recorded',
    key: earlier.length === 0 ? base : `${base}/${earlier.length + 1}`,
    team: flag.team,
    reasons: flag.reasons,
    decidedAt: facts.at.toISOString(),
    ruleSet,
  };
}

interface Cleared {
  readonly because: string;
  readonly reasons: readonly Reason[];
}

/** A death, a restriction or a corrected age is not for us to tell whoever reads the flag. */
const quietly: Cleared = { because: 'no further action is needed', reasons: [] };

/** Why an open flag is to be cleared now, in words for its reader; undefined where it stands. Not known clears nothing. */
export function clearedBecause(facts: Facts, flag: OwnEffect): Cleared | undefined {
  if (flag.effect !== 'flag-no-goal' || flag.state !== 'open') return undefined;
  if (facts.deceased.state === 'present' || facts.restricted.state === 'present' || isTooYoung(facts.age))
    return quietly;
  const { employmentGoal, teams } = facts;
  const goal = employmentGoal.verdict === 'goal' ? employmentGoal.evidence : undefined;
  if (goal !== undefined) return cleared('an employment goal is recorded', goal);
  const answer = answerOf(facts);
  if (answer !== undefined) return cleared('an answer about work is recorded', answer);
  const ips = withIps(facts);
  if (ips !== undefined) return cleared(ips.says, ips.evidence);
  if (teams.state !== 'not-known' && coveredTeam(facts) === undefined) {
    return cleared('is no longer on the caseload of a team that IPS covers', evidenceOf(teams));
  }
  // Not all referrals are known, but of the one that the flag came by it is known that it has ended.
  const ended = facts.endedReferrals.find(({ team }) => team === flag.team.id);
  if (ended !== undefined && coveredTeam(facts) === undefined) {
    return cleared(ended.evidence.says, [ended.evidence]);
  }
  if (employmentGoal.verdict === 'unclear') {
    return cleared('the care plan or a goal speaks of work now', employmentGoal.evidence);
  }
  const over = employmentGoal.verdict === 'content-not-available' && employmentGoal.evidence.length > 0;
  return over ? cleared('the care plan it was about no longer stands', employmentGoal.evidence) : undefined;
}

function cleared(because: string, evidence: readonly Evidence[]): Cleared {
  return { because, reasons: [{ say: because, evidence }] };
}

/** Whatever the answer was, and also where nobody can read it: they were asked. */
function answerOf({ wantsWork, declined, lastAsked }: Facts): readonly Evidence[] | undefined {
  return [wantsWork, declined, lastAsked].flatMap((fact) =>
    fact.state === 'present' ? [fact.evidence] : [],
  )[0];
}

/** With IPS now or within a year, or a proposal of ours led there. */
function withIps({
  ipsReferral,
  leftIps,
  own,
}: Facts): { readonly says: string; readonly evidence: readonly Evidence[] } | undefined {
  if (ipsReferral.state === 'present') return { says: 'is with IPS now', evidence: ipsReferral.evidence };
  const came = own.some(({ effect, state }) => effect === 'propose-referral' && state === 'completed');
  return came || leftIps.length > 0 ? { says: 'has been with IPS', evidence: leftIps } : undefined;
}

function isTooYoung(age: Fact<number>): boolean {
  return age.state === 'present' && age.value < minimumAge;
}

/** The covered team on whose caseload the person has been for longest. */
function coveredTeam({ teams }: Facts): OpenTeam | undefined {
  return teams.state === 'present' ? teams.value.find(({ served }) => served) : undefined;
}

function teamOf({ id, name, type }: OpenTeam): DecisionTeam {
  return { id, name, type };
}

function evidenceOf(fact: Fact<unknown>): readonly Evidence[] {
  return fact.state === 'not-known' ? [] : fact.evidence;
}
