// Loading rule files (mappings/triggers/<rule>.yaml): schema, conditions, linter, examples; all faults of all files at
// once. A rule that rests on a fact which no feed supplies is valid but not loaded, and is reported (R51).
import { z } from 'zod';
import { BridgeError, errorOf } from '../errors.ts';
import type { Finding } from '../errors.ts';
import { parseYaml } from '../yaml.ts';
import { promptKinds } from './decision.ts';
import { exampleFacts, exampleSchema, runExamples } from './examples.ts';
import type { Example, ExampleFacts } from './examples.ts';
import { compileExpression } from './expression.ts';
import { supplyOf } from './fact.ts';
import type { FactName } from './fact.ts';
import { lintRule } from './linter.ts';
import { ruleSwitch } from './programme.ts';
import type { Programme } from './programme.ts';
import { onceKinds } from './rules.ts';
import type { Condition, NotLoaded, Rule, RuleSet } from './rules.ts';
import type { FeedSupply } from './supply.ts';

const words = z.string().min(1);

/** A rule file. `that` and `while` are FHIRPath over the facts. */
const ruleFile = z.strictObject({
  rule: z.string().regex(/^[a-z][a-z0-9-]*$/, 'small letters, digits and hyphens'),
  title: words,
  when: z.array(z.strictObject({ say: words, that: words })).min(1),
  defer: z.array(z.strictObject({ say: words, while: words })).default([]),
  then: z.strictObject({ effect: z.enum(promptKinds), via: z.literal('care-coordinator') }),
  once: z.enum(onceKinds),
  /** The facts of the person in the examples; each test says what is different. */
  person: exampleFacts,
  tests: z.array(exampleSchema),
});

export interface RuleContext {
  readonly feeds: readonly FeedSupply[];
  readonly programme: Programme;
  /** Hash of the whole mapping and rule set. */
  readonly hash: string;
}

type RuleTree = ReadonlyMap<string, { readonly file: string; readonly text: string }>;

/**
 * The rules of a mapping folder.
 * @throws BridgeError whose `findings` hold every fault: `config/yaml`, `config/invalid`, `config/condition`,
 * `config/principle` (the linter), `config/example`, `config/rule`
 */
export function loadRules(tree: RuleTree, context: RuleContext): RuleSet {
  const faults: Finding[] = [];
  const rules: Rule[] = [];
  const names = new Set<string>();
  for (const [path, { file, text }] of tree) {
    const name = /^triggers\/(.+)\.yaml$/.exec(path)?.[1];
    if (name === undefined) continue;
    names.add(name);
    try {
      rules.push(readRule(name, file, text, context.programme));
    } catch (thrown) {
      if (!(thrown instanceof BridgeError)) throw thrown;
      faults.push(...thrown.findings);
    }
  }
  for (const name of Object.keys(context.programme.rules)) {
    if (names.has(name)) continue;
    const message = `there is no rule ${name}; there are: ${[...names].join(', ')}`;
    faults.push({ kind: 'config/rule', where: `programme rules.${name}`, message });
  }
  const error = errorOf(faults);
  if (error !== undefined) throw error;

  const notLoaded = rules.flatMap((rule) => missingSupply(rule, context.feeds));
  const unsupplied = new Set(notLoaded.map(({ rule }) => rule));
  return {
    hash: context.hash,
    rules: rules.filter(
      (rule) => !unsupplied.has(rule.name) && ruleSwitch(context.programme, rule.name) !== 'off',
    ),
    notLoaded,
    partOfCareTeam: context.programme.provider.partOfCareTeam,
  };
}

function readRule(name: string, file: string, text: string, programme: Programme): Rule {
  const content = parseYaml(file, text, ruleFile);
  const faults: Finding[] = [];
  const fault = (
    kind: 'rule' | 'condition' | 'principle' | 'example',
    near: string,
    message: string,
  ): void => {
    faults.push({ kind: `config/${kind}`, where: placeOf(file, text, near), message });
  };
  if (content.rule !== name) fault('rule', content.rule, `this file must be called ${content.rule}.yaml`);

  const compileAll = (conditions: readonly { readonly say: string; readonly that: string }[]): Condition[] =>
    conditions.flatMap(({ say, that }) => {
      try {
        return [{ say, expression: compileExpression(that) }];
      } catch (thrown) {
        if (!(thrown instanceof BridgeError)) throw thrown;
        fault('condition', that, `"${say}": ${thrown.message}`);
        return [];
      }
    });
  const rule: Rule = {
    name,
    title: content.title,
    file,
    when: compileAll(content.when),
    defer: compileAll(content.defer.map(({ say, while: that }) => ({ say, that }))),
    effect: content.then.effect,
    once: content.once,
    observe: ruleSwitch(programme, name) === 'observe',
  };
  // The linter and the examples judge a rule that is whole.
  if (faults.length === 0)
    for (const broken of lintAll(rule)) fault('principle', broken.near, broken.message);
  if (faults.length === 0)
    for (const wrong of checkExamples(rule, content.tests, content.person)) fault('example', 'tests:', wrong);
  const error = errorOf(faults);
  if (error !== undefined) throw error;
  return rule;
}

function lintAll(rule: Rule): { near: string; message: string }[] {
  const linted = (conditions: readonly Condition[]) =>
    conditions.map(({ say, expression }) => ({ say, tree: expression.tree }));
  const faults = lintRule({
    effect: rule.effect,
    once: rule.once,
    when: linted(rule.when),
    defer: linted(rule.defer),
  });
  const conditions = [...rule.when, ...rule.defer];
  return faults.map((message) => ({
    message,
    near: conditions.find(({ say }) => message.startsWith(`"${say}"`))?.expression.text ?? 'when:',
  }));
}

/** A condition that gives no yes or no throws while the examples run: that is a fault of the rule, too. */
function checkExamples(rule: Rule, examples: readonly Example[], person: ExampleFacts): string[] {
  try {
    return runExamples(rule, examples, person);
  } catch (thrown) {
    if (thrown instanceof BridgeError) return [thrown.message];
    // fhirpath throws plain errors of its own kinds for operands that do not fit (comparing a word with a number).
    return [`a condition cannot be evaluated: ${thrown instanceof Error ? thrown.message : 'unknown fault'}`];
  }
}

/** Where a rule rests on facts that no feed supplies. */
function missingSupply(rule: Rule, feeds: readonly FeedSupply[]): NotLoaded[] {
  const facts = [...new Set([...rule.when, ...rule.defer].flatMap(({ expression }) => expression.facts))];
  const missing = facts.filter((fact) => !isSupplied(fact, feeds));
  if (missing.length === 0) return [];
  const settings = missing.map((fact) => {
    const supply = supplyOf(fact);
    return supply === 'restricted' ? 'restrictedMarkings: supplied' : `supplies.${supply}`;
  });
  const message = `rule ${rule.name} is not loaded: no feed supplies ${missing.join(', ')} (feed settings: ${settings.join(', ')})`;
  return [{ rule: rule.name, missing, message }];
}

function isSupplied(fact: FactName, feeds: readonly FeedSupply[]): boolean {
  const supply = supplyOf(fact);
  return feeds.some((feed) =>
    supply === 'restricted' ? feed.restrictedMarkings === 'supplied' : feed.supplies[supply] !== undefined,
  );
}

/** `file:line` of the first line that holds a text; the file alone where it is written over several lines. */
function placeOf(file: string, text: string, near: string): string {
  const line = text.split('\n').findIndex((content) => content.includes(near));
  return line < 0 ? file : `${file}:${line + 1}`;
}
