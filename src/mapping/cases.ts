// Mapping cases: a message `<case>.hl7` and what it must become, `<case>.expected.json`, beside it. One place reads,
// runs and compares them, for `map test` and for the product's own tests. The people in them are invented.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { BridgeError } from '../errors.ts';
import { readMessage } from '../hl7v2/message.ts';
import type { Message } from '../hl7v2/message.ts';
import { explain } from './explain.ts';
import type { Mappings } from './load.ts';
import { translate } from './translate.ts';
import type { MessageSource } from './translate.ts';

export interface MappingCase {
  /** Path below the folder of cases, without ending: `PID/gender-of-itk`. */
  readonly name: string;
  readonly message: string;
  /** Where the expected result stands, or would. */
  readonly expected: string;
}

/** How every case is read: a feed in London, and one moment, so that results stay the same. */
export const caseSource: MessageSource = {
  id: 'pas',
  zone: 'Europe/London',
  receivedAt: new Date('2026-03-01T12:00:00Z'),
};

const messageEnding = '.hl7';

/** The cases of a folder and those below it, by name; none where there is no such folder. */
export function listCases(folder: string): MappingCase[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.split(sep).join('/'))
    .filter((path) => path.endsWith(messageEnding))
    .map((path) => path.slice(0, -messageEnding.length))
    .sort()
    .map((name) => ({
      name,
      message: join(folder, `${name}${messageEnding}`),
      expected: join(folder, `${name}.expected.json`),
    }));
}

/** Where the cases of a set stand: those of all trusts, and the trust's own; only folders that are there. */
export function caseFolders(mappings: string, trust: string): string[] {
  return [join(mappings, 'tests'), join(mappings, 'trusts', trust, 'tests')].filter((folder) =>
    existsSync(folder),
  );
}

/** The messages of the cases in a folder that do not become what they must, or do not say what. */
export function failingCases(mappings: Mappings, folder: string): string[] {
  return listCases(folder).flatMap((one) => {
    const expected = readExpected(one);
    const passes = expected !== undefined && differencesOf(expected, runCase(mappings, one)).length === 0;
    return passes ? [] : [one.message];
  });
}

/**
 * What a case's file says that the message must become; undefined where there is no such file yet.
 * @throws BridgeError field/file where it is no JSON
 */
export function readExpected({ expected }: MappingCase): unknown {
  if (!existsSync(expected)) return undefined;
  try {
    return JSON.parse(readFileSync(expected, 'utf8'));
  } catch (cause) {
    const message = 'this file is no JSON; take it away and call map test --update';
    throw new BridgeError('field/file', message, { where: expected, cause });
  }
}

/** What the mappings make of a case: its translation and the files it `uses`, or `expectError`; as JSON has it. */
export function runCase(mappings: Mappings, { message: file }: MappingCase): unknown {
  return JSON.parse(JSON.stringify(resultOf(mappings, readFileSync(file))));
}

function resultOf(mappings: Mappings, body: Buffer): unknown {
  try {
    const message = readMessage(body);
    const translation = translate(mappings, message, caseSource);
    // Without row and class of the value: a row's number changes with every row that is put in above it.
    const findings = translation.findings.map(({ kind, where, message: text }) => ({
      kind,
      where,
      message: text,
    }));
    return { uses: usesOf(mappings, message), ...translation, findings };
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    const { kind, where, findings } = error;
    const faults = findings.map((finding) => `${finding.kind} at ${finding.where}`);
    return { expectError: { kind, where, ...(faults.length > 0 ? { faults } : {}) } };
  }
}

/** The mapping files that a message goes through, by their paths in the mapping folder. */
function usesOf(mappings: Mappings, message: Message): string[] {
  const { messageCode, triggerEvent } = message.header;
  const map = mappings.events.get(`${messageCode}^${triggerEvent}`);
  if (map === undefined) return [];
  const rows = explain(mappings, message, caseSource).flatMap(({ file, codes, element }) => [
    ...(file === map.file ? [] : [`hl7v2-to-fhir/segments/${file}.yaml`]),
    ...(codes === 'work-question'
      ? ['work-question.yaml', 'codes/work-answers.csv']
      : codes === undefined
        ? []
        : [`codes/${codes}.csv`]),
    ...(element === 'EpisodeOfCare.team' ? ['codes/teams.csv'] : []),
  ]);
  return [...new Set([map.file, ...map.groups, 'codes/assigning-authorities.csv', ...rows])].sort();
}

/** The files that a case uses, as its result says. */
export function usedFiles(result: unknown): readonly string[] {
  if (!isObject(result) || !Array.isArray(result.uses)) return [];
  return result.uses.filter((path) => typeof path === 'string');
}

/** The files of the set that turn messages into resources and that none of these cases uses. */
export function filesWithoutCase({ files }: Mappings, used: ReadonlySet<string>): string[] {
  const tables = [...files.segments.values()].flatMap(({ rows, only, sourceId }) =>
    [...rows, ...only, ...(sourceId === 'person' ? [] : sourceId)].flatMap(({ codes }) =>
      codes === undefined ? [] : [`codes/${codes}.csv`],
    ),
  );
  const told = new Set([
    ...tables,
    'work-question.yaml',
    'codes/teams.csv',
    'codes/assigning-authorities.csv',
  ]);
  return files.paths.filter(
    (path) => (path.startsWith('hl7v2-to-fhir/') || told.has(path)) && !used.has(path),
  );
}

/** One place where a result is not what was expected; a side is undefined where it has nothing there. */
export interface Difference {
  /** `Patient.gender`, `findings[0].where`. */
  readonly element: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/** Every value in which two results differ, in the order of the expected one; new ones last. */
export function differencesOf(expected: unknown, actual: unknown): Difference[] {
  const [before, after] = [leavesOf(expected), leavesOf(actual)];
  const elements = new Set([...before.keys(), ...after.keys()]);
  return [...elements]
    .map((element) => ({ element, expected: before.get(element), actual: after.get(element) }))
    .filter((one) => !isDeepStrictEqual(one.expected, one.actual));
}

/** Path → value of everything in a result. A resource goes by its type, numbered where it has several of one. */
function leavesOf(result: unknown): Map<string, unknown> {
  const leaves = new Map<string, unknown>();
  const counts = new Map<string, number>();
  const walk = (value: unknown, path: string): void => {
    if (Array.isArray(value)) {
      if (value.length === 0) leaves.set(path, value);
      value.forEach((item: unknown, index) => walk(item, `${path}[${index}]`));
    } else if (
      isObject(value) &&
      isObject(value.resource) &&
      typeof value.resource.resourceType === 'string'
    ) {
      const { resource, ...rest } = value;
      const type = value.resource.resourceType;
      const number = (counts.get(type) ?? 0) + 1;
      counts.set(type, number);
      const name = number === 1 ? type : `${type}[${number}]`;
      for (const [key, item] of Object.entries({ ...rest, ...resource })) walk(item, `${name}.${key}`);
    } else if (isObject(value)) {
      for (const [key, item] of Object.entries(value)) walk(item, path === '' ? key : `${path}.${key}`);
    } else leaves.set(path, value);
  };
  walk(result, '');
  return leaves;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
