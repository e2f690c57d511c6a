// `map diff`: what another mapping set makes of messages of the past, before anybody puts it in force: elements that
// change, messages that become used or held, and proposals, asks and flags gained, lost or changed. Nothing is written.
import type { Command } from 'commander';
import { factContextOf, interpretationOf } from '../app/interpretation.ts';
import { defaultConfigFolder } from '../config.ts';
import type { Config } from '../config.ts';
import { asBridgeError } from '../errors.ts';
import { personKeyText } from '../fhir/canonical.ts';
import type { PersonKey } from '../fhir/canonical.ts';
import { readMessage } from '../hl7v2/message.ts';
import { compareDecisions } from '../ips/decision-diff.ts';
import type { DecisionChange } from '../ips/decision-diff.ts';
import { createMessageDiff, outcomeOf } from '../mapping/diff.ts';
import type { Outcome } from '../mapping/diff.ts';
import { namedPersons } from '../mapping/translate.ts';
import type { Interpreter } from '../pipeline/interpret.ts';
import { createPeopleGroups, replay } from '../pipeline/what-if.ts';
import type { RecordsBefore, Replayed } from '../pipeline/what-if.ts';
import type { Store } from '../store/database.ts';
import type { PastMessage } from '../store/past-messages.ts';
import { personByKey } from '../store/persons.ts';
import { loadRecords } from '../store/record.ts';
import { withStore } from './context.ts';
import { configOf, feedOf, progressBar, sourceOf } from './map-context.ts';
import type { MapOptions } from './map-context.ts';
import { diffLines } from './map-diff-words.ts';
import type { SetDiff } from './map-diff-words.ts';
import { messagesIn, receivedSince, sinceOf } from './map-messages.ts';
import type { PastMessages } from './map-messages.ts';
import { withOtherSet } from './map-revision.ts';
import { action, complain, exitCodes, say, sayJson } from './output.ts';

interface Options extends MapOptions {
  readonly against: string;
  readonly since?: Date;
  readonly feed?: string;
}

export function diffCommand(parent: Command): void {
  parent
    .command('diff')
    .summary('what another mapping set would have made of past messages')
    .description(
      'Runs messages of the past through the mappings and rules of this configuration and through another set, and tells what differs: "gained" is what only the other set makes, "lost" what only this one does. The messages of people who are named together are carried through together. Writes and sends nothing; shows no value of a message save codes that a table lacks.',
    )
    .argument('[path]', 'a folder or a file of HL7v2 messages')
    .requiredOption('--against <set>', 'the other set: a folder of mappings (with its trusts/), or a git revision of this one')
    .option('--since <when>', 'messages received since (30d, or 2026-03-01) instead', (text) => sinceOf(text, new Date()))
    .option('-c, --config <folder>', 'configuration folder', defaultConfigFolder)
    .option('--trust <ODS>', 'both sets with the overlay of this trust (default: the one of the configuration)')
    .option('--feed <id>', 'read a folder as this feed would (default: the first one)')
    .option('--json', 'as JSON')
    .action(action(run));
} // prettier-ignore

async function run(path: string | undefined, options: Options): Promise<void> {
  const { since, against } = options;
  if ((path === undefined) === (since === undefined)) {
    complain('ips-bridge: say where the messages are: a folder or file, or --since 30d, one of the two');
    process.exitCode = exitCodes.usage;
    return;
  }
  const config = configOf(options);
  await withOtherSet(against, config.mappings, async (folder) => {
    const sets = [interpreterOf(config), interpreterOf({ ...config, mappings: folder })] as const;
    const compare = async (messages: PastMessages, before: Before): Promise<void> => {
      const diff = await differences(messages, config, sets, before);
      if (options.json === true) sayJson(diff);
      else for (const line of diffLines(diff, messages.nameOf)) say(line);
    };
    if (path !== undefined) {
      await compare(messagesIn(path, feedOf(config, options.feed), new Date()), () =>
        Promise.resolve(new Map()),
      );
    } else {
      const from = since ?? new Date(0);
      await withStore(options.config, async (store) => {
        await compare(await receivedSince(store, config, from, 'map diff'), (keys) =>
          recordsBefore(store, keys, from),
        );
      });
    }
  });
}

function interpreterOf(config: Config): Interpreter {
  const interpretation = interpretationOf(config);
  const { mappings, rules } = interpretation;
  return { mappings, rules, facts: factContextOf(config, interpretation) };
}

type Before = (keys: readonly PersonKey[]) => Promise<RecordsBefore>;

/**
 * What the record had of these people before a date, for both sets alike: whatever was in force then has made it. Who is
 * one person now counts as one from the start.
 */
async function recordsBefore(store: Store, keys: readonly PersonKey[], since: Date): Promise<RecordsBefore> {
  const ids = new Map<string, number>();
  for (const key of keys) {
    const id = await personByKey(store, key);
    if (id !== undefined) ids.set(personKeyText(key), id);
  }
  const records = await loadRecords(store, [...new Set(ids.values())]);
  return new Map(
    [...ids].flatMap(([key, id]) => {
      const record = records.get(id);
      if (record === undefined) return [];
      return [[key, { ...record, rows: record.rows.filter(({ at }) => at < since) }] as const];
    }),
  );
} // prettier-ignore

/** Translations of how many messages are held at once, unless one group of people has more. */
const pageRows = 500;

async function differences(
  messages: PastMessages,
  config: Config,
  [from, to]: readonly [Interpreter, Interpreter],
  before: Before,
): Promise<SetDiff> {
  const diff = createMessageDiff();
  const groups = createPeopleGroups();
  const bar = progressBar('messages read', messages.total * 2);
  let [done, unreadable, people] = [0, 0, 0];
  for await (const page of messages.pages()) {
    for (const message of page) {
      bar.done((done += 1));
      const both = readBoth(message, config, [from, to]);
      if (both === undefined) unreadable += 1;
      else {
        diff.add(both.event, message.row, both.outcomes[0], both.outcomes[1]);
        groups.add(message.row, both.named);
      }
    }
  }
  const decisions: DecisionChange[] = [];
  for (const page of groups.pages(pageRows)) {
    const read = new Map<number, ReadByBoth>();
    for await (const message of messages.byRow(page.flat())) {
      bar.done((done += 1));
      const both = readBoth(message, config, [from, to]);
      if (both !== undefined) read.set(message.row, both);
    }
    for (const rows of page) {
      people += 1;
      const sets: readonly [Replayed[], Replayed[]] = [[], []];
      const keys: PersonKey[] = [];
      for (const row of [...rows].sort((one, other) => one - other)) {
        const both = read.get(row);
        if (both === undefined) continue;
        const { message, named } = both;
        keys.push(...named);
        both.outcomes.forEach((outcome, set) => {
          if (outcome.outcome !== 'held') sets[set]?.push({ message, translation: outcome, named });
        });
      }
      const known = await before(keys);
      decisions.push(...compareDecisions(replay(sets[0], from, known), replay(sets[1], to, known)));
    }
  }
  bar.end();
  return { ...diff.report(), unreadable, people, decisions };
}

interface ReadByBoth {
  readonly message: Replayed['message'];
  readonly event: string;
  readonly outcomes: readonly [Outcome, Outcome];
  readonly named: readonly PersonKey[];
}

/** What both sets make of one message, and whom they take it to name. */
function readBoth(
  { row, body, feed: id, receivedAt }: PastMessage,
  config: Config,
  sets: readonly [Interpreter, Interpreter],
): ReadByBoth | undefined {
  const feed = feedOf(config, id);
  try {
    const message = readMessage(body, feed.mllp);
    const source = sourceOf(feed, receivedAt);
    const { messageCode, triggerEvent } = message.header;
    const [from, to] = [outcomeOf(sets[0].mappings, message, source), outcomeOf(sets[1].mappings, message, source)];
    const named = sets.flatMap(({ mappings }) => namedPersons(message, mappings));
    const distinct = [...new Map(named.map((key) => [personKeyText(key), key])).values()];
    return { message: { row, feed: id, receivedAt }, event: `${messageCode}^${triggerEvent}`, outcomes: [from, to], named: distinct };
  } catch (thrown) {
    if (asBridgeError(thrown).kind.startsWith('internal/')) throw thrown;
    return undefined;
  }
} // prettier-ignore
