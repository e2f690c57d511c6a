// `map explain`: what the mappings make of a message: each output element, the field it comes from with its plain name,
// and the row of the guide. Runs without a database; shows the message's own values on the screen only.
import type { Command } from 'commander';
import { defaultConfigFolder } from '../config.ts';
import { asBridgeError } from '../errors.ts';
import { loadDictionary } from '../hl7v2/dictionary.ts';
import type { Dictionary } from '../hl7v2/dictionary.ts';
import { readMessage } from '../hl7v2/message.ts';
import { messagesOf } from '../hl7v2/segments.ts';
import { configOf, feedOf, mappingsOf, sourceOf } from './map-context.ts';
import type { MapOptions } from './map-context.ts';
import { explain } from '../mapping/explain.ts';
import { translate } from '../mapping/translate.ts';
import {
  action,
  complain,
  exitCodes,
  faultsOf,
  findingText,
  readInput,
  say,
  sayJson,
  table,
} from './output.ts';

interface Options extends MapOptions {
  readonly feed?: string;
}

export function explainCommand(parent: Command): void {
  parent
    .command('explain')
    .summary('show what the mappings make of an HL7v2 file, element by element')
    .description(
      'Shows each element that a message makes, the field it comes from and the row of the guide; then findings. Values are cut after 60 characters (--json shows them whole); segments that nothing reads are named by map coverage. What would be held is told on standard error, with exit code 1. Reads files only; shows values of the message.',
    )
    .argument('<file>', 'an HL7v2 file of one or several messages, not a folder; - for standard input')
    .option('-c, --config <folder>', 'configuration folder', defaultConfigFolder)
    .option('--trust <ODS>', 'with the overlay of this trust (default: the one of the configuration)')
    .option('--feed <id>', 'read it as this feed would (default: the first one)')
    .option('--json', 'as JSON: a list, one for each message')
    .action(action(run));
}

async function run(file: string, options: Options): Promise<void> {
  const config = configOf(options);
  const feed = feedOf(config, options.feed);
  const mappings = mappingsOf(config);
  const dictionary = await loadDictionary();
  const source = sourceOf(feed, new Date());
  const told: unknown[] = [];
  for (const body of messagesOf(readInput(file === '-' ? 0 : file))) {
    try {
      const message = readMessage(body, feed.mllp);
      const { messageCode, triggerEvent } = message.header;
      const event = `${messageCode}^${triggerEvent}`;
      const translation = translate(mappings, message, source);
      const elements = explain(mappings, message, source).map((one) => ({
        ...one,
        name: plainName(one.from, dictionary),
      }));
      if (options.json === true) {
        told.push({ event, ...translation, elements });
        continue;
      }
      say(
        `${event}: ${translation.outcome}${translation.outcome === 'unused' ? `, because ${translation.reason}` : ''}`,
      );
      if (elements.length > 0) {
        say(table([
          ['ELEMENT', 'FROM', 'WHICH IS', 'GUIDE', 'VALUE'],
          ...elements.map((one) => [one.element, one.from, one.name, one.guide ?? '', valueText(one.value)]),
        ])); // prettier-ignore
      }
      for (const finding of translation.findings) say(`finding: ${findingText(finding)}`);
    } catch (thrown) {
      const error = asBridgeError(thrown);
      process.exitCode = exitCodes.failed;
      const faults = faultsOf(error);
      told.push({ outcome: 'held', faults });
      for (const fault of faults) complain(`would be held: ${findingText(fault)}`);
    }
  }
  if (options.json === true) sayJson(told);
}

/** "Patient Name" for PID-5.1; of several places, the first that has a name. */
function plainName(from: string, dictionary: Dictionary): string {
  for (const place of from.split(/,\s*/)) {
    const [, segment, field] = /^([A-Z][A-Z0-9]{2})(?:\[\d+\])?-(\d+)/.exec(place) ?? [];
    const name = segment === undefined ? undefined : dictionary.fieldName(segment, Number(field));
    if (name !== undefined) return name;
  }
  return '';
}

const longestValue = 60;

function valueText(value: unknown): string {
  if (value === null) return '(deleted)';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > longestValue ? `${text.slice(0, longestValue)}…` : text;
}
