// How commands speak: plain text or JSON on standard output, complaints on standard error, an exit code that a script
// can act on. 0 done · 1 the answer is no, or something failed · 2 the call is wrong · 78 the configuration is (EX_CONFIG).
import { asBridgeError } from '../errors.ts';

export const exitCodes = { done: 0, failed: 1, usage: 2, config: 78 } as const;

export function say(text = ''): void {
  process.stdout.write(`${text}\n`);
}

export function sayJson(value: unknown): void {
  say(JSON.stringify(value, undefined, 2));
}

export function complain(text: string): void {
  process.stderr.write(`${text}\n`);
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
  process.exitCode = error.kind.startsWith('config/') ? exitCodes.config : exitCodes.failed;
}

/** An action of a command whose errors are told, not thrown at the user. */
export function action<A extends unknown[]>(
  run: (...args: A) => Promise<void>,
): (...args: A) => Promise<void> {
  return (...args) => run(...args).catch(fail);
}

/** Columns of text, as wide as their widest cell; the last one is not padded. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
