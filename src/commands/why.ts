// `why` and `why-not`: for one person, what was decided on what evidence, or which rule came nearest and what stopped
// it. The person's number is asked for or read from a file: arguments are seen by every user of the machine and kept
// in shell histories. Each look is audited.
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { factContextOf } from '../app/interpretation.ts';
import { operatorEntry } from '../audit/entry.ts';
import { defaultConfigFolder, operatorName, trustZone } from '../config.ts';
import { BridgeError } from '../errors.ts';
import { compactNhsNumber, isNhsNumber } from '../fhir/nhs-number.ts';
import { deriveFacts } from '../ips/facts.ts';
import { evaluate } from '../ips/rules.ts';
import { explainDecision, whyNot, whyNotLines } from '../ips/why.ts';
import type { Interpretation } from '../pipeline/interpretation.ts';
import { writeAudit } from '../store/audit.ts';
import { inTransaction } from '../store/database.ts';
import type { Store } from '../store/database.ts';
import { effectsOfPerson } from '../store/effects.ts';
import { personByKey, personsByNhsNumber } from '../store/persons.ts';
import { loadRecords, personByUid } from '../store/record.ts';
import { withInterpretation } from './context.ts';
import { action, complain, exitCodes, readInput, say, sayJson } from './output.ts';

interface Options {
  readonly config: string;
  readonly numberFile?: string;
  readonly uid?: string;
  readonly json?: boolean;
}

export function whyCommands(parent: Command): void {
  const command = (name: string, summary: string): Command =>
    parent
      .command(name)
      .summary(summary)
      .description(
        `${summary[0]?.toUpperCase() ?? ''}${summary.slice(1)}. Asks for the person's NHS number or local number; it is never an argument.`,
      ) // prettier-ignore
      .option('-c, --config <folder>', 'configuration folder', defaultConfigFolder)
      .option(
        '--number-file <file>',
        'read the number from the first line of this file (- for standard input)',
      )
      .option('--uid <uid>', 'the person’s opaque id, in place of a number')
      .option('--json', 'as JSON');
  command('why', 'show what was decided about a person, and on what evidence').action(action(why));
  command('why-not', 'show the rule that came nearest for a person, and what stopped it').action(
    action(whyNotFor),
  );
}

async function why(options: Options): Promise<void> {
  await withInterpretation(options.config, async (store, _config, interpretation) => {
    const person = await findPerson(store, options, interpretation);
    const effects = await effectsOfPerson(store, person);
    if (options.json === true) {
      sayJson(effects.map((effect) => ({ ...effect, person: undefined })));
      return;
    }
    if (effects.length === 0) {
      say('Nothing has been decided about this person. ips-bridge why-not shows what came nearest.');
      process.exitCode = exitCodes.failed;
      return;
    }
    for (const { decision, destination, state, revision, references, failure } of effects) {
      for (const line of explainDecision(decision, trustZone)) say(line);
      const where = references.length > 0 ? `: ${references.join(', ')}` : '';
      say(
        `  ${destination}, revision ${revision}: ${state}${where}${failure === undefined ? '' : ` (${failure.message})`}\n`,
      );
    }
  });
}

async function whyNotFor(options: Options): Promise<void> {
  await withInterpretation(options.config, async (store, config, interpretation) => {
    const person = await findPerson(store, options, interpretation);
    const record = (await loadRecords(store, [person])).get(person);
    if (record === undefined) throw nobody();
    const facts = deriveFacts(record, { ...factContextOf(config, interpretation), at: new Date() });
    const evaluations = evaluate(interpretation.rules, facts);
    if (options.json === true) {
      sayJson({ nearest: whyNot(evaluations), evaluations });
      return;
    }
    for (const line of whyNotLines(whyNot(evaluations), trustZone)) say(line);
  });
}

/**
 * Row number of the person whose number an operator gives, or whose opaque id; the look is audited.
 * @throws BridgeError identity/unknown, identity/several
 */
export async function findPerson(
  store: Store,
  options: Pick<Options, 'numberFile' | 'uid'>,
  { mappings }: Pick<Interpretation, 'mappings'>,
  command = 'why',
): Promise<number> {
  const person = options.uid === undefined ? await byNumber(store, await readNumber(options), mappings) : await personByUid(store, options.uid); // prettier-ignore
  if (person === undefined) throw nobody();
  const entry = operatorEntry('viewed', new Date(), { person }, operatorName(), command);
  await inTransaction(store, (tx) => writeAudit(tx, [entry]));
  return person;
}

async function byNumber(
  store: Store,
  number: string,
  { authorities }: Interpretation['mappings'],
): Promise<number | undefined> {
  const compact = compactNhsNumber(number);
  if (isNhsNumber(compact)) {
    const found = await personsByNhsNumber(store, compact);
    if (found.length > 1) {
      throw new BridgeError(
        'identity/several',
        `${found.length} people bear this NHS number: use the local number`,
      );
    }
    if (found[0] !== undefined) return found[0];
  }
  const [value = '', authority] = number.split('^').map((part) => part.trim());
  const system = authorities.systemOf('person', authority);
  return system === undefined ? undefined : personByKey(store, { system, value });
}

async function readNumber(options: Pick<Options, 'numberFile'>): Promise<string> {
  const { numberFile } = options;
  if (numberFile !== undefined) return firstLine(readInput(numberFile === '-' ? 0 : numberFile));
  if (!process.stdin.isTTY) return firstLine(readInput(0));
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return firstLine(await terminal.question('NHS number, or local number (R0001 or R0001^AUTHORITY): '));
  } finally {
    terminal.close();
  }
}

function firstLine(text: string | Buffer): string {
  const line = (text.toString().split(/\r?\n/)[0] ?? '').trim();
  if (line !== '') return line;
  complain('no number was given');
  throw new BridgeError(
    'field/number',
    'give an NHS number or a local number, at the prompt or by --number-file',
  );
}

function nobody(): BridgeError {
  return new BridgeError('identity/unknown', 'nobody on the record has this number');
}
