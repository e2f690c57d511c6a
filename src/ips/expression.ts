// FHIRPath conditions of rules: parsed, checked against what is allowed, compiled once. Allowed is little: facts by
// name, their listed elements, comparisons, and/or, six functions and our own `before`. Regular expressions, dates as
// literals, arithmetic, `contains`, resources and terminology are refused at load (R33).
import { compile, parse } from 'fhirpath';
import type { UserInvocationTable } from 'fhirpath';
import { BridgeError } from '../errors.ts';
import { before } from '../time.ts';
import { factNames } from './fact.ts';
import type { FactName } from './fact.ts';

/** One node of fhirpath's syntax tree, as far as we read it. */
export interface Node {
  readonly type: string;
  readonly text: string;
  readonly children: readonly Node[];
}

export type Verdict = 'true' | 'false' | 'cannot-tell';

/** What the expression sees: %<fact> and %programme, as plain values. */
export type Environment = Readonly<Record<string, unknown>>;

export interface Expression {
  readonly text: string;
  readonly tree: Node;
  readonly facts: readonly FactName[];
  /** Every fact it names must be in the environment. @throws BridgeError config/condition when it gives no yes or no */
  readonly evaluate: (environment: Environment, zone: string) => Verdict;
}

/** What can be read of a fact or of %programme. Of teams nothing but `served`: a team type is no criterion. */
const elements: Readonly<Record<string, readonly string[]>> = {
  teams: ['served'],
  age: ['value'],
  employmentStatus: ['value', 'date', 'present', 'absent'],
  wantsWork: ['value', 'date', 'present', 'absent'],
  programme: ['partOfCareTeam'],
};
const otherElements = ['present', 'absent', 'date'] as const;

const allowedFunctions: ReadonlySet<string> = new Set(['where', 'exists', 'all', 'empty', 'not', 'before']);
const allowedNodes: ReadonlySet<string> = new Set([
  'EntireExpression', 'InvocationExpression', 'TermExpression', 'ParenthesizedTerm', 'ExternalConstantTerm',
  'ExternalConstant', 'Identifier', 'InvocationTerm', 'MemberInvocation', 'FunctionInvocation', 'Functn', 'ParamList',
  'OrExpression', 'AndExpression', 'EqualityExpression', 'InequalityExpression', 'MembershipExpression',
  'UnionExpression', 'LiteralTerm', 'StringLiteral', 'NumberLiteral', 'BooleanLiteral',
]); // prettier-ignore
const operations: ReadonlySet<string> = new Set([
  'OrExpression', 'AndExpression', 'EqualityExpression', 'InequalityExpression', 'MembershipExpression', 'UnionExpression',
]); // prettier-ignore
const allowedOperators: ReadonlySet<string> = new Set([
  'or',
  'and',
  '=',
  '!=',
  '>',
  '>=',
  '<',
  '<=',
  'in',
  '|',
]);

/**
 * A condition, ready to be evaluated.
 * @throws BridgeError `config/condition` with what is wrong and what is allowed
 */
export function compileExpression(text: string): Expression {
  const tree = parseExpression(text);
  const faults = [...nodesOf(tree)].flatMap(faultOf);
  const [fault] = [...faults, ...elementFaults(tree)];
  if (fault !== undefined) throw new BridgeError('config/condition', fault);
  const variables = variablesOf(tree);
  const facts = factNames.filter((name) => variables.includes(name));

  /** Set while an evaluation runs: a comparison of dates that their precision could not settle. */
  const dates = { zone: 'UTC', unsure: false };
  const run = compile(text, undefined, { userInvocationTable: beforeTable(dates) });
  const evaluate = (environment: Environment, zone: string): Verdict => {
    dates.zone = zone;
    dates.unsure = false;
    const result: unknown = run({}, { ...environment });
    const [first, ...more] = Array.isArray(result) ? (result as readonly unknown[]) : [];
    if (first === undefined) return wasUnsure(dates) ? 'cannot-tell' : 'false';
    if (more.length > 0 || typeof first !== 'boolean') {
      throw new BridgeError('config/condition', 'the condition gives no yes or no');
    }
    return first ? 'true' : 'false';
  };
  return { text, tree, facts, evaluate };
}

/** Every node of a tree, itself first. */
export function* nodesOf(node: Node): Generator<Node> {
  yield node;
  for (const child of node.children) yield* nodesOf(child);
}

/** Every `%name` of a tree, once: `teams` of `%teams`. */
export function variablesOf(tree: Node): string[] {
  return [
    ...new Set(
      [...nodesOf(tree)].filter((node) => node.type === 'ExternalConstantTerm').map(({ text }) => text),
    ),
  ];
}

/** The node without the wrappers that say nothing: a parenthesis, a term, the whole. */
export function unwrap(node: Node): Node {
  const [only, ...more] = node.children;
  const wrappers = ['EntireExpression', 'TermExpression', 'ParenthesizedTerm'];
  return only !== undefined && more.length === 0 && wrappers.includes(node.type) ? unwrap(only) : node;
}

/** `employmentStatus` and `value` of `%employmentStatus.value`; undefined for any other shape. */
export function pathOf(node: Node): { readonly fact: string; readonly element: string } | undefined {
  const inner = unwrap(node);
  const [left, right] = inner.children;
  if (inner.type !== 'InvocationExpression' || left === undefined || right?.type !== 'MemberInvocation')
    return undefined;
  const root = unwrap(left);
  return root.type === 'ExternalConstantTerm' ? { fact: root.text, element: right.text } : undefined;
}

function parseExpression(text: string): Node {
  try {
    return nodeOf(parse(text));
  } catch (thrown) {
    // The library's message shows the expression, which is configuration and no patient's data.
    const message = thrown instanceof Error ? (thrown.message.split('\n')[0] ?? '') : '';
    throw new BridgeError('config/condition', `not a FHIRPath expression: ${message}`, { cause: thrown });
  }
}

function nodeOf(value: unknown): Node {
  const has = (key: string): unknown =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).find(([name]) => name === key)?.[1]
      : undefined;
  const [type, text, children] = [has('type'), has('text'), has('children')];
  return {
    type: typeof type === 'string' ? type : 'unknown',
    text: typeof text === 'string' ? text : '',
    children: Array.isArray(children) ? children.map(nodeOf) : [],
  };
}

function faultOf(node: Node): string[] {
  if (node.type === 'ExternalConstantTerm' && node.text === '')
    return ['write the name of a fact without quotes'];
  if (!allowedNodes.has(node.type)) return [`${describe(node)} is not allowed in a condition`];
  if (operations.has(node.type) && !allowedOperators.has(node.text)) {
    return [`the operator ${node.text} is not allowed; allowed: ${[...allowedOperators].join(' ')}`];
  }
  if (node.type === 'Functn') {
    const name = node.text === '' ? (node.children[0]?.text ?? '') : node.text;
    if (!allowedFunctions.has(name)) {
      return [`the function ${name}() is not allowed; allowed: ${[...allowedFunctions].join(', ')}`];
    }
  }
  return [];
}

function describe(node: Node): string {
  return node.text === '' ? node.type : `${node.text} (${node.type})`;
}

/**
 * Members that do not exist would make every comparison empty, silently: so each is checked against its fact. A fact
 * that does not exist is the linter's, which says why.
 */
function elementFaults(tree: Node): string[] {
  const faults: string[] = [];
  const visit = (node: Node, checked: boolean): void => {
    const path = pathOf(node);
    if (path !== undefined && isVariable(path.fact)) {
      const known = elements[path.fact] ?? otherElements;
      if (!known.includes(path.element)) {
        faults.push(`%${path.fact}.${path.element} does not exist; %${path.fact} has: ${known.join(', ')}`);
      }
    } else if (node.type === 'MemberInvocation' && !checked) {
      faults.push(`${node.text} does not exist; facts are written with %, of a team only "served" is known`);
    }
    for (const child of node.children) {
      // `served` inside %teams.where(…) is the only member that stands by itself.
      const standsAlone = node.type === 'InvocationTerm' && child.text === 'served';
      visit(child, checked || path !== undefined || standsAlone);
    }
  };
  visit(tree, false);
  return faults;
}

function isVariable(name: string): boolean {
  return name === 'programme' || factNames.some((fact) => fact === name);
}

function beforeTable(dates: { readonly zone: string; unsure: boolean }): UserInvocationTable {
  return {
    before: {
      arity: { 2: ['AnyAtRoot', 'AnyAtRoot'] },
      fn: (_input: unknown, left: unknown, right: unknown): boolean[] => {
        const [a, b] = [single(left), single(right)];
        const answer = a === undefined || b === undefined ? undefined : before(a, b, dates.zone);
        if (answer === undefined) dates.unsure = true;
        return answer === undefined ? [] : [answer];
      },
    },
  };
}

/** A function, because the checker does not see that running the condition may have set it. */
function wasUnsure(dates: { readonly unsure: boolean }): boolean {
  return dates.unsure;
}

function single(value: unknown): string | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' ? first : undefined;
}
