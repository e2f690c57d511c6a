// `map coverage`: how well the mappings cover what a sender sends, both ways. Names fields, never what stands in them;
// the one thing it quotes is codes that a table lacks, for whoever keeps the tables.
import type { Command } from 'commander';
import { defaultConfigFolder } from '../config.ts';
import type { Config } from '../config.ts';
import { asBridgeError } from '../errors.ts';
import { loadDictionary } from '../hl7v2/dictionary.ts';
import { readMessage } from '../hl7v2/message.ts';
import { createCoverage } from '../mapping/coverage.ts';
import type { CoverageReport } from '../mapping/coverage.ts';
import type { Mappings } from '../mapping/load.ts';
import { withStore } from './context.ts';
import { configOf, feedOf, mappingsOf, progressBar, sourceOf } from './map-context.ts';
import type { MapOptions } from './map-context.ts';
import { messagesIn, receivedSince, sinceOf } from './map-messages.ts';
import type { PastMessages } from './map-messages.ts';
import { action, complain, exitCodes, say, sayJson, table } from './output.ts';

interface Options extends MapOptions {
  readonly since?: Date;
  readonly feed?: string;
}

type Named = CoverageReport & { readonly unreadable: Readonly<Record<string, number>> };

export function mapCoverageCommand(parent: Command): void {
  parent
    .command('coverage')
    .summary('fields sent and never read, rows never used, codes and events without a map')
    .description(
      'Runs messages through the mappings and counts, for each sender and event, what is sent and never read; then rows, table codes and events that these messages never use. Changes nothing, and shows no value of a message save codes that a table lacks.',
    )
    .argument('[path]', 'a folder or a file of HL7v2 messages')
    .option('--since <when>', 'messages received since (30d, or 2026-03-01) instead', (text) => sinceOf(text, new Date()))
    .option('-c, --config <folder>', 'configuration folder', defaultConfigFolder)
    .option('--trust <ODS>', 'with the overlay of this trust (default: the one of the configuration)')
    .option('--feed <id>', 'read a folder as this feed would (default: the first one)')
    .option('--json', 'as JSON')
    .action(action(run)); // prettier-ignore
}

async function run(path: string | undefined, options: Options): Promise<void> {
  const { since } = options;
  if ((path === undefined) === (since === undefined)) {
    complain('ips-bridge: say where the messages are: a folder or file, or --since 30d, one of the two');
    process.exitCode = exitCodes.usage;
    return;
  }
  const config = configOf(options);
  const mappings = mappingsOf(config);
  const report =
    path === undefined
      ? await withStore(options.config, async (store) =>
          covered(await receivedSince(store, config, since ?? new Date(0), 'map coverage'), config, mappings),
        )
      : await covered(messagesIn(path, feedOf(config, options.feed), new Date()), config, mappings);
  if (options.json === true) sayJson(report);
  else await tell(report);
}

async function covered(messages: PastMessages, config: Config, mappings: Mappings): Promise<Named> {
  const coverage = createCoverage(mappings);
  const unreadable: Record<string, number> = {};
  const bar = progressBar('messages read', messages.total);
  let done = 0;
  for await (const page of messages.pages()) {
    for (const { feed: id, receivedAt, body } of page) {
      const feed = feedOf(config, id);
      try {
        coverage.add(readMessage(body, feed.mllp), sourceOf(feed, receivedAt));
      } catch (thrown) {
        const { kind } = asBridgeError(thrown);
        unreadable[kind] = (unreadable[kind] ?? 0) + 1;
      }
      bar.done((done += 1));
    }
  }
  bar.end();
  return { ...coverage.report(), unreadable };
}

async function tell(report: Named): Promise<void> {
  const { events, tables, rowsNeverUsed, eventsNeverSeen, unreadable } = report;
  const dictionary = await loadDictionary();
  const nameOf = (place: string): string => {
    const [segment = '', field] = place.split('-');
    const name = field === undefined ? dictionary.segmentName(segment) : dictionary.fieldName(segment, Number(field)); // prettier-ignore
    return name ?? (segment.startsWith('Z') ? 'a local segment' : '');
  };
  say(`${report.messages} messages`);
  for (const [kind, count] of Object.entries(unreadable)) say(`${count} that cannot be read: ${kind}`);
  for (const { sender, event, messages, outcome, held, unread } of events) {
    say(
      `\n${sender} ${event}: ${messages} messages${outcome === 'unused' ? ', no map: deliberately unused' : ''}`,
    );
    for (const [kind, count] of Object.entries(held)) say(`  ${count} would be held: ${kind}`);
    if (unread.length === 0) continue;
    say('  sent and never read:');
    const lines = unread.map(({ place, messages: count }) => [`    ${place}`, nameOf(place), String(count)]);
    say(table([['    PLACE', 'WHICH IS', 'MESSAGES'], ...lines]));
  }
  const lacking = tables.filter(({ unknown }) => unknown.length > 0);
  if (lacking.length > 0) {
    say('\nCodes that no table knows:');
    const lines = lacking.flatMap(({ table: name, unknown, others }) => [
      ...unknown.map(({ code, times }) => [name, code, String(times)]),
      ...(others === 0 ? [] : [[name, '(others)', String(others)]]),
    ]);
    say(table([['TABLE', 'CODE', 'TIMES'], ...lines]));
  }
  const unseen = tables.filter(({ neverSeen }) => neverSeen.length > 0);
  if (unseen.length > 0) {
    say('\nTable codes that never came:');
    say(
      table([['TABLE', 'CODES'], ...unseen.map(({ table: name, neverSeen }) => [name, neverSeen.join(' ')])]),
    );
  }
  const unused = rowsNeverUsed.filter(({ why }) => why === 'never-sent');
  const elsewhere = rowsNeverUsed.length - unused.length;
  if (unused.length > 0) {
    say('\nRows that set nothing, though their segment came:');
    say(table([['ROW', 'TO'], ...unused.map(({ row, to }) => [row, to])]));
  }
  if (elsewhere > 0) say(`\n${elsewhere} rows of segments that never came (--json lists them).`);
  if (eventsNeverSeen.length > 0) say(`\nMapped events that never came: ${eventsNeverSeen.join(' ')}`);
}
