// From evaluations to decisions: what is made, what is withdrawn. One open effect of each kind per person; the same
// key is made once; what cannot be told changes nothing. Pure: the moment is that of the facts.
import { BridgeError } from '../errors.ts';
import { uuidOf } from '../fhir/ids.ts';
import type { PersonRecord } from '../record/person.ts';
import { before } from '../time.ts';
import type { Decision, Reason } from './decision.ts';
import type { Facts, OpenTeam, OwnEffect } from './fact.ts';
import { clearedBecause } from './goal-flag.ts';
import type { ConditionResult, Evaluation, Once, RuleSet } from './rules.ts';

interface DecideContext {
  /** The moment of the facts: receipt time of the message, or due time of the job. */
  readonly at: Date;
  readonly ruleSet: RuleSet;
}

/** What every decision about this person is made from. */
interface Scene extends DecideContext {
  /** Opaque id. */
  readonly person: string;
  readonly facts: Facts;
}

/**
 * The decisions that follow, withdrawals first. Empty where nothing changes: repeating a message decides nothing new.
 *
 * - Died → everything open is withdrawn, without saying why.
 * - Several open of one kind (two records were merged) → the earliest stands.
 * - A rule that is false → its open effect is withdrawn; completed, where the EPR has an IPS referral now.
 * - A rule that is switched off or no longer there → its open effect is withdrawn all the same when the person declines.
 * - A flag of the goal sweep → cleared by what clearedBecause says, or because a prompt stands beside it.
 * - A rule that is true → its effect is made, unless one of that kind is open or this key was made before. A key that
 *   was withdrawn may be made again: the reason for its withdrawal no longer holds, or the rule would be false.
 */
export function decide(
  record: PersonRecord,
  facts: Facts,
  evaluations: readonly Evaluation[],
  context: DecideContext,
): Decision[] {
  const scene: Scene = { person: record.uid, facts, at: context.at, ruleSet: context.ruleSet };
  const open = facts.own.filter((own) => own.state === 'open');
  if (facts.deceased.state === 'present') {
    return open.map((own) => withdrawal(own, scene, quietly));
  }
  const duplicates = open.filter((own) => open.find((other) => other.effect === own.effect) !== own);
  const standing = open.filter((own) => !duplicates.includes(own));
  const joined = duplicates.map((own) =>
    withdrawal(own, scene, {
      because: 'two records of this person were joined, and the same is already open on the other',
    }),
  );
  const isFlag = ({ effect }: OwnEffect): boolean => effect === 'flag-no-goal';
  const prompts = standing.filter((own) => !isFlag(own));
  const failedPrompts = prompts.flatMap((own) => {
    const evaluation = evaluations.find(({ rule }) => rule === own.rule);
    if (evaluation === undefined) return withdrawDeclined(own, scene);
    return evaluation.answer === 'false' ? [withdrawFailed(own, evaluation, scene)] : [];
  });
  const besides = failedPrompts.length < prompts.length ? besidePrompt : undefined;
  const failedFlags = standing.filter(isFlag).flatMap((own) => {
    const why = clearedBecause(facts, own) ?? besides;
    return why === undefined ? [] : [withdrawal(own, scene, why)];
  });
  const failed = [...failedPrompts, ...failedFlags];
  const gone = new Set(failed.map(({ key }) => key));
  const made = makeOne(
    standing.filter(({ key }) => !gone.has(key)),
    evaluations,
    scene,
  );
  return [...joined, ...failed, ...(made === undefined ? [] : [made])];
}

/** Two records were joined, one with a flag and one with a prompt: one open prompt for one person. */
const besidePrompt = { because: 'another prompt about this person is open' };

/** A death, or that a record is restricted now, is not for us to tell whoever reads the prompt. */
const quietly = { because: 'no further action is needed' };

function withdrawFailed(own: OwnEffect, evaluation: Evaluation, scene: Scene): Decision {
  const { facts } = scene;
  const failing = evaluation.conditions.filter(({ answer }) => answer === 'false');
  const first = failing[0];
  if (own.effect === 'propose-referral' && facts.ipsReferral.state === 'present') {
    const reasons = [{ say: 'is with IPS now', evidence: facts.ipsReferral.evidence }];
    return { ...withdrawal(own, scene, { because: 'is with IPS now', reasons }), completed: true };
  }
  const becameRestricted = failing.some(({ evidence }) => evidence.some(({ fact }) => fact === 'restricted'));
  if (becameRestricted) return withdrawal(own, scene, quietly);
  return withdrawal(own, scene, {
    because: `this no longer holds: ${first?.say ?? evaluation.title}`,
    reasons: failing.map(reasonOf),
  });
}

/** A decline ends proposals, whether or not the rule that made one is still evaluated. */
function withdrawDeclined(own: OwnEffect, scene: Scene): Decision[] {
  const { declined, zone } = scene.facts;
  if (declined.state !== 'present') return [];
  const earlier = declined.date !== undefined && before(declined.date, own.madeAt, zone) === true;
  if (earlier) return [];
  const reasons = [{ say: 'has declined', evidence: declined.evidence }];
  return [withdrawal(own, scene, { because: 'has declined', reasons })];
}

/** At most one prompt at a time: a proposal before an ask, and no ask while anything else is open. */
function makeOne(
  open: readonly OwnEffect[],
  evaluations: readonly Evaluation[],
  scene: Scene,
): Decision | undefined {
  const holding = evaluations.filter(({ answer, deferred }) => answer === 'true' && deferred === undefined);
  const inOrder = holding.toSorted((one, other) => rank(one) - rank(other));
  for (const evaluation of inOrder) {
    if (open.some(({ effect }) => effect === evaluation.effect || evaluation.effect === 'ask-wish')) continue;
    const key = nextKey(evaluation, scene);
    if (key === undefined) continue;
    const { id, name, type } = coveredTeam(scene.facts);
    return {
      action: 'make',
      effect: evaluation.effect,
      rule: evaluation.rule,
      title: evaluation.title,
      key,
      team: { id, name, type },
      reasons: evaluation.conditions.map(reasonOf),
      decidedAt: scene.at.toISOString(),
      ruleSet: scene.ruleSet.hash,
    };
  }
  return undefined;
}

function rank(evaluation: Evaluation): number {
  return evaluation.effect === 'propose-referral' ? 0 : 1;
}

/** The key under which the effect is to be made now; undefined where it was made before and nothing has changed. */
function nextKey(evaluation: Evaluation, scene: Scene): string | undefined {
  const { facts, ruleSet } = scene;
  const once = ruleSet.rules.find(({ name }) => name === evaluation.rule)?.once ?? 'person';
  const base = `${evaluation.rule}/${once}/${onceId(once, scene)}`;
  const earlier = facts.own.filter(({ key }) => key === base || key.startsWith(`${base}/`));
  if (earlier.some(({ state }) => state !== 'withdrawn')) return undefined;
  if (evaluation.effect === 'propose-referral' && isAnswered(facts)) return undefined;
  return earlier.length === 0 ? base : `${base}/${earlier.length + 1}`;
}

/** The wish led to IPS already: a proposal was completed after it was stated. Only a newer wish proposes again. */
function isAnswered({ own, wantsWork, zone }: Facts): boolean {
  const stated = wantsWork.state === 'present' ? wantsWork.date : undefined;
  return own.some(
    ({ effect, state, changedAt }) =>
      effect === 'propose-referral' &&
      state === 'completed' &&
      (stated === undefined || before(stated, changedAt, zone) !== false),
  );
}

function onceId(once: Once, { facts, person }: Scene): string {
  const idOf = (fact: Facts['wantsWork'] | Facts['employmentStatus']): string => {
    if (fact.state === 'present' && fact.id !== undefined) return fact.id;
    throw new BridgeError('internal/once', `a rule that counts by ${once} holds without one`);
  };
  switch (once) {
    case 'wish':
      return idOf(facts.wantsWork);
    case 'status':
      return idOf(facts.employmentStatus);
    case 'episode':
      return uuidOf(`${person}/episode/${coveredTeam(facts).referral}`);
    case 'person':
      return person;
  }
}

/** The covered team on whose caseload the person has been for longest. The linter sees to it that there is one. */
function coveredTeam(facts: Facts): OpenTeam {
  const team = facts.teams.state === 'present' ? facts.teams.value.find(({ served }) => served) : undefined;
  if (team === undefined)
    throw new BridgeError('internal/team', 'a rule holds for somebody without a covered team');
  return team;
}

function reasonOf({ say, evidence }: ConditionResult): Reason {
  return { say, evidence };
}

function withdrawal(
  own: OwnEffect,
  scene: Scene,
  why: { readonly because: string; readonly reasons?: readonly Reason[] },
): Decision {
  return {
    action: 'withdraw',
    effect: own.effect,
    rule: own.rule,
    title: own.title,
    key: own.key,
    team: own.team,
    reasons: why.reasons ?? [],
    because: why.because,
    decidedAt: scene.at.toISOString(),
    ruleSet: scene.ruleSet.hash,
  };
}
