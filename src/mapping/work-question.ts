// `work-question.yaml`: where a trust records whether somebody wants work, in whatever segment. Mapping files that read
// the answer name its places by what they are (`work-question.answer`), and get the trust's fields for them.
import { z } from 'zod';
import { BridgeError } from '../errors.ts';
import type { Finding } from '../errors.ts';
import { checkYaml, openYaml } from '../yaml.ts';
import type { YamlDocument } from '../yaml.ts';
import type { CodeTable } from './codes.ts';
import type { SegmentFile } from './schema.ts';
import type { MappingTree } from './tree.ts';

const segmentName = z
  .string()
  .regex(/^[A-Z][A-Z0-9]{2}$/, 'a segment name is three capitals or digits (OBX)');
const place = z
  .string()
  .regex(/^[A-Z][A-Z0-9]{2}-[1-9]\d*(\.[1-9]\d*)?$/, 'a place is written as OBX-5 or OBX-5.1');

function workQuestionSchema(tables: readonly string[]) {
  return (
    z
      .strictObject({
        /** The segment that holds the answer. */
        segment: segmentName,
        /** Where the code of the question stands; left out where the segment itself is the question. */
        code: place.optional(),
        /** The codes of the question there. */
        questions: z
          .array(z.string().regex(/^\S(.*\S)?$/, 'a code has no blanks around it'))
          .min(1)
          .optional(),
        answer: place,
        /** The table that says which answer means what; one that means nothing is "not asked". */
        answers: z.enum(tables),
        /** When the EPR recorded the answer; without it, it counts from when it was first seen. */
        date: place.optional(),
        /** Whether the answer stands (HL7 table 0085), where the segment says so. */
        status: place.optional(),
      })
      .refine((file) => (file.code === undefined) === (file.questions === undefined), {
        path: ['questions'],
        message: 'code and questions stand together, or neither',
      })
      // Every other result would be an answer, and a plain no in one of them a decline.
      .refine((file) => file.segment !== 'OBX' || file.code !== undefined, {
        path: ['segment'],
        message: 'OBX holds results of every kind: code and questions say which of them is the work question',
      })
      .superRefine((file, context) => {
        for (const key of ['code', 'answer', 'date', 'status'] as const) {
          if (file[key] === undefined || file[key].startsWith(`${file.segment}-`)) continue;
          context.addIssue({ code: 'custom', path: [key], message: `is no field of ${file.segment}` });
        }
      })
  );
}

export interface WorkQuestion {
  /** Codes of the question, where it has a field of its own. */
  readonly questions: ReadonlySet<string>;
  readonly answers: CodeTable;
  /** `work-question.answer` → `OBX-5`; places that this trust does not have are left out. */
  readonly places: ReadonlyMap<string, string>;
}

const path = 'work-question.yaml';
/** Where OBX holds it, for a set that does not say: no code is the question's, so that nothing is read. */
const unsaid = { segment: 'OBX', code: 'OBX-3', answer: 'OBX-5', date: 'OBX-14', status: 'OBX-11' };

/** Reads the file; undefined says that a trust must add it. Faults are added to `faults`. */
export function readWorkQuestion(
  tree: MappingTree,
  tables: ReadonlyMap<string, CodeTable>,
  faults: Finding[],
): WorkQuestion | undefined {
  const found = tree.get(path);
  if (found === undefined) return undefined;
  try {
    const schema = workQuestionSchema([...tables.keys()]);
    const { answers, questions, ...places } = checkYaml(openYaml(found.file, found.text), schema);
    const table = tables.get(answers);
    return table && { questions: new Set(questions), answers: table, places: named(places) };
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    faults.push(...error.findings);
    return undefined;
  }
}

/** A code that is the work question and chooses another map too: one answer would be read as two statements. */
export function checkQuestion(
  files: ReadonlyMap<string, SegmentFile>,
  { questions, places }: WorkQuestion,
  faults: Finding[],
): void {
  const code = places.get('work-question.code');
  for (const [name, { only }] of files) {
    const shared = only.flatMap(({ from, in: codes }) =>
      from === code && Array.isArray(codes) ? codes.filter((one) => questions.has(one)) : [],
    );
    if (shared.length === 0) continue;
    const message = `questions: ${shared.join(', ')} is what ${name} reads; recording that is not asking`;
    faults.push({ kind: 'config/invalid', where: path, message });
  }
}

/** What stands for the question where a trust has not said where it asks it. */
export const notAsked: WorkQuestion = {
  questions: new Set(),
  answers: { name: 'work-question', entries: new Map() },
  places: named(unsaid),
};

function named(places: Readonly<Record<string, string | undefined>>): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(places).flatMap(([key, at]) => (at === undefined ? [] : [[`work-question.${key}`, at]])),
  );
}

/**
 * A mapping file with the trust's fields in the place of their names. An entry that reads a place which this trust does
 * not have is left out; a part of a sourceId says `otherwise` there.
 */
export function guided(document: YamlDocument, { places }: WorkQuestion): YamlDocument {
  const { content } = document;
  if (!isMap(content) || !JSON.stringify(content).includes('"work-question.')) return document;
  const kept = new Map<string, readonly number[]>();
  const entries = Object.entries(content).map(([key, value]): [string, unknown] => {
    if (!Array.isArray(value)) return [key, placed(value, places)];
    const read = value.map((entry: unknown) => entryOf(entry, places));
    kept.set(
      key,
      [...read.keys()].filter((index) => read[index] !== undefined),
    );
    return [key, read.filter((entry) => entry !== undefined)];
  });
  return {
    content: Object.fromEntries(entries),
    whereOf([first, index, ...more], key) {
      if (first === undefined) return document.whereOf([], key);
      const original = typeof index === 'number' ? kept.get(String(first))?.[index] : undefined;
      return document.whereOf(index === undefined ? [first] : [first, original ?? index, ...more], key);
    },
  };
}

function entryOf(entry: unknown, places: ReadonlyMap<string, string>): unknown {
  if (!isMap(entry)) return entry;
  const { from, segment } = entry;
  const [read] = [from].flat();
  if (typeof read === 'string' && read.startsWith('work-question.') && !places.has(read)) {
    return entry['otherwise'] === undefined ? undefined : { value: entry['otherwise'] };
  }
  return {
    ...entry,
    ...(from === undefined ? {} : { from: placed(from, places) }),
    ...(segment === undefined ? {} : { segment: placed(segment, places) }),
  };
}

function placed(value: unknown, places: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => placed(one, places));
  return typeof value === 'string' ? (places.get(value) ?? value) : value;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
