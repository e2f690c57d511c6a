// `send`: HL7v2 files to an MLLP listener, one after another, with what came back for each. A client for trying a feed
// out; a file may hold one message or several.
import { basename } from 'node:path';
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { BridgeError } from '../errors.ts';
import { messagesOf } from '../hl7v2/segments.ts';
import { sendMessages } from '../outbound/mllp-client.ts';
import type { SendOutcome } from '../outbound/mllp-client.ts';
import { action, exitCodes, readInput, say, sayJson, table } from './output.ts';

interface Options {
  readonly host: string;
  readonly port: number;
  readonly timeout: number;
  readonly json?: boolean;
}

export function sendCommand(parent: Command): void {
  parent
    .command('send')
    .summary('send HL7v2 files to an MLLP listener and show the acknowledgements')
    .argument('<files...>', 'HL7v2 files; CR, LF or CRLF line ends, one message or several in a file')
    .option('--host <host>', 'host of the listener', '127.0.0.1')
    .requiredOption('--port <port>', 'port of the listener', whole)
    .option('--timeout <seconds>', 'longest wait for one acknowledgement', whole, 30)
    .option('--json', 'as JSON')
    .action(action(send));
}

async function send(files: readonly string[], options: Options): Promise<void> {
  const messages = files.flatMap((file) =>
    messagesOf(readInput(file)).map((body) => ({ file: basename(file), body })),
  );
  if (messages.length === 0) throw new BridgeError('parse/not-hl7v2', 'these files hold no message');
  const outcomes = await sendMessages(messages.map(({ body }) => body), {
    host: options.host,
    port: options.port,
    timeoutMs: options.timeout * 1_000,
  }); // prettier-ignore
  const results = outcomes.map((outcome, index) => ({
    file: messages[index]?.file ?? '',
    ...withoutBytes(outcome),
  }));
  if (options.json === true) sayJson(results);
  else {
    say(table([
      ['FILE', 'MSH-10', 'OUTCOME', 'TEXT'],
      ...outcomes.map((one, index) => [results[index]?.file ?? '', one.controlId, label(one), 'text' in one ? (one.text ?? '') : '']),
    ])); // prettier-ignore
  }
  const bad = outcomes.filter((one) => !isGood(one)).length;
  if (options.json !== true)
    say(`\n${outcomes.length} sent, ${outcomes.length - bad} as expected, ${bad} not`);
  if (bad > 0) process.exitCode = exitCodes.failed;
}

function withoutBytes(outcome: SendOutcome): Record<string, unknown> {
  if (!('raw' in outcome)) return outcome;
  const { raw, ...rest } = outcome;
  return { ...rest, acknowledgement: raw.toString('utf8') };
}

function label(outcome: SendOutcome): string {
  return outcome.outcome === 'acknowledged' ? outcome.code : outcome.outcome;
}

function isGood(outcome: SendOutcome): boolean {
  if (outcome.outcome === 'not-expected') return true;
  return outcome.outcome === 'acknowledged' && ['AA', 'CA'].includes(outcome.code);
}

/** A whole number above zero, for commander. */
export function whole(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('a whole number above 0');
  return value;
}
