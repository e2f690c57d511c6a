// R2: a positive acknowledgement means that the message is on the disk. Watched from outside, at the system calls: what the
// database writes to its log and flushes, against what the intake reads from and writes to its sender. Where strace is not
// there, or may not trace, that is said and nothing is claimed.
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmod, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLog } from '../../src/log.ts';
import { openMllpClient } from '../../src/outbound/mllp-client.ts';
import { joinEmbedded } from '../../src/store/embedded.ts';

const calls = 'trace=fdatasync,fsync,pwrite64,pwritev,read,write,writev,sendto,sendmsg';
const traceable =
  spawnSync('strace', ['-f', '--seccomp-bpf', '-o', '/dev/null', '-e', calls, 'true']).status === 0;
if (!traceable)
  process.stderr.write('NOT RUN: test/e2e/wal.test.ts needs strace, and leave to trace (Linux)\n');

const messages = Array.from({ length: 25 }, (_, place) => ({
  controlId: `FLUSHED-${place}-BEFORE`,
  body: Buffer.from(`MSH|^~\\&|EPR|RZZ|IPS|RZZ|20260301120000||ADT^A08|FLUSHED-${place}-BEFORE|P|2.4\rPID|1||${place}^^^RZZ^MR\r`),
})); // prettier-ignore

/** One system call; seconds by the one clock of the trace. */
interface Call {
  readonly name: string;
  readonly args: string;
  readonly began: number;
  readonly ended: number;
}

/** Every call of every process and thread, in the order in which they began. */
async function callsIn(folder: string): Promise<readonly Call[]> {
  const files = await readdir(folder);
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'latin1')));
  const found = texts.flatMap((text) => [
    ...text.matchAll(/^(\d+\.\d+) (\w+)\((.*)\) += \d+ <(\d+\.\d+)>$/gm),
  ]);
  return found
    .map(([, began = '', name = '', args = '', took = '']) => ({
      name, args, began: Number(began), ended: Number(began) + Number(took),
    }))
    .sort((one, other) => one.began - other.began); // prettier-ignore
}

/** The segment of the database's log that a call is about, by the path that strace gives for its descriptor. */
const logSegment = ({ args }: Call): string | undefined =>
  /^\d+<([^>]*\/pg_wal\/[0-9A-F]{24})>/.exec(args)?.[1];

/** The start of a framed message at a socket; elsewhere acknowledgements travel too: to the database, into its log. */
const isFramed = ({ args }: Call): boolean => /^\d+<socket:\[\d+\]>, (\[\{iov_base=)?"\\vMSH\|/.test(args);

/** What was seen of one message between its arrival and its acknowledgement. */
function traceOf(all: readonly Call[], controlId: string): Record<'arrived' | 'acknowledged' | 'written' | 'flushed', boolean> {
  const of = all.filter(({ args }) => args.includes(controlId));
  const arrived = of.find((call) => call.name === 'read' && isFramed(call));
  const acknowledged = of.find((call) => call.name !== 'read' && isFramed(call) && call.args.includes('MSA|AA|'));
  const [from, until] = [arrived?.ended ?? Infinity, acknowledged?.began ?? -Infinity];
  const written = of.filter((call) => call.name.startsWith('pwrite') && logSegment(call) !== undefined && call.began > from);
  const flushed = all.filter((call) => call.name.endsWith('sync') && call.ended < until);
  return {
    arrived: arrived !== undefined,
    acknowledged: acknowledged !== undefined,
    written: written.length > 0,
    flushed: flushed.some((flush) => written.some((write) => logSegment(write) === logSegment(flush) && write.ended <= flush.began)),
  };
} // prettier-ignore

describe('the write-ahead log', () => {
  let folder = '';
  let traces = '';
  let strace: ChildProcess | undefined;

  beforeAll(async () => {
    if (!traceable) return;
    folder = await mkdtemp(join(tmpdir(), 'ips-bridge-wal-'));
    traces = await mkdtemp(join(tmpdir(), 'ips-bridge-wal-'));
    // The server's own account passes through.
    await chmod(folder, 0o711);
    // Making the database is not what is looked at.
    await (await joinEmbedded(folder, { log: createLog('silent') })).leave();
  });

  afterAll(async () => {
    if (!traceable) return;
    if (strace !== undefined) await stop(strace);
    await rm(folder, { recursive: true, force: true });
    await rm(traces, { recursive: true, force: true });
  });

  /** Ends the intake, and then the server, which it has left behind; strace ends with the last process that it follows. */
  async function stop(tracer: ChildProcess): Promise<void> {
    strace = undefined;
    const ended = new Promise((resolve) => tracer.once('exit', resolve));
    const children = await readFile(`/proc/${tracer.pid}/task/${tracer.pid}/children`, 'utf8');
    const [intake] = children.split(' ').map(Number);
    if (intake !== undefined && intake > 0) process.kill(intake, 'SIGKILL');
    await (await joinEmbedded(folder, { log: createLog('silent') })).leave();
    await ended;
  }

  (traceable ? it : it.skip)(
    'R2 each message is written to the log and flushed after it came and before it is acknowledged',
    async () => {
      const intake = join(import.meta.dirname, '..', 'bench', 'intake-server.ts');
      const options = [
        '-f',
        '--seccomp-bpf',
        '-ff',
        '-ttt',
        '-T',
        '-y',
        '-s',
        '100000',
        '-o',
        join(traces, 'call'),
        '-e',
        calls,
      ];
      strace = spawn('strace', [...options, '--', process.execPath, intake, 'durable', folder], {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      }); // prettier-ignore
      const started = strace;
      const told = await new Promise((resolve) => started.once('message', resolve));
      const { port } = z.object({ port: z.number() }).parse(told);
      const client = await openMllpClient({ host: '127.0.0.1', port });
      for (const { body } of messages) expect(await client.send(body)).toMatchObject({ code: 'AA' });
      await client.close();
      await stop(started);

      const all = await callsIn(traces);
      const seen = messages.map(({ controlId }) => ({ controlId, ...traceOf(all, controlId) }));
      expect(seen).toEqual(
        messages.map(({ controlId }) => ({
          controlId,
          arrived: true,
          acknowledged: true,
          written: true,
          flushed: true,
        })),
      );
    },
  );
});
