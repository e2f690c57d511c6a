// The zero-exclusion linter (domain.md section 1, R54): what a rule may not ask, and what it may not forget to ask.
// Diagnosis, risk and the like are no facts, so no rule can name them; here the rest is refused, with the principle
// that it breaks.
import { wantsWorkValues } from '../fhir/code-lists.ts';
import type { PromptKind } from './decision.ts';
import { pathOf, unwrap, variablesOf } from './expression.ts';
import type { Node } from './expression.ts';
import { factNames } from './fact.ts';
import { minimumAge } from './person-facts.ts';
import type { Once } from './rules.ts';
import { missingSafeguards } from './safeguards.ts';
import { datesCompared, isCoveredTeam, isMinimumAge, isWardStay, membershipOf } from './shapes.ts';

interface LintedCondition {
  readonly say: string;
  readonly tree: Node;
}

export interface LintedRule {
  readonly effect: PromptKind;
  readonly once: Once;
  readonly when: readonly LintedCondition[];
  readonly defer: readonly LintedCondition[];
}

const zeroExclusion = 'zero exclusion: nobody is kept out for';
/** Words by which people might try to name what is no fact, and the principle that forbids it. */
const forbidden: readonly (readonly [RegExp, string])[] = [
  [/diagnos|icd|condition|symptom|severity|acuity|honos|cluster/i, `${zeroExclusion} diagnosis or symptoms`],
  [/risk|safety|offen|forensic|convict|violen/i, `${zeroExclusion} risk or offending; safety is read in the EPR before the first meeting`],
  [/substance|drug|alcohol/i, `${zeroExclusion} substance use`],
  [/attend|appointment|dna|engage/i, `${zeroExclusion} missed appointments`],
  [/section|mha|detained|cto/i, `${zeroExclusion} a Mental Health Act section`],
  [/disab|impair/i, `${zeroExclusion} disability`],
  [/ethnic|race|religion|nationality|gender|sex|marital/i, 'zero exclusion and equality: ethnicity and the like are for reporting only, no rule reads them'],
  [/benefit|universalCredit|dwp|jobcentre/i, 'never tied to benefits: benefit status is no fact and no rule reads it'],
  [/housing|homeless|address|deprivation/i, `${zeroExclusion} housing`],
  [/interpreter|language/i, `${zeroExclusion} needing an interpreter`],
  [/ready|readiness|motivat/i, `${zeroExclusion} job readiness`],
  [/previous|earlier|history|episodes/i, `${zeroExclusion} an earlier IPS episode`],
]; // prettier-ignore

/** The fact whose id `once` counts by. */
const onceFacts: Readonly<Partial<Record<Once, string>>> = {
  wish: 'wantsWork',
  status: 'employmentStatus',
  episode: 'teams',
};

/** Every principle that a rule breaks, in words; empty where it breaks none. */
export function lintRule(rule: LintedRule): string[] {
  const inWhen = rule.when.flatMap((condition) => lintCondition(rule.effect, condition, 'when'));
  const inDefer = rule.defer.flatMap((condition) => lintCondition(rule.effect, condition, 'defer'));
  const named = new Set(rule.when.flatMap(({ tree }) => variablesOf(tree)));
  const trees = (conditions: readonly LintedCondition[]) => conditions.map(({ tree }) => tree);
  const missing = missingSafeguards(rule.effect, trees(rule.when), trees(rule.defer));
  const counted = onceFacts[rule.once];
  const uncounted =
    counted === undefined || named.has(counted)
      ? []
      : [`once: ${rule.once} counts by ${counted}, which no condition asks about`];
  return [...inWhen, ...inDefer, ...missing, ...uncounted];
}

function lintCondition(effect: PromptKind, condition: LintedCondition, place: 'when' | 'defer'): string[] {
  const unknown = variablesOf(condition.tree).flatMap(unknownName);
  const shapes = atomsOf(condition.tree).flatMap((atom) => lintAtom(effect, atom, place));
  return [...unknown, ...shapes].map((fault) => `"${condition.say}": ${fault}`);
}

function unknownName(name: string): string[] {
  if (name === 'programme' || factNames.some((fact) => fact === name)) return [];
  const principle = forbidden.find(([words]) => words.test(name))?.[1];
  return [
    principle === undefined
      ? `%${name} is no fact; there are: ${factNames.join(', ')}`
      : `%${name} is no fact, on principle. ${principle}`,
  ];
}

/** The parts that `and`, `or` and parentheses join. Only in these may the guarded facts stand, in one plain shape. */
function atomsOf(node: Node): Node[] {
  const inner = unwrap(node);
  return inner.type === 'AndExpression' || inner.type === 'OrExpression'
    ? inner.children.flatMap(atomsOf)
    : [inner];
}

function lintAtom(effect: PromptKind, atom: Node, place: 'when' | 'defer'): string[] {
  const names = variablesOf(atom);
  const faults: string[] = [];
  if (names.includes('onWard') && place === 'when') {
    faults.push(`${zeroExclusion} being on a ward; a ward stay only defers: put it under defer`);
  }
  if (place === 'defer' && !isWardStay(atom)) {
    faults.push('nothing but a ward stay defers: %onWard.present');
  }
  if (names.includes('age') && !isMinimumAge(atom)) {
    faults.push(`${zeroExclusion} an upper age; age may only be asked as %age.value >= ${minimumAge}`);
  }
  if (names.includes('teams') && !isCoveredTeam(atom)) {
    faults.push(`${zeroExclusion} their team; teams may only be asked as %teams.where(served).exists()`);
  }
  if (datesCompared(atom) !== undefined) return faults;
  if (names.includes('employmentStatus') && membershipOf(atom, 'employmentStatus') === undefined) {
    faults.push(
      `${zeroExclusion} an employment status; ask only which it is, %employmentStatus.value = '02' or in ('01' | '02')`,
    );
  }
  if (names.includes('wantsWork')) faults.push(...lintWish(effect, atom));
  return faults;
}

function lintWish(effect: PromptKind, atom: Node): string[] {
  const path = pathOf(atom);
  if (path?.element === 'absent' && effect === 'ask-wish') return [];
  const values = membershipOf(atom, 'wantsWork');
  if (values === undefined)
    return ["choice: ask only which wish it is, %wantsWork.value in ('paid-job' | 'keep-or-change')"];
  const unknown = values.filter((value) => !wantsWorkValues.some((known) => known === value));
  if (unknown.length > 0) return [`%wantsWork.value is one of: ${wantsWorkValues.join(', ')}`];
  const others = values.filter((value) => value !== 'paid-job' && value !== 'keep-or-change');
  return effect === 'propose-referral' && others.length > 0
    ? [
        `choice: only the wish for a paid job, or to keep or change one, proposes a referral; not: ${others.join(', ')}`,
      ]
    : [];
}
