// `observed`: what `live: none`, or a rule on observe, would have written. Without a row counts, which name nobody;
// with one the words that would stand in the EPR, and why. Such a look shows a person's data and is audited.
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { operatorEntry } from '../audit/entry.ts';
import { defaultConfigFolder, operatorName, trustZone } from '../config.ts';
import type { Config } from '../config.ts';
import { BridgeError } from '../errors.ts';
import { recordedNote } from '../ips/notes/recorded.ts';
import { explainDecision } from '../ips/why.ts';
import { effectNames, promptLines } from '../ips/words.ts';
import type { PersonRecord } from '../record/person.ts';
import { writeAudit } from '../store/audit.ts';
import { inTransaction } from '../store/database.ts';
import type { Store } from '../store/database.ts';
import { effectByRow } from '../store/effects.ts';
import type { Effect } from '../store/effects.ts';
import { observedCounts } from '../store/observed.ts';
import { loadRecords } from '../store/record.ts';
import { withStore } from './context.ts';
import { action, complain, say, sayJson, table } from './output.ts';

interface Options {
  readonly config: string;
  readonly destination?: string;
  readonly json?: boolean;
}

export function observedCommand(parent: Command): void {
  parent
    .command('observed')
    .summary('show what "live: none" and rules on observe would have written')
    .description(
      'Counts what has been decided and is not sent, by destination, effect, rule and team. With a row number: the words that would stand in the EPR, and why; that shows a person’s data and is audited.',
    )
    .argument('[row]', 'row number of one effect', rowNumber)
    .option('-c, --config <folder>', 'configuration folder', defaultConfigFolder)
    .option('--destination <id>', 'only what would go there')
    .option('--json', 'as JSON')
    .action(
      action((row: number | undefined, options: Options) =>
        withStore(options.config, (store, config) =>
          row === undefined ? count(store, config, options) : show(store, config, row, options),
        ),
      ),
    );
}

async function count(store: Store, config: Config, { destination, json }: Options): Promise<void> {
  const counts = await observedCounts(store, destination);
  const known = config.destinations.map(({ id }) => id);
  if (destination !== undefined && counts.length === 0 && !known.includes(destination)) {
    const there = known.length === 0 ? 'there is none' : `there is ${known.join(', ')}`;
    throw new BridgeError('field/unknown-part', `no destination called ${destination}: ${there}`);
  }
  if (json === true) {
    sayJson(counts);
    return;
  }
  if (counts.length === 0) {
    say('Nothing is observed: whatever has been decided is sent, or waits to be.');
    return;
  }
  const rows = counts.map((one) => [one.destination, one.team, one.rule, String(one.rows), String(one.latest), effectNames[one.effect]]); // prettier-ignore
  say(table([['DESTINATION', 'TEAM', 'RULE', 'ROWS', 'LATEST', 'EFFECT'], ...rows]));
  say(
    '\nNone of it has been sent. ips-bridge observed <row> shows one in full; `live` in the destination’s file sends.',
  );
}

async function show(store: Store, config: Config, row: number, { json }: Options): Promise<void> {
  const effect = await effectByRow(store, row);
  if (effect === undefined) throw new BridgeError('field/unknown-row', `there is no effect ${row}`);
  if (effect.state !== 'observed') {
    throw new BridgeError(
      'unsupported/state',
      `effect ${row} is not observed but ${effect.state} (ips-bridge why shows what was decided about a person)`,
    );
  }
  const [record] = (await loadRecords(store, [effect.person])).values();
  if (record === undefined) throw new BridgeError('internal/row-missing', 'the person of an effect cannot be found'); // prettier-ignore
  const subject = { person: effect.person, outboxRow: row };
  const entry = operatorEntry('viewed', new Date(), subject, operatorName(), 'observed');
  await inTransaction(store, (tx) => writeAudit(tx, [entry]));
  const words = wordsOf(effect, record, config);
  if (json === true) {
    const { destination, decision } = effect;
    sayJson({ row, destination, keys: record.keys, title: effectNames[decision.effect], words, decision });
    return;
  }
  complain('What follows is about a real person: this screen shows personal data, and the look is audited.');
  say(`Effect ${row}, for ${effect.destination}; not sent.`);
  say(`About: ${record.keys.map(({ value }) => value).join(', ')}\n`);
  say(`${effectNames[effect.decision.effect]}\n\n${words}\n`);
  say('Why:');
  for (const line of explainDecision(effect.decision, trustZone)) say(line);
}

/** What would be read in the EPR below the title. */
function wordsOf({ destination, decision }: Effect, record: PersonRecord, config: Config): string {
  const settings = config.destinations.find(({ id }) => id === destination);
  const isFlag =
    decision.effect === 'flag-no-goal' && settings?.kind === 'fhir' && settings.flagAs === 'flag';
  if (isFlag) return '(As a Flag it shows this title and nothing else.)';
  if (decision.note === undefined) return promptLines(decision, trustZone).join('\n');
  const data = recordedNote(record, decision.note)?.content[0]?.attachment.data;
  if (data === undefined) throw new BridgeError('internal/row-missing', 'the text of this note cannot be found'); // prettier-ignore
  return Buffer.from(data, 'base64').toString('utf8');
}

function rowNumber(text: string): number {
  const row = Number(text);
  if (!Number.isSafeInteger(row) || row < 1) throw new InvalidArgumentError('a row is named by its number.');
  return row;
}
