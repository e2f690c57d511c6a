// A listener with a store in memory, and a plain socket that says what it likes: what the listener tests share.
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { createFramer, frame } from '../../src/hl7v2/framing.ts';
import { readAcknowledgement } from '../../src/outbound/mllp-reply.ts';
import type { MllpDeps } from '../../src/inbound/mllp-answer.ts';
import { mllpSettings } from '../../src/inbound/mllp-settings.ts';
import { startMllpListener } from '../../src/inbound/mllp.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import type { Arrival, ProcessedOutcome, Receipt, Refusal } from '../../src/pipeline/arrival.ts';

export interface Bench {
  readonly port: number;
  readonly stored: readonly Arrival[];
  readonly refused: readonly Refusal[];
  readonly log: () => string;
  /** The value of one metric, all labels but `reason` summed. */
  readonly metric: (name: string, reason?: string) => Promise<number>;
  /** What the store does with the next messages. */
  fault: 'none' | 'not-stored' | 'not-stored-once' | 'throws';
  isReady: boolean;
  /** Every store waits for this. */
  gate: Promise<void>;
  /** How processing ended, by row; a row without an entry is still being processed. */
  readonly finishRow: (row: number, outcome: ProcessedOutcome) => void;
  readonly listener: Awaited<ReturnType<typeof startMllpListener>>;
}

/** Starts a listener on a free port. Its `receive` keeps rows as the store would: sender, MSH-10 and bytes. */
export async function startBench(settings: Record<string, unknown> = {}): Promise<Bench> {
  const stored: Arrival[] = [];
  const refused: Refusal[] = [];
  const lines: string[] = [];
  const outcomes = new Map<number, PromiseWithResolvers<ProcessedOutcome>>();
  const outcomeOf = (row: number): PromiseWithResolvers<ProcessedOutcome> => {
    const known = outcomes.get(row) ?? Promise.withResolvers<ProcessedOutcome>();
    outcomes.set(row, known);
    return known;
  };
  const stream = new PassThrough();
  stream.on('data', (line: Buffer) => lines.push(line.toString()));
  const metrics = createMetrics();
  let ids = 0;

  const bench = { fault: 'none' as Bench['fault'], isReady: true, gate: Promise.resolve() };
  const receive = async (arrival: Arrival): Promise<Receipt> => {
    await bench.gate;
    if (bench.fault === 'throws') throw new Error('store is gone');
    const isFailing = bench.fault.startsWith('not-stored');
    if (bench.fault === 'not-stored-once') bench.fault = 'none';
    if (isFailing) return { outcome: 'not-stored', reason: 'storage-failed', retryAfter: 5 };
    const row = stored.findIndex(
      (other) => other.controlId === arrival.controlId && other.body.equals(arrival.body),
    );
    const known = stored[row];
    if (known !== undefined) return { outcome: 'duplicate', row, acknowledgement: known.acknowledgement };
    stored.push(arrival);
    return { outcome: 'stored', row: stored.length - 1, reusedControlId: false };
  };
  const deps: MllpDeps = {
    receive,
    refuse: async (refusal) => {
      await bench.gate;
      if (bench.fault !== 'none') throw new Error('store is gone');
      refused.push(refusal);
    },
    processed: (row) => outcomeOf(row).promise,
    ready: () => bench.isReady,
    log: createLog('info', stream),
    metrics,
    now: () => new Date('2026-07-25T09:30:00Z'),
    newControlId: () => `ACK-${(ids += 1)}`,
  };
  const parsed = mllpSettings.parse({
    port: 0,
    senders: [{ application: 'RIO', facility: '*' }],
    ...settings,
  });
  const listener = await startMllpListener({ ...parsed, feed: 'rio' }, deps);
  const metric = async (name: string, reason?: string): Promise<number> => {
    const { values } = (await metrics.registry.getSingleMetric(`ips_bridge_${name}`)?.get()) ?? {
      values: [],
    };
    return values
      .filter(({ labels }) => reason === undefined || labels['reason'] === reason)
      .reduce((sum, { value }) => sum + value, 0);
  };
  const finishRow = (row: number, outcome: ProcessedOutcome): void => outcomeOf(row).resolve(outcome);
  return Object.assign(bench, {
    listener, port: listener.port, stored, refused, log: () => lines.join(''), metric, finishRow,
  }); // prettier-ignore
}

/** An ADT^A08 of an invented person. */
export function adt(controlId: string, tail = '|||', sender = 'RIO|RXX'): Buffer {
  return Buffer.from(
    `MSH|^~\\&|${sender}|TIE|IPS|20260725||ADT^A08|${controlId}|P|2.4${tail}\rPID|1||9990000018\r`,
  );
}

export interface Peer {
  readonly socket: Socket;
  write(bytes: Buffer | string): void;
  send(message: Buffer): void;
  /** The next `count` acknowledgements as `AA M-1`. Rejects where the connection ends first. */
  acks(count: number): Promise<string[]>;
  readonly closed: Promise<void>;
  /** Acknowledgements that came, as bytes. */
  readonly raw: readonly Buffer[];
}

export async function openPeer(port: number): Promise<Peer> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const framer = createFramer(1_048_576);
  const raw: Buffer[] = [];
  let taken = 0;
  let isClosed = false;
  let changed: () => void = () => undefined;
  socket.on('data', (chunk) => {
    raw.push(...framer.push(chunk).frames);
    changed();
  });
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      isClosed = true;
      changed();
      resolve();
    });
  });
  await new Promise<void>((resolve) => {
    socket.once('connect', resolve);
    socket.once('close', () => resolve());
  });
  const acks = async (count: number): Promise<string[]> => {
    while (raw.length < taken + count) {
      if (isClosed) throw new Error(`closed after ${raw.length} acknowledgements`);
      await new Promise<void>((resolve) => (changed = resolve));
    }
    const found = raw.slice(taken, taken + count).map((bytes) => readAcknowledgement(bytes));
    taken += count;
    return found.map((reply) => `${reply?.code ?? '?'} ${reply?.controlId ?? '?'}`);
  };
  return {
    socket,
    write: (bytes) => void socket.write(bytes),
    send: (message) => void socket.write(frame(message)),
    acks,
    closed,
    raw,
  };
}
