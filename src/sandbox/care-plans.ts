// Care plans of the invented people and what is written in them as goals: in the words that care co-ordinators use, with
// the truth about each beside it. What the program makes of the words is compared with that truth, never taken from it.
import { daysBefore } from './calendar.ts';
import type { Random } from './random.ts';

/** What a goal is about, as a person who reads it would say; `none`: the plan stands without any goal. */
export type GoalKind = 'employment' | 'vocational' | 'other' | 'negated' | 'unclear' | 'none';

export interface SyntheticPlan {
  readonly id: string;
  /** As the sandbox's EPR types its plans. */
  readonly type: 'CARE' | 'CRISIS' | 'WARD';
  /** `YYYYMMDD`. */
  readonly start: string;
  readonly goal: GoalKind;
  /** The goal's text; empty for `none`. */
  readonly text: string;
  /** Sent with the plan itself (ZCP-6), or afterwards in a goal message of its own (PGL^PC6). */
  readonly sentBy: 'plan' | 'goal-message';
}

/** Names of plan types, as they stand beside the code. */
export const planTypeNames: Readonly<Record<SyntheticPlan['type'], string>> = {
  CARE: 'Care plan',
  CRISIS: 'Crisis and contingency plan',
  WARD: 'Ward care plan',
};

const phrases: Readonly<Record<Exclude<GoalKind, 'none'>, readonly string[]>> = {
  employment: [
    'To find a part-time paid job in a shop or café',
    'I want to get a job as a warehouse operative',
    'Return to paid employment after sick leave',
    'Keep my job at the bakery with support',
    'To become self-employed as a gardener',
    'Find paid work of about 16 hours a week',
    'To apply for jobs in catering and start paid work this year',
  ],
  vocational: [
    'Start a maths course at the local college',
    'Volunteer at the charity shop one morning a week',
    'Go to two courses at the recovery college',
    'Finish my NVQ level 2',
  ],
  other: [
    'To sleep better and cut down on caffeine',
    'Walk the dog every day',
    'See my sister once a week',
    'Manage my anxiety on buses & trains',
    'To cook a proper meal three times a week',
    'Keep the flat tidy; pay the rent on time',
  ],
  negated: [
    'Does not want to look for work at the moment',
    'Is not seeking employment',
    'No wish to return to work at present',
  ],
  unclear: [
    'Would like to think about work in the future',
    'Talk about what work might mean for me',
    'Perhaps some work one day',
  ],
};

/** One of the invented phrases of a kind. */
export function goalText(kind: GoalKind, random: Random): string {
  return kind === 'none' ? '' : random.pick(phrases[kind]);
}

/** The plans of one person: most have one care plan, some a crisis or ward plan beside it, some none. */
export function syntheticPlans(number: string, random: Random, now: Date): SyntheticPlan[] {
  const has = random.weighted({ care: 70, more: 12, other: 5, none: 13 });
  if (has === 'none') return [];
  const start = daysBefore(now, random.between(5, 300));
  const goal = random.weighted({
    employment: 18,
    vocational: 10,
    other: 40,
    negated: 6,
    unclear: 10,
    none: 16,
  });
  const care: SyntheticPlan = {
    id: `CP${number}`,
    type: 'CARE',
    start,
    goal,
    text: goalText(goal, random),
    sentBy: goal !== 'none' && random.chance(0.25) ? 'goal-message' : 'plan',
  };
  // What somebody wants in a crisis is asked in another plan; there is no talk of work in it.
  const beside = (type: 'CRISIS' | 'WARD'): SyntheticPlan => ({
    id: `${type === 'CRISIS' ? 'CR' : 'WP'}${number}`,
    type,
    start,
    goal: 'other',
    text: 'Know whom to ring when things get worse',
    sentBy: 'plan',
  });
  if (has === 'care') return [care];
  const other = beside(random.weighted({ CRISIS: 70, WARD: 30 }));
  return has === 'more' ? [care, other] : [other];
}
