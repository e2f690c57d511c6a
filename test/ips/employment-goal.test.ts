// The verdict on a person's plans and goals, and the words of one text.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { CarePlan, Goal } from '@medplum/fhirtypes';
import { BridgeError } from '../../src/errors.ts';
import { employmentGoal, readGoalDefinition } from '../../src/ips/employment-goal.ts';
import type { GoalVerdict } from '../../src/ips/employment-goal.ts';
import { readGoalText } from '../../src/ips/goal-words.ts';
import { silenceAt } from '../../src/ips/silence.ts';
import { mappingTree } from '../support/mapping.ts';
import { phrases } from './employment-goal.phrases.ts';
import { unseen } from './employment-goal.unseen.ts';
import type { FeedSupply } from '../../src/ips/supply.ts';
import { Person, feed, zone } from './support/people.ts';

const file = 'employment-goal.yaml';
const shipped = mappingTree().get(file)?.text ?? '';
const definition = readGoalDefinition(mappingTree())!;
const complete: FeedSupply = {
  ...feed,
  supplies: { ...feed.supplies, carePlans: { completeFrom: '2025-01-01' } },
};

function plan(text: string | undefined, more: Partial<CarePlan> & { type?: string } = {}): CarePlan {
  const { type = 'CARE', ...elements } = more;
  return {
    resourceType: 'CarePlan',
    status: 'active',
    intent: 'plan',
    subject: {},
    category: [{ coding: [{ code: type }] }],
    period: { start: '2025-06-01' },
    ...(text === undefined ? {} : { description: text }),
    ...elements,
  };
}

function goal(description: Goal['description'], more: Partial<Goal> = {}): Goal {
  return { resourceType: 'Goal', lifecycleStatus: 'active', subject: {}, description, ...more };
}

function verdictOn(
  resources: readonly (CarePlan | Goal)[],
  feeds = [complete],
  words = definition,
): GoalVerdict {
  const person = new Person().patient();
  for (const [index, resource] of resources.entries())
    person.add(`${resource.resourceType}${index}`, resource);
  const { at } = person;
  return employmentGoal(person.record, { at, zone, silence: silenceAt(feeds, at, zone), definition: words });
}

/** The shipped file with one text replaced by another. */
function faultsOf(from: string, to: string): string[] {
  expect(shipped).toContain(from);
  try {
    readGoalDefinition(mappingTree({ [file]: shipped.replace(from, to) }));
    return [];
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    return error.findings.map(({ where, message }) => `${where} ${message}`);
  }
}

describe('the words of a goal', () => {
  it.each(phrases)('%j is %s', (text, verdict) => {
    expect(readGoalText(text, definition.words)).toBe(verdict);
  });

  it('of sentences never tuned on, as many are read wrongly as docs/employment-goals.md says', () => {
    const wrong = unseen.flatMap(([text, verdict]) => {
      const read = readGoalText(text, definition.words);
      return read === verdict ? [] : [read];
    });
    const of = (verdict: string): number => wrong.filter((read) => read === verdict).length;
    const { length: sentences } = unseen;
    expect({ sentences, goals: of('goal'), prompts: of('no-goal'), unclear: of('unclear') }).toEqual({
      sentences: 62, goals: 3, prompts: 1, unclear: 0,
    });
    const said = readFileSync(join(import.meta.dirname, '../../docs/employment-goals.md'), 'utf8');
    expect(said).toContain(`${of('goal') + of('no-goal') + of('unclear')} of ${sentences} are read wrongly`);
  }); // prettier-ignore

  it('a phrase that is a goal alone is none within a sentence, unless an action stands before it', () => {
    expect(readGoalText('Paid work.', definition.words)).toBe('goal');
    expect(readGoalText('Find paid work', definition.words)).toBe('goal');
    expect(readGoalText('Stress of paid work', definition.words)).toBe('unclear');
  });

  it('whole words count: a part of another word does not', () => {
    expect(readGoalText('Wants jobbing pansies, homework and networking', definition.words)).toBe('no-goal');
  });

  it('as many words as the file allows may stand between an action and the work', () => {
    expect(readGoalText('Find one two three four job', definition.words)).toBe('goal');
    expect(readGoalText('Find one two three four five job', definition.words)).toBe('unclear');
  });

  it('a longer phrase takes the place of a shorter one in another list', () => {
    expect(readGoalText('Wants to work with animals', definition.words)).toBe('goal');
    expect(readGoalText('Wants to work with her psychologist', definition.words)).toBe('unclear');
    expect(readGoalText('Will work with her psychologist', definition.words)).toBe('no-goal');
  });

  it('R33 lists are words, not patterns: what looks like one is compared as it stands, however long the text', () => {
    const text = shipped.replace('    - paid work\n', "    - '(a+)+$ paid work'\n");
    const odd = readGoalDefinition(mappingTree({ [file]: text }))!;
    expect(readGoalText('a paid work', odd.words)).toBe('goal');
    expect(readGoalText('paid work', odd.words)).toBe('unclear');
    const started = performance.now();
    readGoalText(`${'a'.repeat(20_000)} ${'work '.repeat(2_000)}\n${'\n- '.repeat(6_000)}`, odd.words);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it('a text longer than any care plan is left for a person to read', () => {
    expect(readGoalText('Sleep better. '.repeat(5_000), definition.words)).toBe('unclear');
  });
});

describe('the verdict over the plans and goals of a person', () => {
  it('a plan that names paid work is a goal, with evidence that quotes nothing of it', () => {
    const verdict = verdictOn([plan('Find a paid job at Example Bakery')]);
    expect(verdict).toEqual({
      verdict: 'goal',
      why: 'an employment goal is recorded',
      evidence: [
        {
          fact: 'employmentGoal',
          says: 'care plan that holds an employment goal',
          date: '2025-06-01',
          source: 'rio',
          resource: 'CarePlan/CarePlan0',
        },
      ],
    });
  });

  it('a plan about other things, and a plan without any text, hold no goal', () => {
    expect(verdictOn([plan('Sleep better')]).verdict).toBe('no-goal');
    expect(verdictOn([plan(undefined)]).verdict).toBe('no-goal');
    expect(verdictOn([plan('Sleep better')]).evidence).toMatchObject([
      { says: 'care plan that does not speak of work' },
    ]);
  });

  it('one goal among several plans and goals is enough; a doubt in one leaves the person unclear', () => {
    const other = plan('Sleep better');
    expect(verdictOn([other, goal({ text: 'Find paid work' })]).verdict).toBe('goal');
    expect(verdictOn([other, goal({ text: 'Perhaps work one day' })]).verdict).toBe('unclear');
    expect(
      verdictOn([other, goal({ text: 'Cook' }, { note: [{ text: 'so as to find a job as a cook' }] })])
        .verdict,
    ).toBe('goal');
  });

  const endedGoals = [
    ['completed', 'unclear'],
    ['cancelled', 'unclear'],
    ['rejected', 'unclear'],
    ['entered-in-error', 'no-goal'],
  ] as const;
  it.each(endedGoals)('a goal of work that is %s counts no longer, and is %s', (lifecycleStatus, verdict) => {
    const ended = goal({ text: 'Find paid work' }, { lifecycleStatus });
    expect(verdictOn([plan('Sleep better'), ended]).verdict).toBe(verdict);
    expect(verdictOn([plan('Sleep better'), { ...ended, description: { text: 'Cook' } }]).verdict).toBe(
      'no-goal',
    );
  });

  it('a goal of a code that the file lists counts without words; one of another code alone is unclear', () => {
    const coded = goal({ coding: [{ code: 'G-EMP' }] });
    const listed = readGoalDefinition(
      mappingTree({ [file]: shipped.replace('codes: []', 'codes: [G-EMP]') }),
    )!;
    expect(verdictOn([plan(undefined), coded], [complete], listed).verdict).toBe('goal');
    expect(verdictOn([plan(undefined), coded]).verdict).toBe('unclear');
  });

  it('crisis and ward plans never count, and do not make a plan in scope', () => {
    expect(verdictOn([plan('Find paid work', { type: 'CRISIS' })]).verdict).toBe('content-not-available');
    expect(verdictOn([plan('Sleep better'), plan('Return to work', { type: 'WARD' })]).verdict).toBe(
      'no-goal',
    );
  });

  it('a plan of a type that the file does not name is unclear where it speaks of work, and else not looked at', () => {
    expect(verdictOn([plan('Sleep better'), plan('Find paid work', { type: 'OT' })]).verdict).toBe('unclear');
    expect(verdictOn([plan('Sleep better', { type: 'OT' })]).verdict).toBe('content-not-available');
  });

  it('a plan past its end no longer counts, whatever its status says', () => {
    const ended = verdictOn([plan('Find paid work', { period: { start: '2025-01-01', end: '2025-12-31' } })]);
    expect(ended.verdict).toBe('content-not-available');
    expect(ended.evidence.map(({ says, date }) => [says, date])).toContainEqual([
      'care plan that has ended or is of another kind',
      '2025-12-31',
    ]);
    expect(verdictOn([plan('Find paid work', { status: 'completed' })]).verdict).toBe(
      'content-not-available',
    );
  });

  it('R51 where no feed supplies care plans in full, their silence is no verdict, and a goal still is one', () => {
    const silent = [feed, { ...feed, supplies: { ...feed.supplies, carePlans: {} } }];
    for (const one of silent) {
      expect(verdictOn([plan('Sleep better')], [one])).toMatchObject({
        verdict: 'content-not-available',
        evidence: [],
      });
      expect(verdictOn([plan('Find paid work')], [one]).verdict).toBe('goal');
    }
    const later = { ...feed, supplies: { ...feed.supplies, carePlans: { completeFrom: '2026-06-01' } } };
    expect(verdictOn([plan('Sleep better')], [later]).verdict).toBe('content-not-available');
    expect(verdictOn([]).verdict).toBe('content-not-available');
  });
});

describe('employment-goal.yaml', () => {
  it('a missing file leaves plans unread', () => {
    expect(readGoalDefinition(mappingTree({ [file]: undefined }))).toBeUndefined();
    const person = new Person();
    const silence = silenceAt([complete], person.at, zone);
    const verdict = employmentGoal(person.record, { at: person.at, zone, silence, definition: undefined });
    expect(verdict.verdict).toBe('content-not-available');
  });

  it('a fault is told with file and line, and what is allowed', () => {
    expect(faultsOf('exclude:', 'excluded:')).toEqual([
      expect.stringMatching(/employment-goal\.yaml.*exclude: is missing/),
      expect.stringMatching(/employment-goal\.yaml:\d+ unknown key excluded; allowed: planTypes, codes/),
    ]);
    expect(faultsOf('codes: []', 'codes: [12]')).toEqual([
      expect.stringMatching(/yaml:\d+ codes\[0\]: a number stands here/),
    ]);
    expect(faultsOf('- paid job', "- '...'")).toEqual([
      expect.stringMatching(/yaml:\d+ include\.alone\[1\]: holds no word/),
    ]);
    expect(faultsOf('- maybe', '- Paid   WORK')).toEqual([
      expect.stringMatching(/yaml:\d+ uncertain\[\d+\]: stands in include\.alone already/),
    ]);
    expect(faultsOf('never: [CRISIS', 'never: [CARE')).toEqual([
      expect.stringMatching(/counts and never counts at once/),
    ]);
  });
});
