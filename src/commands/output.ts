// How commands speak: plain text or JSON on standard output, complaints on standard error, an exit code that a script
// can act on. 0 done · 1 the answer is no, or something failed · 2 the call is wrong · 69 the database cannot be reached
// (EX_UNAVAILABLE) · 78 the configuration is wrong (EX_CONFIG). What is shown may come from a message: no character of
// it reaches the terminal as a command.
import { readFileSync } from 'node:fs';
import { BridgeError, asBridgeError, errorCode } from '../errors.ts';
import type { Finding } from '../errors.ts';

export const exitCodes = { done: 0, failed: 1, usage: 2, unavailable: 69, config: 78 } as const;

export function say(text = ''): void {
  process.stdout.write(`${printable(text)}\n`);
}

export function sayJson(value: unknown): void {
  // JSON escapes the other control characters by itself.
  const text = JSON.stringify(value, undefined, 2);
  say(text.replaceAll(/[\x7f-\x9f]/g, (one) => `\\u00${one.charCodeAt(0).toString(16)}`));
}

/**
 * A reader that has seen enough (`| head`) ends nothing: a command finishes what it does, and nobody hears the rest. Every
 * other fault of standard output and error is thrown.
 */
export function outliveReader(
  streams: readonly NodeJS.WriteStream[] = [process.stdout, process.stderr],
): void {
  for (const stream of streams) {
    stream.on('error', (thrown: Error) => {
      if (errorCode(thrown) !== 'EPIPE') throw thrown;
    });
  }
}

export function complain(text: string): void {
  process.stderr.write(`${printable(text)}\n`);
}

/** Control characters other than the line end and the tab (ISO 6429, C0 and C1) as their place-holder. */
function printable(text: string): string {
  return text.replaceAll(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, '\uFFFD');
}

/** Every fault of an error; the error itself where it holds no list. */
export function faultsOf(error: BridgeError): readonly Finding[] {
  const { kind, message, where = '', findings } = error;
  return findings.length > 0 ? findings : [{ kind, where, message }];
}

/** A finding in one line: place, what is wrong, what kind of text stands there, and the mapping row that read it. */
export function findingText({ where, message, valueClass, row }: Finding): string {
  const seen = [valueClass, row].filter((text) => text !== undefined);
  return `${where}: ${message}${seen.length === 0 ? '' : ` (${seen.join('; ')})`}`;
}

/** Tells what went wrong and sets the exit code; the whole list where there is one. */
function fail(thrown: unknown): void {
  const error = asBridgeError(thrown);
  const place = error.where === undefined ? '' : ` at ${error.where}`;
  if (error.findings.length > 1) {
    complain(`ips-bridge: ${error.findings.length} faults`);
    for (const finding of error.findings) complain(`  ${finding.where}: ${finding.message}`);
  } else {
    complain(`ips-bridge: ${error.message}${place}`);
  }
  process.exitCode = exitCodeOf(error);
}

function exitCodeOf({ kind }: BridgeError): number {
  if (kind === 'config/database-unreachable') return exitCodes.unavailable;
  return kind.startsWith('config/') ? exitCodes.config : exitCodes.failed;
}

/** An action of a command whose errors are told, not thrown at the user. */
export function action<A extends unknown[]>(
  run: (...args: A) => Promise<void>,
): (...args: A) => Promise<void> {
  return (...args) => run(...args).catch(fail);
}

/**
 * A file that the user names; 0 is standard input.
 * @throws BridgeError `field/file` where it cannot be read
 */
export function readInput(file: string | 0): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    const reason = errorCode(cause) ?? 'unknown reason';
    const where = file === 0 ? 'standard input' : file;
    throw new BridgeError('field/file', `this file cannot be read (${reason})`, { where, cause });
  }
}

/** Columns of text, as wide as their widest cell; the last one is not padded. A cell stays in its place. */
export function table(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((cell) => printable(cell.replaceAll(/[\t\n]/g, ' '))));
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => (row[column] ?? '').length)),
  );
  return cells
    .map((row) =>
      row
        .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
