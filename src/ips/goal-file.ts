// The schema of `mappings/employment-goal.yaml`: which care plans count, and the words that make an employment goal.
// Nothing of it is in code; a trust lays a file of its own over the product's.
import { z } from 'zod';
import { wordsOf } from './goal-words.ts';

const code = z.string().min(1);
const phrase = z.string().refine((text) => wordsOf(text).length > 0, 'holds no word');

const wordLists = {
  include: z.strictObject({
    phrases: z.array(phrase).describe('Mean an employment goal wherever they stand: "earn a living"'),
    alone: z
      .array(phrase)
      .describe('Mean one where nothing else stands in the sentence: "paid work"; else they are as `work`'),
    actions: z.array(phrase).describe('What is done: find, keep, return to'),
    work: z
      .array(phrase)
      .min(1)
      .describe('What it is done to: a job, employment. By itself it makes a text unclear'),
    within: z
      .int()
      .min(0)
      .max(12)
      .describe('How many words may stand between the two: "find a part-time job"'),
  }),
  mentions: z.array(phrase).describe('Speak of work and are no goal, whatever stands before them: unclear'),
  exclude: z
    .array(phrase)
    .describe('Not employment: volunteering, study, and phrases in which "work" is none'),
  negations: z
    .array(phrase)
    .describe('The person does not want it, or not now: unclear, a person has to read it'),
  uncertain: z.array(phrase).describe('Too little certainty, the past, or somebody else: unclear'),
  contrasts: z.array(phrase).describe('What follows is said for itself: but, however'),
};

/** Schema of the file. */
export const goalFileSchema = z
  .strictObject({
    planTypes: z.strictObject({
      counts: z.array(code).min(1).describe('Local codes of the plan types that are looked at'),
      never: z.array(code).describe('Plan types that are never looked at: crisis plans, ward plans'),
    }),
    codes: z.array(code).describe('Local goal codes (GOL-3.1) that mean employment'),
    ...wordLists,
  })
  .superRefine((file, context) => {
    const { include, mentions, exclude, negations, uncertain, contrasts } = file;
    const lists: [readonly string[], PropertyKey[]][] = [
      [include.phrases, ['include', 'phrases']],
      [include.alone, ['include', 'alone']],
      [include.actions, ['include', 'actions']],
      [include.work, ['include', 'work']],
      [mentions, ['mentions']],
      [exclude, ['exclude']],
      [negations, ['negations']],
      [uncertain, ['uncertain']],
      [contrasts, ['contrasts']],
    ];
    const seen = new Map<string, string>();
    for (const [texts, path] of lists) {
      for (const [index, text] of texts.entries()) {
        const words = wordsOf(text).join(' ');
        const earlier = seen.get(words);
        if (earlier !== undefined) {
          const message = `stands in ${earlier} already; a phrase means one thing`;
          context.addIssue({ code: 'custom', path: [...path, index], message });
        }
        seen.set(words, path.join('.'));
      }
    }
    for (const [index, type] of file.planTypes.never.entries()) {
      if (!file.planTypes.counts.includes(type)) continue;
      const message = 'counts and never counts at once';
      context.addIssue({ code: 'custom', path: ['planTypes', 'never', index], message });
    }
  });

export type GoalWordLists = Pick<z.output<typeof goalFileSchema>, keyof typeof wordLists>;
