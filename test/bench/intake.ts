// Durable intake beside a listener that stores nothing, in the same run: 1, 8, 32 and 64 connections.
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import { load } from './load.ts';
import type { LoadResult } from './load.ts';
import { benchMessage } from './messages.ts';

const opened = z.object({ port: z.number() });
const usage = z.object({ cpuSeconds: z.number(), rssMiB: z.number() });

export interface IntakeRow extends LoadResult {
  readonly mode: 'durable' | 'stores nothing';
  readonly connections: number;
  readonly cpuSeconds: number;
  readonly rssMiB: number;
}

let serial = 0;
const next = (): Buffer => benchMessage((serial += 1), 1);

export async function benchIntake(folder: string, seconds: number): Promise<IntakeRow[]> {
  const rows: IntakeRow[] = [];
  for (const mode of ['stores nothing', 'durable'] as const) {
    const child = fork(join(import.meta.dirname, 'intake-server.ts'), [mode === 'durable' ? 'durable' : 'nothing', folder]); // prettier-ignore
    const answer = (): Promise<unknown> => new Promise((resolve) => child.once('message', resolve));
    const { port } = opened.parse(await answer());
    await load(port, 8, 1, next);
    for (const connections of [1, 8, 32, 64]) {
      child.send('usage');
      const before = usage.parse(await answer());
      const result = await load(port, connections, seconds, next);
      child.send('usage');
      const after = usage.parse(await answer());
      rows.push({
        mode,
        connections,
        ...result,
        cpuSeconds: after.cpuSeconds - before.cpuSeconds,
        rssMiB: after.rssMiB,
      });
    }
    child.kill('SIGKILL');
  }
  return rows;
}
