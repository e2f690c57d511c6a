// `map unmapped`: the work list of whoever keeps the tables. Codes that no table knows, most frequent first; or, with
// --events, the messages that were deliberately not used. Codes are the sender's own words: they are shown here only.
import type { Command } from 'commander';
import { defaultConfigFolder } from '../config.ts';
import { unmappedCodes, unusedEvents } from '../store/unmapped.ts';
import type { Store } from '../store/database.ts';
import { withStore } from './context.ts';
import { action, say, sayJson, table } from './output.ts';

/** A sender that writes words where a code is meant uses another one in each message. */
const mostShown = 500;

interface Options {
  readonly config: string;
  readonly table?: string;
  readonly events?: boolean;
  readonly json?: boolean;
}

export function unmappedCommand(parent: Command): void {
  parent
    .command('unmapped')
    .summary('list codes that no table knows, or messages that are not used')
    .description(
      'Lists the codes that no table knows, with how many messages use them, the 500 most frequent first. After a table is extended and the service has taken it (SIGHUP, or a restart): map reprocess --unmapped.',
    )
    .option('-c, --config <folder>', 'configuration folder', defaultConfigFolder)
    .option('--table <name>', 'only codes of this table')
    .option('--events', 'instead: messages that were stored, acknowledged and deliberately not used')
    .option('--json', 'as JSON')
    .action(
      action((options: Options) =>
        withStore(options.config, (store) =>
          options.events === true ? listEvents(store, options) : listCodes(store, options),
        ),
      ),
    );
}

async function listCodes(store: Store, options: Options): Promise<void> {
  const codes = await unmappedCodes(store, options.table, mostShown);
  if (options.json === true) {
    sayJson(codes);
    return;
  }
  if (codes.length === 0) {
    say(
      options.table === undefined
        ? 'Every code that was sent is known to its table.'
        : `No code of a table called ${options.table} waits.`,
    );
    return;
  }
  const rows = codes.map((one) => [one.table, one.code, String(one.messages), day(one.firstSeen), day(one.lastSeen), one.place, one.events.join(', '), one.feeds.join(', ')]); // prettier-ignore
  say(table([['TABLE', 'CODE', 'MESSAGES', 'FIRST SEEN', 'LAST SEEN', 'PLACE', 'EVENTS', 'FEEDS'], ...rows]));
  if (codes.length === mostShown) say(`\nThese are the ${mostShown} most frequent; there may be more.`);
  say(
    '\nAfter a table is extended, in codes/ of the trust’s folder, and the service has taken it: ips-bridge map reprocess --unmapped',
  );
}

async function listEvents(store: Store, options: Options): Promise<void> {
  const events = await unusedEvents(store);
  if (options.json === true) {
    sayJson(events);
    return;
  }
  if (events.length === 0) {
    say('Every message that was processed was used.');
    return;
  }
  const rows = events.map((one) => [one.feed, one.event, String(one.messages), day(one.firstSeen), day(one.lastSeen), one.reason]); // prettier-ignore
  say(table([['FEED', 'EVENT', 'MESSAGES', 'FIRST SEEN', 'LAST SEEN', 'WHY'], ...rows]));
}

function day(at: Date): string {
  return at.toISOString().slice(0, 10);
}
