// `map reprocess --unmapped`: after a table was extended, exactly the messages whose unknown codes it knows now go back
// into their lanes, in their old order. The service reads them again; nothing that they did already is done twice.
import { setTimeout as wait } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Actor } from '../audit/entry.ts';
import { defaultConfigFolder, operatorName } from '../config.ts';
import { knowsCode } from '../mapping/unknown.ts';
import type { Interpretation } from '../pipeline/interpretation.ts';
import type { Store } from '../store/database.ts';
import { waitingUpTo } from '../store/intake-bounds.ts';
import { lastRuleSet, messagesWithCodes, putBack } from '../store/reprocess.ts';
import { everyUnmappedCode } from '../store/unmapped.ts';
import type { CountedCode } from '../store/unmapped.ts';
import { withInterpretation } from './context.ts';
import { progressBar } from './map-context.ts';
import { action, complain, exitCodes, say, sayJson } from './output.ts';

interface Options {
  readonly config: string;
  readonly unmapped: true;
  readonly table?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Messages put back in one transaction. */
const atOnce = 500;
/** No more are put back while so many wait: the intake refuses new messages where the backlog is too long. */
const longestQueue = 1_000;
/** A service that works takes less than this for a few hundred messages. */
const longestWaitMs = 30_000;

export function reprocessCommand(parent: Command): void {
  parent
    .command('reprocess')
    .summary('process messages again whose unknown codes a table knows now')
    .description(
      'Puts the messages back into their lanes whose codes no table knew when they were processed (or for which they are held) and one knows now. Let the service take the tables first (SIGHUP, or a restart). What they did already is not done again, and what later messages said stands.',
    )
    .option('-c, --config <folder>', 'configuration folder', defaultConfigFolder)
    .requiredOption('--unmapped', 'those with codes that were unknown')
    .option('--table <name>', 'only for codes of this table')
    .option('--dry-run', 'only say how many there are')
    .option('--json', 'as JSON')
    .action(
      action((options: Options) =>
        withInterpretation(options.config, (store, _config, interpretation) =>
          run(store, interpretation, options),
        ),
      ),
    );
}

async function run(store: Store, { mappings, rules }: Interpretation, options: Options): Promise<void> {
  let unknown = 0;
  const codes: CountedCode[] = [];
  for await (const page of everyUnmappedCode(store, options.table)) {
    const known = page.filter((one) => knowsCode(mappings, one));
    codes.push(...known);
    unknown += page.length - known.length;
  }
  const messages = await messagesWithCodes(store, codes);
  const kept = messages.flatMap(({ row, kept: isKept }) => (isKept ? [row] : []));
  const set = serviceSet(await lastRuleSet(store), rules.hash);
  if (set.warning !== undefined && kept.length > 0) complain(set.warning);
  const done = options.dryRun === true ? 0 : await putAllBack(store, kept);
  if (done < kept.length && options.dryRun !== true) process.exitCode = exitCodes.failed;
  if (options.json === true) {
    sayJson({
      codesKnownNow: codes, codesStillUnknown: unknown, messages: kept.length,
      withoutBytes: messages.length - kept.length, putBack: done, ruleSet: rules.hash, serviceRuns: set.state,
    }); // prettier-ignore
    return;
  }
  for (const { table, code, messages: count } of codes) say(`codes/${table}: ${code} is known now (${count} messages)`); // prettier-ignore
  if (unknown > 0) say(`${unknown} codes are still unknown (ips-bridge map unmapped lists them).`); // prettier-ignore
  if (messages.length > kept.length) say(`${messages.length - kept.length} messages cannot be read again: their bytes are no longer kept.`); // prettier-ignore
  say(outcomeOf(kept.length, done, options.dryRun === true));
}

function outcomeOf(found: number, done: number, isDryRun: boolean): string {
  if (found === 0) return 'There is nothing to process again.';
  if (isDryRun) return `${found} messages would be put back into their lanes.`;
  if (done === found) return `${done} messages are back in their lanes, in their old places.`;
  return `${done} of ${found} messages are back in their lanes. They are not being processed: is the service running? Call this again for the rest.`;
}

/** Whether the service works with the set that this command has read: else it would find the codes unknown again. */
function serviceSet(
  last: string | undefined,
  own: string,
): { readonly state: 'same' | 'other' | 'unknown'; readonly warning?: string } {
  if (last === own) return { state: 'same' };
  const restart =
    'Let the service take the new tables first (SIGHUP, or a restart), or the codes stay unknown';
  return last === undefined
    ? { state: 'unknown', warning: `Nothing tells which mappings the service runs with: it has decided nothing yet. ${restart}.` } // prettier-ignore
    : { state: 'other', warning: `The service decided last with other mappings or rules than these. ${restart} (if it has taken them since its last decision, all is well).` }; // prettier-ignore
}

/** Puts them back by and by, so that the backlog never grows long; how many it were before the service stopped taking them. */
async function putAllBack(store: Store, rows: readonly number[]): Promise<number> {
  const actor: Actor = { kind: 'operator', name: operatorName() };
  const bar = progressBar('messages put back', rows.length);
  let done = 0;
  try {
    for (let from = 0; from < rows.length; from += atOnce) {
      if (from > 0 && !(await isTaken(store))) return done;
      done += await putBack(store, rows.slice(from, from + atOnce), actor, new Date());
      bar.done(done);
    }
    return done;
  } finally {
    bar.end();
  }
}

async function isTaken(store: Store): Promise<boolean> {
  for (let waited = 0; waited < longestWaitMs; waited += 250) {
    if ((await waitingUpTo(store, longestQueue)) < longestQueue) return true;
    await wait(250);
  }
  return false;
}
