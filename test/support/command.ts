// The command line as its users run it: a process of its own, what it said, and its exit code.
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';

const launcher = join(resolve(import.meta.dirname, '../..'), 'src/ips-bridge.mjs');

export interface CommandResult {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface CommandOptions {
  readonly databaseUrl?: string;
  /** Standard input; empty unless given. */
  readonly input?: string;
}

/** Runs one command to its end. */
export function runCommand(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const child = spawn(process.execPath, [launcher, ...args], {
    env: {
      ...process.env,
      DATABASE_URL: options.databaseUrl ?? '',
      NODE_OPTIONS: '',
      USER: 'tester',
      SUDO_USER: 'tester',
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  child.stdin.end(options.input ?? '');
  return new Promise((done) => child.once('close', (code) => done({ code, out, err })));
}
