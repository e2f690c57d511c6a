// The few plain shapes in which a condition may ask about a guarded fact. Whatever else can be written (a negation, a
// comparison turned round) is none of them, and so is refused by the linter or counts as no safeguard.
import { nodesOf, pathOf, unwrap } from './expression.ts';
import type { Node } from './expression.ts';
import { minimumAge } from './person-facts.ts';

/** The literals of `%<fact>.value = 'x'` or `%<fact>.value in ('x' | 'y')`; undefined for any other shape. */
export function membershipOf(atom: Node, fact: string): string[] | undefined {
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

/** `%age.value >= 16`. */
export function isMinimumAge(atom: Node): boolean {
  const [left, right] = atom.children;
  if (atom.type !== 'InequalityExpression' || atom.text !== '>=' || left === undefined || right === undefined)
    return false;
  const path = pathOf(left);
  return path?.fact === 'age' && path.element === 'value' && literalOf(right) === String(minimumAge);
}

/** `%teams.where(served).exists()`. */
export function isCoveredTeam(atom: Node): boolean {
  const nodes = [...nodesOf(atom)];
  const texts = (type: string): string =>
    nodes
      .filter((node) => node.type === type)
      .map(({ text }) => text)
      .join();
  const operates = nodes.some(({ type }) =>
    /^(Equality|Or|And|Inequality|Membership|Union)Expression$/.test(type),
  );
  return (
    atom.type === 'InvocationExpression' &&
    !operates &&
    texts('ExternalConstantTerm') === 'teams' &&
    texts('Functn') === 'where,exists' &&
    texts('MemberInvocation') === 'served' &&
    texts('LiteralTerm') === ''
  );
}

/** `%onWard.present`. */
export function isWardStay(atom: Node): boolean {
  return isElement(atom, 'onWard', 'present');
}

/** `%<fact>.<element>` and nothing more. */
export function isElement(atom: Node, fact: string, element: string): boolean {
  const path = pathOf(atom);
  return path?.fact === fact && path.element === element;
}

/** The two facts of `before(%a.date, %b.date)` itself, not of something made of it. */
export function datesCompared(atom: Node): readonly [string, string] | undefined {
  const nodes = [...nodesOf(atom)];
  const called = nodes.filter(({ type }) => type === 'Functn').map(({ text }) => text);
  const members = nodes.filter(({ type }) => type === 'MemberInvocation');
  const [earlier, later, ...more] = nodes.filter(({ type }) => type === 'ExternalConstantTerm');
  const plain =
    atom.type === 'InvocationTerm' &&
    called.join() === 'before' &&
    members.length === 2 &&
    members.every(({ text }) => text === 'date');
  return plain && earlier !== undefined && later !== undefined && more.length === 0
    ? [earlier.text, later.text]
    : undefined;
}

function literalOf(node: Node): string | undefined {
  const inner = unwrap(node);
  return inner.type === 'LiteralTerm' ? inner.children[0]?.text : undefined;
}
