// `pause`, `resume` and `paused`: stop processing what a feed sends, or sending to a destination, for a reason, and go
// on later. Nothing is lost by it: a paused feed is received from and acknowledged. Each act is audited with the
// operator's name.
import { Argument } from 'commander';
import type { Command } from 'commander';
import { partsOf } from '../app/announce.ts';
import { defaultConfigFolder, operatorName } from '../config.ts';
import type { Config } from '../config.ts';
import { BridgeError } from '../errors.ts';
import { pausableKinds, pausePart, pausedParts, resumePart } from '../store/paused.ts';
import type { Act, Part } from '../store/paused.ts';
import type { Store } from '../store/database.ts';
import { reasonText, withStore } from './context.ts';
import { action, say, sayJson, table } from './output.ts';

interface Options {
  readonly config: string;
  readonly json?: boolean;
  readonly reason: string;
}

/** What each pause means, for whoever has just ordered it. */
const meanings: Readonly<Record<Part['what'], string>> = {
  feed: 'Its messages are taken, acknowledged and stored; none is processed until it is resumed.',
  destination:
    'Nothing is sent to it and nothing is asked of it until it is resumed; what has begun is finished.',
};

export function pauseCommands(parent: Command): void {
  const command = (name: string, summary: string, description: string): Command =>
    parent
      .command(name)
      .summary(summary)
      .description(description)
      .option('-c, --config <folder>', 'configuration folder', defaultConfigFolder);
  const act = (name: 'pause' | 'resume', summary: string, description: string, run: typeof pause): void => {
    command(name, summary, description)
      .addArgument(new Argument('<what>', 'a feed or a destination').choices(pausableKinds))
      .argument('<id>', 'its id, as the configuration has it')
      .requiredOption('--reason <text>', 'why; kept in the audit, so it names nobody', reasonText)
      .action(
        action((what: Part['what'], id: string, options: Options) =>
          withStore(options.config, (store, config) => {
            const actor = { kind: 'operator', name: operatorName() } as const;
            return run(store, config, { what, id }, { actor, reason: options.reason, at: new Date() });
          }),
        ),
      );
  };
  act(
    'pause',
    'stop processing a feed, or sending to a destination',
    'Pauses a feed (its messages are still taken and acknowledged, none is processed) or a destination (nothing is sent).',
    pause,
  );
  act('resume', 'go on with what was paused', 'Ends a pause; work goes on at once, in its order.', resume);
  command('paused', 'list what is paused, since when, by whom and why', 'Lists what is paused.')
    .option('--json', 'as JSON')
    .action(action(list));
}

async function pause(store: Store, config: Config, part: Part, act: Act): Promise<void> {
  const known = partsOf(config)[part.what];
  if (!known.includes(part.id)) throw unknown(part, known, 'configured');
  if (await pausePart(store, part, act)) say(`${nameOf(part)} is paused. ${meanings[part.what]}`);
  else
    say(
      `${nameOf(part)} is paused already; nothing has changed (ips-bridge paused shows since when and why).`,
    );
}

async function resume(store: Store, config: Config, part: Part, act: Act): Promise<void> {
  // What is configured no longer may be paused still.
  const paused = (await pausedParts(store)).filter(({ what }) => what === part.what).map(({ id }) => id);
  const known = [...new Set([...partsOf(config)[part.what], ...paused])];
  if (!known.includes(part.id)) throw unknown(part, known, 'configured or paused');
  if (await resumePart(store, part, act)) say(`${nameOf(part)} is resumed.`);
  else say(`${nameOf(part)} is not paused; nothing has changed.`);
}

async function list(options: Pick<Options, 'config' | 'json'>): Promise<void> {
  await withStore(options.config, async (store) => {
    const parts = await pausedParts(store);
    if (options.json === true) sayJson(parts);
    else if (parts.length === 0) say('Nothing is paused.');
    else {
      const rows = parts.map(({ what, id, at, actor, reason }) => [
        what,
        id,
        at.toISOString(),
        actor,
        reason,
      ]);
      say(table([['WHAT', 'ID', 'SINCE', 'BY', 'WHY'], ...rows]));
    }
  });
}

function nameOf({ what, id }: Part): string {
  return `${what} ${id}`;
}

function unknown({ what, id }: Part, known: readonly string[], how: string): BridgeError {
  const there = known.length === 0 ? 'there is none' : `there is ${known.join(', ')}`;
  return new BridgeError('field/unknown-part', `no ${what} called ${id} is ${how}: ${there}`);
}
