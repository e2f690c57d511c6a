// The language of journeys (test/golden/journeys/*.yaml): what happens to invented people, day by day, and what stands
// in the EPR afterwards. Days are counted from today (-30: thirty days ago), so that a journey never grows old.
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { parseYaml } from '../../../src/yaml.ts';

const day = z.int().max(0);
const person = z.string().regex(/^[a-z]+$/);
const status = z.array(z.string());

/** What the EPR says over MLLP (ADT), with everything that it tells of the person each time. */
const adt = z.strictObject({
  about: person,
  event: z.enum(['A28', 'A08', 'A31']).default('A08'),
  answer: z.tuple([z.string(), day]).optional(),
  status: z.tuple([z.string(), day]).optional(),
  /** The day on which the referral to the covered team ended. */
  teamEnded: day.optional(),
  /** The day on which the person was referred to IPS. */
  ips: day.optional(),
  deceased: z.boolean().optional(),
  restricted: z.boolean().optional(),
  /** A care plan of type CARE, with these words as its goals ('' for none). */
  plan: z.string().optional(),
});

const note = z.strictObject({
  about: person,
  kind: z.enum(['contact', 'employer-contact']).default('contact'),
  day,
  summary: z.string(),
  text: z.string().optional(),
  more: z.record(z.string(), z.json()).default({}),
});

const step = z.strictObject({
  say: z.string().optional(),
  adt: adt.optional(),
  goal: z.strictObject({ about: person, text: z.string(), day }).optional(),
  /** A40 over MLLP, and the EPR merges the two itself. */
  merge: z.strictObject({ into: person, from: person }).optional(),
  /** The care co-ordinator takes up the open Task of this person in the EPR. */
  accept: person.optional(),
  /** Notes by their name in this journey. */
  post: z.record(z.string(), note).optional(),
  amend: z.record(z.string(), note).optional(),
  withdraw: z.record(z.string(), z.string()).optional(),
  sweep: z.literal(true).optional(),
  /** An operator takes up again what is held of this journey. */
  replay: z.literal(true).optional(),
  then: z
    .strictObject({
      /** Statuses, oldest first, of everything of ours about the people of this journey. */
      ServiceRequest: status.optional(),
      Task: status.optional(),
      Flag: status.optional(),
      DocumentReference: z
        .array(
          z.strictObject({
            status: z.string(),
            about: person,
            author: z.string().optional(),
            says: z.string().optional(),
          }),
        )
        .optional(),
      /** Notes that are held, and why. */
      held: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
});

const journeySchema = z.strictObject({
  journey: z.string(),
  people: z.array(person).min(1),
  /** People whom the EPR's first message has not announced yet. */
  steps: z.array(step).min(1),
});

export type Journey = z.output<typeof journeySchema> & { readonly name: string };
export type Step = Journey['steps'][number];
export type Note = z.output<typeof note>;
export type Expected = NonNullable<Step['then']>;

const folder = join(import.meta.dirname, '../../golden/journeys');

/** Every journey, in the order of file names. */
export function readJourneys(): Journey[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
  return files.sort().map((file) => ({
    name: basename(file, '.yaml'),
    ...parseYaml(file, readFileSync(join(folder, file), 'utf8'), journeySchema),
  }));
}
