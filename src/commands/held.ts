// `held`, `replay`, `skip`, `cancel`: what is set aside, and every way out of it. Each act is audited with the
// operator's name.
import { Argument, InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import type { Actor } from '../audit/entry.ts';
import { defaultConfigFolder, operatorName } from '../config.ts';
import { BridgeError } from '../errors.ts';
import type { Store } from '../store/database.ts';
import { cancelEffect, heldEffects, replayEffect } from '../store/effects.ts';
import { heldRows, replayRow, skipRow } from '../store/inbox-rows.ts';
import type { HeldRow } from '../store/inbox-rows.ts';
import { withStore } from './context.ts';
import { action, findingText, say, sayJson, table } from './output.ts';

interface Options {
  readonly config: string;
  readonly json?: boolean;
  readonly reason?: string;
  readonly notReceived?: boolean;
}

const kinds = ['message', 'effect'] as const;

export function heldCommands(parent: Command): void {
  const command = (name: string, summary: string, description: string): Command =>
    parent
      .command(name)
      .summary(summary)
      .description(description)
      .option('-c, --config <folder>', 'configuration folder', defaultConfigFolder);
  const what = new Argument('<what>', 'a held message or a held effect').choices(kinds);

  command('held', 'list held messages and effects, and why', 'Lists what is set aside: row number, why, and how to go on. Shows nobody’s data.') // prettier-ignore
    .option('--json', 'as JSON')
    .action(action(list));
  command('replay', 'take up a held message or effect again', 'Puts a held row back into its lane, after its cause is mended.') // prettier-ignore
    .addArgument(what)
    .argument('<row>', 'row number, as "held" shows it', rowNumber)
    .option('--not-received', 'of an effect that may have arrived: you have looked, and it is not there')
    .action(
      action(async (kind: (typeof kinds)[number], row: number, options: Options) => {
        await act(
          options,
          `${kind} ${row} is replayed, with the mappings and rules that the running service started with`,
          (store, actor, now) =>
            kind === 'message'
              ? replayRow(store, row, actor, now)
              : replayEffect(store, row, actor, now, options.notReceived),
        );
      }),
    );
  command('skip', 'give up a held message, for a reason', 'Gives up a held message. Its bytes stay; writes that waited for it go on.') // prettier-ignore
    .argument('<row>', 'row number of the message', rowNumber)
    .requiredOption('--reason <text>', 'why; kept in the audit, so it names nobody')
    .action(
      action(async (row: number, options: Options) => {
        await act(options, `message ${row} is skipped`, (store, actor, now) =>
          skipRow(store, row, actor, options.reason ?? '', now),
        );
      }),
    );
  command('cancel', 'give up a held or waiting effect, for a reason', 'Gives up an effect that is held or not yet sent.') // prettier-ignore
    .argument('<row>', 'row number of the effect', rowNumber)
    .requiredOption('--reason <text>', 'why; kept in the audit, so it names nobody')
    .action(
      action(async (row: number, options: Options) => {
        await act(options, `effect ${row} is cancelled`, (store, actor, now) =>
          cancelEffect(store, row, actor, options.reason ?? '', now),
        );
      }),
    );
}

async function list(options: Options): Promise<void> {
  await withStore(options.config, async (store) => {
    const [messages, effects] = [await heldRows(store), await heldEffects(store)];
    if (options.json === true) {
      const bare = effects.map(({ row, destination, revision, attempt, failure, createdAt, decision }) => ({
        row, destination, revision, attempt, failure, createdAt, rule: decision.rule, action: decision.action,
      })); // prettier-ignore
      sayJson({ messages, effects: bare });
      return;
    }
    if (messages.length + effects.length === 0) {
      say('Nothing is held.');
      return;
    }
    const rows = [
      ...messages.map((one) => ['message', String(one.id), one.feed, one.receivedAt.toISOString(), one.event, one.kind, whyHeld(one)]),
      ...effects.map((one) => ['effect', String(one.row), one.destination, one.createdAt.toISOString(), one.decision.rule, one.failure?.kind ?? '', one.failure?.message ?? '']),
    ]; // prettier-ignore
    say(table([['WHAT', 'ROW', 'FEED OR DESTINATION', 'SINCE', 'EVENT OR RULE', 'KIND', 'WHY'], ...rows]));
    say(
      '\nAfter its cause is mended: ips-bridge replay <what> <row>. To give one up: skip (messages), cancel (effects).',
    );
  });
}

/** Every fault of a held message, each with its place, the class of the value and the mapping row. */
function whyHeld({ where, message, findings }: HeldRow): string {
  if (findings.length > 0) return findings.map(findingText).join('; ');
  return where === undefined ? message : `${where}: ${message}`;
}

async function act(
  options: Options,
  done: string,
  run: (store: Store, actor: Actor, now: Date) => Promise<boolean>,
): Promise<void> {
  await withStore(options.config, async (store) => {
    const actor: Actor = { kind: 'operator', name: operatorName() };
    if (!(await run(store, actor, new Date()))) {
      throw new BridgeError(
        'unsupported/state',
        'this row is not held (ips-bridge held lists those that are)',
      );
    }
    say(done);
  });
}

function rowNumber(text: string): number {
  const row = Number(text);
  if (!Number.isSafeInteger(row) || row < 1) throw new InvalidArgumentError('a row is named by its number.');
  return row;
}
