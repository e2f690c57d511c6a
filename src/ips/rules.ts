// Evaluating rules: every condition true, false or cannot tell. If a fact that a condition names is not known, the
// condition cannot be told and nothing of it is evaluated. A rule is false when one condition is false, whatever the
// others; it is true only when all are.
import type { PromptKind, Evidence } from './decision.ts';
import type { Environment, Expression, Verdict } from './expression.ts';
import type { Fact, FactName, Facts } from './fact.ts';

export interface Condition {
  /** In words, completing "the person …". */
  readonly say: string;
  readonly expression: Expression;
}

export const onceKinds = ['wish', 'episode', 'status', 'person'] as const;
export type Once = (typeof onceKinds)[number];

export interface Rule {
  readonly name: string;
  readonly title: string;
  readonly file: string;
  readonly when: readonly Condition[];
  /** While one of these is true (or cannot be told), the effect waits. It excludes nobody. */
  readonly defer: readonly Condition[];
  readonly effect: PromptKind;
  readonly once: Once;
  readonly observe: boolean;
}

export interface RuleSet {
  /** Of all rule and mapping files; stands on each effect. */
  readonly hash: string;
  /** Those that are evaluated: valid, supplied and not switched off. */
  readonly rules: readonly Rule[];
  /** Valid, but resting on a fact that no feed supplies (R51); `check` prints them. */
  readonly notLoaded: readonly NotLoaded[];
  readonly partOfCareTeam: boolean;
}

export interface NotLoaded {
  readonly rule: string;
  readonly missing: readonly FactName[];
  /** Says which feed setting would supply them. */
  readonly message: string;
}

export interface ConditionResult {
  readonly say: string;
  readonly answer: Verdict;
  readonly evidence: readonly Evidence[];
  /** The facts that are not known, and why. */
  readonly unknown: readonly { readonly fact: FactName; readonly why: string }[];
}

export interface Evaluation {
  readonly rule: string;
  readonly title: string;
  readonly effect: PromptKind;
  readonly answer: Verdict;
  readonly conditions: readonly ConditionResult[];
  /** All conditions hold, but the effect waits: the words of what it waits for. */
  readonly deferred?: string;
}

/**
 * Every rule's answer for one person. A rule does not see its own open effects, which would else withdraw themselves;
 * it does see those of the others.
 */
export function evaluate(ruleSet: RuleSet, facts: Facts): Evaluation[] {
  return ruleSet.rules.map((rule) => evaluateRule(rule, facts, ruleSet.partOfCareTeam));
}

/** One rule's answer. */
export function evaluateRule(rule: Rule, facts: Facts, partOfCareTeam: boolean): Evaluation {
  const seen = factsFor(rule.name, facts);
  const environment = environmentOf(seen, partOfCareTeam);
  const conditions = rule.when.map((condition) => evaluateCondition(condition, seen, environment));
  const answer = conjunction(conditions);
  const waits =
    answer === 'true'
      ? rule.defer
          .map((condition) => evaluateCondition(condition, seen, environment))
          .find((result) => result.answer !== 'false')
      : undefined;
  return {
    rule: rule.name,
    title: rule.title,
    effect: rule.effect,
    // Whether it must wait cannot be told: then neither can the rule.
    answer: waits?.answer === 'cannot-tell' ? 'cannot-tell' : answer,
    conditions: waits?.answer === 'cannot-tell' ? [...conditions, waits] : conditions,
    ...(waits?.answer === 'true' ? { deferred: waits.say } : {}),
  };
}

function conjunction(results: readonly ConditionResult[]): Verdict {
  if (results.some(({ answer }) => answer === 'false')) return 'false';
  return results.every(({ answer }) => answer === 'true') ? 'true' : 'cannot-tell';
}

function evaluateCondition(condition: Condition, facts: Facts, environment: Environment): ConditionResult {
  const { say, expression } = condition;
  const unknown = expression.facts.flatMap((name) => {
    const fact = facts[name];
    return fact.state === 'not-known' ? [{ fact: name, why: fact.why }] : [];
  });
  const evidence = expression.facts.flatMap((name) => {
    const fact = facts[name];
    return fact.state === 'not-known' ? [] : fact.evidence;
  });
  const answer = unknown.length > 0 ? 'cannot-tell' : expression.evaluate(environment, facts.zone);
  return { say, answer, evidence, unknown };
}

/** The facts as one rule sees them: with what other rules have made, and what of its own is over. */
function factsFor(rule: string, facts: Facts): Facts {
  const others = facts.own.filter(
    (own) => own.state === 'completed' || (own.state === 'open' && own.rule !== rule),
  );
  const proposal = others.find((own) => own.effect === 'propose-referral' && own.state === 'open');
  const ask = others.find((own) => own.effect === 'ask-wish');
  const ofOurs = (fact: string, says: string, madeAt: string, key: string): Fact<true> => ({
    state: 'present',
    value: true,
    date: madeAt,
    evidence: [{ fact, says, date: madeAt, source: 'ips-bridge', resource: `Task/${key}` }],
  });
  if (proposal === undefined && ask === undefined) return facts;
  return {
    ...facts,
    ...(proposal === undefined || facts.ipsReferral.state === 'present'
      ? {}
      : { ipsReferral: ofOurs('ipsReferral', 'IPS has been proposed', proposal.madeAt, proposal.key) }),
    ...(ask === undefined || facts.lastAsked.state === 'present'
      ? {}
      : {
          lastAsked: ofOurs(
            'lastAsked',
            'the care team has been prompted to ask about work',
            ask.madeAt,
            ask.key,
          ),
        }),
  };
}

function environmentOf(facts: Facts, partOfCareTeam: boolean): Environment {
  const { teams } = facts;
  return {
    // fhirpath 5.1.1 takes a wrapped `false` in where() for true, so what is not served has no `served` at all.
    teams: teams.state === 'present' ? teams.value.map(({ served }) => (served ? { served } : {})) : [],
    age: plain(facts.age),
    employmentStatus: plain(facts.employmentStatus),
    wantsWork: plain(facts.wantsWork),
    declined: plain(facts.declined),
    ipsReferral: plain(facts.ipsReferral),
    careCoordinator: plain(facts.careCoordinator),
    lastAsked: plain(facts.lastAsked),
    restricted: plain(facts.restricted),
    deceased: plain(facts.deceased),
    onWard: plain(facts.onWard),
    dischargedFromSecondaryCare: plain(facts.dischargedFromSecondaryCare),
    programme: { partOfCareTeam },
  };
}

/** What FHIRPath reads of a fact. An absent one has no value, so that a comparison with it is false. */
function plain(fact: Fact<unknown>): Readonly<Record<string, unknown>> {
  if (fact.state !== 'present') return { present: false, absent: fact.state === 'absent' };
  return {
    present: true,
    absent: false,
    value: typeof fact.value === 'string' || typeof fact.value === 'number' ? fact.value : undefined,
    ...(fact.date === undefined ? {} : { date: fact.date }),
  };
}
