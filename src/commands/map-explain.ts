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
    .argument('<file>', 'an HL7v2 file of one or several messages; - for standard input')
    .option('-c, --config <folder>', 'configuration folder', defaultConfigFolder)
    .option('--trust <ODS>', 'with the overlay of this trust')
    .option('--feed <id>', 'read it as this feed would (default: the first one)')
    .option('--json', 'as JSON')
    .action(action(run));
}

async function run(file: string, options: Options): Promise<void> {
  const config = configOf(options);
  const feed = feedOf(config, options.feed);
  const mappings = mappingsOf(config);
  const dictionary = await loadDictionary();
  const source = sourceOf(feed, new Date());
  for (const body of messagesOf(readInput(file === '-' ? 0 : file))) {
    try {
      const message = readMessage(body, feed.mllp);
      const translation = translate(mappings, message, source);
      const elements = explain(mappings, message, source).map((one) => ({
        ...one,
        name: plainName(one.from, dictionary),
      }));
      if (options.json === true) {
        sayJson({ ...translation, elements });
        continue;
      }
      const { messageCode, triggerEvent } = message.header;
      say(
        `${messageCode}^${triggerEvent}: ${translation.outcome}${translation.outcome === 'unused' ? `, because ${translation.reason}` : ''}`,
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
      for (const fault of faultsOf(error)) complain(`would be held: ${findingText(fault)}`);
    }
  }
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
