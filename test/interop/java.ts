// The Java side of the interop tests: built by Maven, from its cache where that is enough, and asked by JSON lines.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import { z } from 'zod';

const folder = join(import.meta.dirname, 'java');
const classPath = ['target/classes', 'target/lib/*'].map((path) => join(folder, path)).join(':');

export type Built =
  | { readonly outcome: 'ready' }
  /** Neither Maven nor its repository is at hand: nothing can be said. */
  | { readonly outcome: 'absent'; readonly why: string };

/** Builds the Java side once. @throws Error where its own sources do not compile */
export function build(): Built {
  const mavens = spawnSync('mvn', ['--version'], { encoding: 'utf8' });
  if (mavens.status !== 0) return { outcome: 'absent', why: 'there is no Maven (mvn) on this machine' };
  const version = Number(/Java version: (\d+)/.exec(mavens.stdout)?.[1] ?? '0');
  if (version < 17) return { outcome: 'absent', why: `Java 17 is needed, Maven runs on ${version}` };
  for (const connection of [['--offline'], []]) {
    const made = spawnSync('mvn', ['--batch-mode', '--quiet', ...connection, 'package'], {
      cwd: folder,
      encoding: 'utf8',
    });
    if (made.status === 0 && existsSync(join(folder, 'target/lib'))) return { outcome: 'ready' };
    const said = `${made.stdout}${made.stderr}`;
    if (said.includes('COMPILATION ERROR')) throw new Error(said);
  }
  return { outcome: 'absent', why: 'Maven could not get the libraries' };
}

function start(command: readonly string[]): ChildProcess {
  return spawn('java', ['-Xmx2g', '-cp', classPath, 'interop.Main', ...command], {
    // HAPI leaves a file of its own where it runs.
    cwd: join(folder, 'target'),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

/** One command with its questions; one answer each, in their order. */
export async function ask<T>(
  command: readonly string[],
  questions: readonly unknown[],
  answer: z.ZodType<T>,
): Promise<readonly T[]> {
  const child = start(command);
  const ended = new Promise<number | null>((done) => child.once('exit', done));
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  child.stdin?.end(questions.map((question) => `${JSON.stringify(question)}\n`).join(''));
  const code = await ended;
  const lines = output.split('\n').filter((line) => line !== '');
  if (code !== 0 || lines.length !== questions.length) {
    throw new Error(`${command.join(' ')} ended with ${code} after ${lines.length} of ${questions.length}`);
  }
  return lines.map((line) => answer.parse(JSON.parse(line)));
}

export interface JavaServer {
  readonly port: number;
  /** What it has told since it listens. */
  readonly told: readonly unknown[];
  close(): Promise<void>;
}

/** A command that listens: its first line tells the port. */
export async function serve(command: readonly string[]): Promise<JavaServer> {
  const child = start(command);
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const told: unknown[] = [];
  let rest = '';
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`${command.join(' ')} ended before it listened`)));
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const said: unknown = JSON.parse(line);
        const first = z.object({ port: z.number() }).safeParse(said);
        if (first.success) resolve(first.data.port);
        else told.push(said);
      }
    });
  });
  return {
    port,
    told,
    close: async () => {
      child.stdin?.end();
      await ended;
    },
  };
}
