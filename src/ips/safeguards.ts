// What every rule must ask before it proposes or prompts (domain.md section 1, R54), and in which words: to name a fact
// is not enough, `%declined.present` names it too. A safeguard that is joined to something else by `or` guards nothing.
import type { PromptKind } from './decision.ts';
import { unwrap } from './expression.ts';
import type { Node } from './expression.ts';
import { minimumAge } from './person-facts.ts';
import { datesCompared, isCoveredTeam, isElement, isMinimumAge, isWardStay, membershipOf } from './shapes.ts';

interface Safeguard {
  readonly fact: string;
  /** How it is written. */
  readonly as: string;
  readonly principle: string;
  /** Whether an alternative of a condition keeps to it. All alternatives of one condition must. */
  readonly kept: (atom: Node) => boolean;
}

const absent = (fact: string, principle: string): Safeguard => ({
  fact,
  as: `%${fact}.absent`,
  principle,
  kept: (atom) => isElement(atom, fact, 'absent'),
});
const coveredTeam: Safeguard = {
  fact: 'teams',
  as: '%teams.where(served).exists()',
  principle: 'IPS is for people on the caseload of a team that it covers',
  kept: isCoveredTeam,
};
const oldEnough: Safeguard = {
  fact: 'age',
  as: `%age.value >= ${minimumAge}`,
  principle: `the minimum age is ${minimumAge}`,
  kept: isMinimumAge,
};

const safeguards: Readonly<Record<PromptKind, readonly Safeguard[]>> = {
  'propose-referral': [
    coveredTeam,
    oldEnough,
    absent('deceased', 'nothing is proposed for somebody who has died'),
    {
      fact: 'wantsWork',
      as: "%wantsWork.value in ('paid-job' | 'keep-or-change')",
      principle: "choice: a proposal follows the person's own wish",
      kept: (atom) => membershipOf(atom, 'wantsWork') !== undefined,
    },
    {
      fact: 'declined',
      as: '%declined.absent or before(%declined.date, %wantsWork.date)',
      principle: 'choice: a decline ends proposals until the person states a new wish',
      kept: (atom) =>
        isElement(atom, 'declined', 'absent') || datesCompared(atom)?.join() === 'declined,wantsWork',
    },
    absent('ipsReferral', 'nobody is proposed who is with IPS already'),
    {
      fact: 'restricted',
      as: '%restricted.absent or %programme.partOfCareTeam',
      principle: 'confidentiality: no proposal of a restricted record to another organisation',
      kept: (atom) =>
        isElement(atom, 'restricted', 'absent') || isElement(atom, 'programme', 'partOfCareTeam'),
    },
  ],
  'ask-wish': [
    coveredTeam,
    oldEnough,
    absent('deceased', 'nobody is asked about somebody who has died'),
    absent(
      'lastAsked',
      'choice: nobody is asked again and again; ask only where it is known that nobody has',
    ),
    absent('ipsReferral', 'nobody is asked who is with IPS already'),
  ],
};

/** The safeguards that a rule with this effect lacks, in words. */
export function missingSafeguards(
  effect: PromptKind,
  when: readonly Node[],
  defer: readonly Node[],
): string[] {
  const conditions = when.flatMap((tree) => partsOf(tree, 'AndExpression'));
  const missing = safeguards[effect]
    .filter(({ kept }) => !conditions.some((one) => partsOf(one, 'OrExpression').every(kept)))
    .map(({ fact, as, principle }) => `a ${effect} rule must ask about ${fact} (${as}): ${principle}`);
  return effect === 'ask-wish' && !defer.some(isWardStay)
    ? [...missing, `a ${effect} rule must wait (defer) while %onWard.present: a ward stay defers an ask`]
    : missing;
}

/** What one operator joins, however many times; parentheses aside. */
function partsOf(node: Node, operator: 'AndExpression' | 'OrExpression'): Node[] {
  const inner = unwrap(node);
  return inner.type === operator ? inner.children.flatMap((child) => partsOf(child, operator)) : [inner];
}
