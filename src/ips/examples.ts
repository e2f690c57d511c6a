// The examples in a rule file: facts in plain YAML and the answer that is expected of them. They run when the rule is
// loaded; a rule without one that it passes, one that it fails and one that it cannot tell does not load.
import { z } from 'zod';
import { wantsWorkValues } from '../fhir/code-lists.ts';
import type { Fact, Facts } from './fact.ts';
import { evaluateRule } from './rules.ts';
import type { Rule } from './rules.ts';

const date = z.string().regex(/^\d{4}(-\d\d(-\d\d(T.+)?)?)?$/, 'a FHIR date (2026-03-01)');
const none = z.enum(['absent', 'not-known']);
const dated = z.strictObject({ date: date.optional() });

/** A fact that is left out is not known. */
export const exampleFacts = z.strictObject({
  age: z.union([none, z.int()]).optional(),
  teams: z.union([none, z.array(z.strictObject({ served: z.boolean() })).min(1)]).optional(),
  employmentStatus: z.union([none, z.strictObject({ value: z.string(), date: date.optional() })]).optional(),
  wantsWork: z
    .union([none, z.strictObject({ value: z.enum(wantsWorkValues), date: date.optional() })])
    .optional(),
  declined: z.union([none, dated]).optional(),
  ipsReferral: z.union([none, dated]).optional(),
  careCoordinator: z.union([none, dated]).optional(),
  lastAsked: z.union([none, dated]).optional(),
  restricted: z.union([none, dated]).optional(),
  deceased: z.union([none, dated]).optional(),
  onWard: z.union([none, dated]).optional(),
  dischargedFromSecondaryCare: z.union([none, dated]).optional(),
});
export type ExampleFacts = z.output<typeof exampleFacts>;

export const exampleSchema = z.strictObject({
  name: z.string().min(1),
  /** What is different from the rule file's `person`. */
  with: exampleFacts.default({}),
  partOfCareTeam: z.boolean().default(false),
  expect: z.union([z.boolean(), z.enum(['cannot-tell', 'deferred'])]),
});
export type Example = z.output<typeof exampleSchema>;

/** What is wrong with the examples of a rule, in words; empty where all come out as they say. */
export function runExamples(rule: Rule, examples: readonly Example[], person: ExampleFacts): string[] {
  const expected = new Set(examples.map((example) => String(example.expect)));
  const missing = ['true', 'false', 'cannot-tell']
    .filter((answer) => !expected.has(answer))
    .map((answer) => `there is no example that expects ${answer}`);
  const wrong = examples.flatMap((example) => {
    const evaluation = evaluateRule(rule, factsOf({ ...person, ...example.with }), example.partOfCareTeam);
    const answer = evaluation.deferred === undefined ? evaluation.answer : 'deferred';
    if (answer === String(example.expect)) return [];
    const culprit = evaluation.conditions.find((condition) => condition.answer !== 'true');
    const because = culprit === undefined ? '' : ` ("${culprit.say}" is ${culprit.answer})`;
    return [`example "${example.name}" expects ${String(example.expect)} and gets ${answer}${because}`];
  });
  return [...missing, ...wrong];
}

function factsOf(given: ExampleFacts): Facts {
  return {
    at: new Date(0),
    zone: 'Europe/London',
    age: typeof given.age === 'number' ? present(given.age, {}) : unless(given.age),
    teams: Array.isArray(given.teams) ? present(given.teams.map(exampleTeam), {}) : unless(given.teams),
    employmentStatus: valued(given.employmentStatus),
    wantsWork: valued(given.wantsWork),
    declined: flag(given.declined),
    ipsReferral: flag(given.ipsReferral),
    leftIps: [],
    careCoordinator:
      typeof given.careCoordinator === 'object'
        ? present(
            { kind: 'care-coordinator' as const, system: 'urn:example', value: 'example' },
            given.careCoordinator,
          )
        : unless(given.careCoordinator),
    lastAsked: flag(given.lastAsked),
    restricted: flag(given.restricted),
    deceased: flag(given.deceased),
    onWard: flag(given.onWard),
    dischargedFromSecondaryCare: flag(given.dischargedFromSecondaryCare),
    endedReferrals: [],
    employmentGoal: { verdict: 'content-not-available', why: 'no rule reads it', evidence: [] },
    own: [],
    findings: [],
  };
}

type Nothing = 'absent' | 'not-known' | undefined;

function unless(given: Nothing): Exclude<Fact<never>, { state: 'present' }> {
  return given === 'absent' ? { state: 'absent', evidence: [] } : { state: 'not-known', why: 'not given' };
}

function present<T>(value: T, given: { readonly date?: string | undefined }): Fact<T> {
  return { state: 'present', value, ...(given.date === undefined ? {} : { date: given.date }), evidence: [] };
}

function valued<T>(given: Nothing | { readonly value: T; readonly date?: string | undefined }): Fact<T> {
  return typeof given === 'object' ? present(given.value, given) : unless(given);
}

function flag(given: Nothing | { readonly date?: string | undefined }): Fact<true> {
  return typeof given === 'object' ? present(true as const, given) : unless(given);
}

function exampleTeam({ served }: { readonly served: boolean }) {
  const evidence = {
    fact: 'teams',
    says: 'open referral',
    source: 'example',
    resource: 'EpisodeOfCare/example',
  };
  return { id: 'T1', name: 'Example team', type: 'A06', served, referral: 'example/1', evidence };
}
