// `map test`: runs mapping cases, a message and what it must become beside it, as data that an informatician keeps with
// the mappings. Shows where a result differs, element by element; says which mapping files no case goes through.
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { defaultConfigFolder } from '../config.ts';
import type { Config } from '../config.ts';
import { BridgeError } from '../errors.ts';
import { caseText } from '../mapping/case-text.ts';
import {
  caseFolders,
  differencesOf,
  filesWithoutCase,
  listCases,
  readExpected,
  runCase,
  usedFiles,
} from '../mapping/cases.ts';
import type { Difference } from '../mapping/cases.ts';
import type { Mappings } from '../mapping/load.ts';
import { configOf, mappingsOf } from './map-context.ts';
import type { MapOptions } from './map-context.ts';
import { action, exitCodes, say, sayJson } from './output.ts';

interface Options extends MapOptions {
  readonly update?: boolean;
}

interface Outcome {
  readonly case: string;
  readonly outcome: 'passed' | 'failed' | 'missing' | 'written';
  readonly differences: readonly Difference[];
  readonly uses: readonly string[];
}

export function testCommand(parent: Command): void {
  parent
    .command('test')
    .summary('run mapping cases: messages, and what they must become')
    .description(
      'Runs each <case>.hl7 of mappings/tests, of the trust’s own tests folder and of the folders given, and compares the result with <case>.expected.json beside it. Runs without a database.',
    )
    .argument('[folder...]', 'further folders of cases')
    .option('-c, --config <folder>', 'configuration folder', defaultConfigFolder)
    .option('--trust <ODS>', 'with the overlay of this trust (default: the one of the configuration)')
    .option('--update', 'write what the messages become now; read the difference before you keep it')
    .option('--json', 'as JSON')
    .action(action(run));
}

async function run(given: readonly string[], options: Options): Promise<void> {
  const config = configOf(options);
  const mappings = mappingsOf(config);
  const folders = foldersOf(given, config);
  const outcomes = folders.flatMap((folder) => runFolder(folder, mappings, options.update === true));
  const untested = filesWithoutCase(mappings, new Set(outcomes.flatMap(({ uses }) => uses)));
  const failed = outcomes.filter(({ outcome }) => outcome === 'failed' || outcome === 'missing');
  if (failed.length > 0) process.exitCode = exitCodes.failed;
  if (options.json === true) sayJson({ trust: config.trust, cases: outcomes, untested });
  else tell(outcomes, untested, folders);
  await Promise.resolve();
}

/** The folders of cases that belong to the set, where they exist, and those that the user names, which must. */
function foldersOf(given: readonly string[], { mappings, trust }: Config): string[] {
  const missing = given.find((folder) => !existsSync(folder));
  if (missing !== undefined) {
    throw new BridgeError('field/file', 'there is no such folder', { where: missing });
  }
  return [...new Set([...caseFolders(mappings, trust), ...given].map((folder) => resolve(folder)))];
}

function runFolder(folder: string, mappings: Mappings, update: boolean): Outcome[] {
  return listCases(folder).map((one): Outcome => {
    const actual = runCase(mappings, one);
    const expected = readExpected(one);
    const differences = expected === undefined ? [] : differencesOf(expected, actual);
    const told = { case: join(folder, one.name), differences, uses: usedFiles(actual) };
    if (expected !== undefined && differences.length === 0) return { ...told, outcome: 'passed' };
    if (update) {
      writeFileSync(one.expected, caseText(actual));
      return { ...told, outcome: 'written' };
    }
    return { ...told, outcome: expected === undefined ? 'missing' : 'failed' };
  });
}

const outcomeWords: Readonly<Record<Outcome['outcome'], string>> = {
  passed: 'passed',
  failed: 'FAILED',
  missing: 'FAILED: it has no .expected.json yet; --update writes one, for you to judge',
  written: 'written; read it, and judge it against the guide',
};

function tell(outcomes: readonly Outcome[], untested: readonly string[], folders: readonly string[]): void {
  for (const { case: name, outcome, differences } of outcomes) {
    if (outcome === 'passed') continue;
    say(`${name}: ${outcomeWords[outcome]}`);
    for (const { element, expected, actual } of differences) {
      say(`  ${element}`);
      if (expected !== undefined) say(`    - ${JSON.stringify(expected)}`);
      if (actual !== undefined) say(`    + ${JSON.stringify(actual)}`);
    }
  }
  const count = (outcome: Outcome['outcome']): number =>
    outcomes.filter((one) => one.outcome === outcome).length;
  const failed = count('failed') + count('missing');
  const written = count('written');
  if (outcomes.length === 0)
    say(`There is no case in ${folders.length === 0 ? 'mappings/tests or the trust’s tests folder' : folders.join(', ')}.`); // prettier-ignore
  else say(`${count('passed')} passed, ${failed} failed${written === 0 ? '' : `, ${written} written`}`);
  if (untested.length === 0) return;
  say(`\n${untested.length} mapping files that none of these cases goes through:`);
  for (const path of untested) say(`  ${path}`);
}
