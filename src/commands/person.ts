// `person`: who is who, as messages told and operators corrected it: merges and their undoing, links, and records that
// the EPR says it has deleted. Lists show opaque ids only; `show` names numbers. Every look and act is audited.
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { processDepsOf } from '../app/interpretation.ts';
import { operatorEntry } from '../audit/entry.ts';
import { defaultConfigFolder, operatorName } from '../config.ts';
import { BridgeError } from '../errors.ts';
import { unmergePersons } from '../pipeline/unmerge.ts';
import { writeAudit } from '../store/audit.ts';
import { inTransaction } from '../store/database.ts';
import type { Store } from '../store/database.ts';
import { personLinks } from '../store/links.ts';
import type { PersonLink } from '../store/links.ts';
import { clearMark, personMarks } from '../store/marks.ts';
import type { PersonMark } from '../store/marks.ts';
import { registrationsOf } from '../store/persons.ts';
import { personMerges } from '../store/unmerge.ts';
import type { PersonMerge, Unmerged } from '../store/unmerge.ts';
import { reasonText, withInterpretation, withStore } from './context.ts';
import { action, say, sayJson, table } from './output.ts';
import { findPerson } from './why.ts';

interface Options {
  readonly config: string;
  readonly json?: boolean;
  readonly all?: boolean;
  readonly numberFile?: string;
  readonly uid?: string;
  readonly reason?: string;
}

const unmergeHelp =
  'Parts two people whom a message merged by mistake. Keys lead where they led before, what messages said since goes back to whomever they named, and both people are decided about again at once. Refused while a later merge builds on this one: undo that first. It tells which effects went out meanwhile and which notes came: nobody can call those back or know whom they are about but a person who looks. The EPR has to be put right too: the same merge message sent again byte for byte is a duplicate and changes nothing, but a new one about the same people merges them again.';

export function personCommands(parent: Command): void {
  const person = parent
    .command('person')
    .summary('who is who: merges and how to undo them, links, deleted records');
  const command = (name: string, summary: string, description: string): Command =>
    person
      .command(name)
      .summary(summary)
      .description(description)
      .option('-c, --config <folder>', 'configuration folder', defaultConfigFolder)
      .option('--json', 'as JSON');

  command('show', 'show the registrations of one person, and what joined them', 'Asks for the NHS number or local number, which is never an argument. Prints the local numbers: personal data.') // prettier-ignore
    .option('--number-file <file>', 'read the number from the first line of this file (- for standard input)')
    .option('--uid <uid>', 'the person’s opaque id, in place of a number')
    .action(action(show));
  command(
    'merges',
    'list merges, latest first',
    'Lists merges by opaque id, with what builds on each.',
  ).action(action((options: Options) => list(options, 'merges', personMerges, mergeLines)));
  command('links', 'list links between people', 'Lists links (A24) and ended links (A37) by opaque id. A link joins no records.').action(
    action((options: Options) => list(options, 'links', personLinks, linkLines)),
  ); // prettier-ignore
  command('marks', 'list records that the EPR says it has deleted', 'Lists marks (A23, A29) that stand. Nothing was deleted here: look, then clear the mark.') // prettier-ignore
    .option('--all', 'also those that were cleared')
    .action(
      action((options: Options) =>
        list(options, 'marks', (store) => personMarks(store, { all: options.all === true }), markLines),
      ),
    );
  command('unmerge', 'undo a merge, for a reason', unmergeHelp)
    .argument('<merge>', 'number of the merge, as "person merges" shows it', rowNumber)
    .requiredOption('--reason <text>', 'why; kept in the audit, so it names nobody', reasonText)
    .action(action(unmerge));
  command('clear-mark', 'clear a mark, for a reason', 'Clears the mark of a record that the EPR says it has deleted, once somebody has looked.') // prettier-ignore
    .argument('<mark>', 'number of the mark, as "person marks" shows it', rowNumber)
    .requiredOption('--reason <text>', 'why; kept in the audit, so it names nobody', reasonText)
    .action(action(clear));
}

async function show(options: Options): Promise<void> {
  await withInterpretation(options.config, async (store, _config, interpretation) => {
    const person = await findPerson(store, options, interpretation, 'person show');
    const registrations = await registrationsOf(store, person);
    const merges = await personMerges(store, person);
    const links = await personLinks(store, person);
    const marks = await personMarks(store, { person, all: true });
    if (options.json === true) {
      sayJson({ registrations, merges, links, marks });
      return;
    }
    const rows = registrations.map(({ uid, system, value, survives }) => [uid, value, system, survives ? 'yes' : '']); // prettier-ignore
    say(table([['REGISTRATION', 'NUMBER', 'SYSTEM', 'SURVIVES'], ...rows]));
    for (const lines of [mergeLines(merges), linkLines(links), markLines(marks)]) {
      if (lines.length > 1) say(`\n${table(lines)}`);
    }
  });
}

async function list<T>(
  options: Options,
  what: string,
  read: (store: Store) => Promise<readonly T[]>,
  lines: (found: readonly T[]) => string[][],
): Promise<void> {
  await withStore(options.config, async (store) => {
    const entry = operatorEntry('viewed', new Date(), {}, operatorName(), `person ${what}`);
    await inTransaction(store, (tx) => writeAudit(tx, [entry]));
    const found = await read(store);
    if (options.json === true) sayJson(found);
    else say(found.length === 0 ? `No ${what}.` : table(lines(found)));
  });
}

function mergeLines(merges: readonly PersonMerge[]): string[][] {
  const rows = merges.map((one) => [
    String(one.merge),
    one.at.toISOString(),
    one.inboxRow === null ? '' : String(one.inboxRow),
    one.merged,
    one.survivor,
    one.undoneAt === null
      ? one.builtOn.length === 0 ? '' : `merges ${one.builtOn.join(', ')} build on it`
      : `undone ${one.undoneAt.toISOString()} by ${one.undoneBy ?? ''}: ${one.undoneReason ?? ''}`,
  ]); // prettier-ignore
  return [['MERGE', 'AT', 'MESSAGE', 'FROM', 'INTO', ''], ...rows];
}

function linkLines(links: readonly PersonLink[]): string[][] {
  const rows = links.map(({ one, other, linked, merged, at, inboxRow }) => [
    at.toISOString(),
    inboxRow === null ? '' : String(inboxRow),
    one,
    other,
    `${linked ? 'linked' : 'no longer linked'}${merged ? ', and one person by a merge' : ''}`,
  ]);
  return [['AT', 'MESSAGE', 'PERSON', 'PERSON', 'LINK'], ...rows];
}

function markLines(marks: readonly PersonMark[]): string[][] {
  const rows = marks.map((one) => [
    String(one.mark),
    one.at.toISOString(),
    one.inboxRow === null ? '' : String(one.inboxRow),
    one.event,
    one.person,
    one.clearedAt === null
      ? ''
      : `cleared ${one.clearedAt.toISOString()} by ${one.clearedBy ?? ''}: ${one.clearedReason ?? ''}`,
  ]);
  return [['MARK', 'AT', 'MESSAGE', 'EVENT', 'PERSON', ''], ...rows];
}

async function unmerge(merge: number, options: Options): Promise<void> {
  await withInterpretation(options.config, async (store, config, interpretation) => {
    const by = { name: operatorName(), reason: options.reason ?? '', at: new Date() };
    const undone = await unmergePersons(store, merge, by, processDepsOf(config, interpretation));
    if (options.json === true) sayJson(undone);
    else tellUnmerged(merge, undone);
  });
}

function tellUnmerged(merge: number, { resources, effects, delivered, notes }: Unmerged): void {
  say(`merge ${merge} is undone: ${resources} rows of the record and ${effects} effects went back`);
  if (delivered.length > 0) {
    const rows = delivered.map(({ row, destination, rule }) => [String(row), destination, rule]);
    say('\nSent, or perhaps sent, while they were one. Look whether each stands in the right record:');
    say(table([['EFFECT', 'DESTINATION', 'RULE'], ...rows]));
  }
  if (notes.length > 0) {
    say('\nNotes that came while they were one. Somebody has to look whom each is about:');
    say(table([['NOTE', 'STANDS WITH'], ...notes.map(({ note, person }) => [note, person])]));
  }
}

async function clear(mark: number, options: Options): Promise<void> {
  await withStore(options.config, async (store) => {
    const by = { name: operatorName(), reason: options.reason ?? '', at: new Date() };
    await inTransaction(store, async (tx) => {
      const person = await clearMark(tx, mark, by);
      if (person === undefined) throw new BridgeError('field/unknown-mark', `no mark ${mark} stands`);
      await writeAudit(tx, [operatorEntry('cleared', by.at, { person }, by.name, by.reason)]);
    });
    if (options.json === true) sayJson({ mark, cleared: true });
    else say(`mark ${mark} is cleared`);
  });
}

function rowNumber(text: string): number {
  if (!/^[1-9]\d{0,15}$/.test(text)) throw new InvalidArgumentError('a number is needed.');
  return Number(text);
}
