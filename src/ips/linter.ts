// The zero-exclusion linter (domain.md section 1, R54): what a rule may not ask, and what it may not forget to ask.
// Diagnosis, risk and the like are no facts, so no rule can name them; here the rest is refused, with the principle
// that it breaks.
import type { EffectKind } from './decision.ts';
import { nodesOf, pathOf, unwrap, variablesOf } from './expression.ts';
import type { Node } from './expression.ts';
import { factNames, wantsWorkValues } from './fact.ts';
import { minimumAge } from './person-facts.ts';
import type { Once } from './rules.ts';

interface LintedCondition {
  readonly say: string;
  readonly tree: Node;
}

export interface LintedRule {
  readonly effect: EffectKind;
  readonly once: Once;
  readonly when: readonly LintedCondition[];
  readonly defer: readonly LintedCondition[];
}

const zeroExclusion = 'zero exclusion: nobody is kept out for';
const confidentiality = 'confidentiality: ';
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

/** Facts that a rule with this effect must ask about, each with the principle that is broken without it. */
const safeguards: Readonly<Record<EffectKind, readonly (readonly [string, string])[]>> = {
  'propose-referral': [
    ['teams', 'IPS is for people on the caseload of a team that it covers'],
    ['age', `the minimum age is ${minimumAge}`],
    ['deceased', 'nothing is proposed for somebody who has died'],
    ['wantsWork', "choice: a proposal follows the person's own wish"],
    ['declined', 'choice: a decline ends proposals until the person states a new wish'],
    ['ipsReferral', 'nobody is proposed who is with IPS already'],
    ['restricted', `${confidentiality}no proposal of a restricted record to another organisation`],
  ],
  'ask-wish': [
    ['teams', 'IPS is for people on the caseload of a team that it covers'],
    ['age', `the minimum age is ${minimumAge}`],
    ['deceased', 'nobody is asked about somebody who has died'],
    [
      'lastAsked',
      'choice: nobody is asked again and again; ask only where it is known when they were last asked',
    ],
    ['ipsReferral', 'nobody is asked who is with IPS already'],
    ['onWard (under defer)', 'a ward stay defers an ask'],
  ],
};

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
  if (rule.defer.some(({ tree }) => variablesOf(tree).includes('onWard'))) named.add('onWard (under defer)');
  const missing = safeguards[rule.effect]
    .filter(([fact]) => !named.has(fact))
    .map(([fact, principle]) => `a ${rule.effect} rule must ask about ${fact}: ${principle}`);
  const counted = onceFacts[rule.once];
  const uncounted =
    counted === undefined || named.has(counted)
      ? []
      : [`once: ${rule.once} counts by ${counted}, which no condition asks about`];
  return [...inWhen, ...inDefer, ...missing, ...uncounted];
}

function lintCondition(effect: EffectKind, condition: LintedCondition, place: 'when' | 'defer'): string[] {
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

function lintAtom(effect: EffectKind, atom: Node, place: 'when' | 'defer'): string[] {
  const names = variablesOf(atom);
  const faults: string[] = [];
  if (names.includes('onWard') && place === 'when') {
    faults.push(`${zeroExclusion} being on a ward; a ward stay only defers: put it under defer`);
  }
  if (place === 'defer' && names.some((name) => name !== 'onWard')) {
    faults.push('nothing but a ward stay defers');
  }
  if (names.includes('age') && !isMinimumAge(atom)) {
    faults.push(`${zeroExclusion} an upper age; age may only be asked as %age.value >= ${minimumAge}`);
  }
  if (names.includes('teams') && !isCoveredTeam(atom)) {
    faults.push(`${zeroExclusion} their team; teams may only be asked as %teams.where(served).exists()`);
  }
  if (isDateComparison(atom)) return faults;
  if (names.includes('employmentStatus') && membershipOf(atom, 'employmentStatus') === undefined) {
    faults.push(
      `${zeroExclusion} an employment status; ask only which it is, %employmentStatus.value = '02' or in ('01' | '02')`,
    );
  }
  if (names.includes('wantsWork')) faults.push(...lintWish(effect, atom));
  return faults;
}

function lintWish(effect: EffectKind, atom: Node): string[] {
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

/** The literals of `%<fact>.value = 'x'` or `%<fact>.value in ('x' | 'y')`; undefined for any other shape. */
function membershipOf(atom: Node, fact: string): string[] | undefined {
  const [left, right] = atom.children;
  const plain =
    (atom.type === 'EqualityExpression' && atom.text === '=') ||
    (atom.type === 'MembershipExpression' && atom.text === 'in');
  if (!plain || left === undefined || right === undefined) return undefined;
  const path = pathOf(left);
  if (path?.fact !== fact || path.element !== 'value') return undefined;
  const inside = [...nodesOf(right)];
  const harmless = ['TermExpression', 'ParenthesizedTerm', 'UnionExpression', 'LiteralTerm', 'StringLiteral'];
  if (inside.some((node) => !harmless.includes(node.type))) return undefined;
  return inside.filter((node) => node.type === 'StringLiteral').map((node) => node.text.slice(1, -1));
}

function isMinimumAge(atom: Node): boolean {
  const [left, right] = atom.children;
  if (atom.type !== 'InequalityExpression' || atom.text !== '>=' || left === undefined || right === undefined)
    return false;
  const path = pathOf(left);
  return path?.fact === 'age' && path.element === 'value' && literalOf(right) === String(minimumAge);
}

/** `%teams.where(served).exists()`. */
function isCoveredTeam(atom: Node): boolean {
  const nodes = [...nodesOf(atom)];
  const called = nodes.filter(({ type }) => type === 'Functn').map(({ text }) => text);
  const compared = nodes.some(({ type }) => /^(Equality|Or|And|Inequality|Membership)Expression$/.test(type));
  return atom.type === 'InvocationExpression' && !compared && called.join() === 'where,exists';
}

function literalOf(node: Node): string | undefined {
  const inner = unwrap(node);
  return inner.type === 'LiteralTerm' ? inner.children[0]?.text : undefined;
}

/** `before(%a.date, %b.date)` itself, not something made of it. */
function isDateComparison(atom: Node): boolean {
  const names = [...nodesOf(atom)].filter((node) => node.type === 'Functn').map((node) => node.text);
  const members = [...nodesOf(atom)].filter((node) => node.type === 'MemberInvocation');
  return (
    atom.type === 'InvocationTerm' &&
    names.length === 1 &&
    names[0] === 'before' &&
    members.every((member) => member.text === 'date')
  );
}
