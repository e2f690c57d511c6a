// A load of MLLP connections, each with one message in flight, as senders in the field have; throughput and latency.
import { connect } from 'node:net';
import { frame } from '../../src/hl7v2/framing.ts';

export interface LoadResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly sent: number;
}

/** Sends from `connections` sockets for `seconds`; `next` gives each message, already unique. */
export async function load(
  port: number,
  connections: number,
  seconds: number,
  next: () => Buffer,
): Promise<LoadResult> {
  const latencies: number[] = [];
  const started = performance.now();
  const end = started + seconds * 1_000;
  await Promise.all(Array.from({ length: connections }, () => sender(port, end, next, latencies)));
  const elapsed = (performance.now() - started) / 1_000;
  const sorted = latencies.toSorted((one, other) => one - other);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { perSecond: latencies.length / elapsed, p50Ms: at(0.5), p99Ms: at(0.99), sent: latencies.length };
}

function sender(port: number, end: number, next: () => Buffer, latencies: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let sentAt = 0;
    const send = (): void => {
      if (performance.now() >= end) {
        socket.end();
        resolve();
        return;
      }
      sentAt = performance.now();
      socket.write(frame(next()));
    };
    socket.once('connect', send);
    socket.once('error', reject);
    socket.on('data', (chunk: Buffer) => {
      // An acknowledgement is small and alone: its end block ends it.
      if (chunk.at(-1) !== 0x0d || chunk.at(-2) !== 0x1c) return;
      if (!chunk.includes('MSA|AA|')) return reject(new Error('an acknowledgement was not AA'));
      latencies.push(performance.now() - sentAt);
      send();
    });
  });
}
