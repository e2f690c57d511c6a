// Receive: stores what a listener hands over and says when it is on disk. Messages that arrive while a commit is under
// way join the next one; one commit is in flight per process, so that the order of arrival is the order of rows.
// Where storing fails nothing is acknowledged, and nothing is taken on until a probe succeeds (requirements R2, R11).
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { insertArrivals, proveWritable } from '../store/inbox.ts';
import type { Insertion } from '../store/inbox.ts';
import { waitingUpTo } from '../store/intake-bounds.ts';
import { isConflict, isTransient } from '../store/transient.ts';
import type { Store } from '../store/database.ts';
import type { Arrival, Receipt, Receive, Refuse } from './arrival.ts';
import { createRefuse } from './refuse.ts';

interface ReceiveLimits {
  /** Rows stored and not yet processed, over all feeds; beyond it nothing is taken on. */
  readonly maxWaiting: number;
}

type NotReady = 'storage-failed' | 'too-many-waiting' | 'disk-nearly-full' | 'stopping';

export interface Receiver {
  readonly receive: Receive;
  /** Rejects where the refused message could not be kept. */
  readonly refuse: Refuse;
  /** Whether a message would be taken on now. */
  ready(): { readonly ok: true } | { readonly ok: false; readonly reason: NotReady };
  /** Takes nothing more, and waits for what was taken. */
  close(): Promise<void>;
}

const groupRows = 500;
const groupBytes = 8 * 1024 * 1024;
/** Bytes that may wait for a commit; beyond it we are full, whatever the database says. */
const queueBytes = 256 * 1024 * 1024;
const probeMs = 1_000;
/** Counting a long backlog is work for the database: it may take this share of the time, and no more. */
const countShare = 0.05;
/** Free space under which the embedded database takes nothing on: this share of the disk, at most so many bytes. */
const freeShare = 0.1;
const freeBytes = 5 * 1024 ** 3;

type NotStored = Extract<Receipt, { outcome: 'not-stored' }>;

const notStored: Readonly<Record<NotReady, NotStored>> = {
  'storage-failed': { outcome: 'not-stored', reason: 'storage-failed', retryAfter: 5 },
  'too-many-waiting': { outcome: 'not-stored', reason: 'full', retryAfter: 30 },
  'disk-nearly-full': { outcome: 'not-stored', reason: 'full', retryAfter: 30 },
  stopping: { outcome: 'not-stored', reason: 'stopping', retryAfter: 5 },
};

interface Waiting {
  readonly arrival: Arrival;
  readonly answer: (receipt: Receipt) => void;
}

/** What became of each message of a group: `failure` is undefined where all of them are stored. */
interface Stored {
  readonly results: readonly (Insertion | undefined)[];
  readonly failure: unknown;
}

/**
 * Stores a group in one commit. A deadlock or serialisation failure, or a message that the database will not take, is
 * tried once more together and then message by message, so that one never fails its neighbours.
 */
async function storeGroup(store: Store, group: readonly Arrival[], log: Log): Promise<Stored> {
  for (const attempt of [1, 2]) {
    try {
      return { results: await insertArrivals(store, group), failure: undefined };
    } catch (failure) {
      if (isTransient(failure) && !isConflict(failure)) return { results: [], failure };
      log.warn('group-commit-failed', { rows: group.length, attempt }, failure);
    }
  }
  const results: (Insertion | undefined)[] = [];
  let failure: unknown;
  for (const arrival of group) {
    try {
      results.push((await insertArrivals(store, [arrival]))[0]);
    } catch (thrown) {
      failure = thrown;
      results.push(undefined);
      if (isTransient(thrown) && !isConflict(thrown)) break;
      log.error('message-not-storable', { feed: arrival.feed }, thrown);
    }
  }
  return { results, failure };
}

/** Takes the next group from the front of the queue: a bounded number of rows and bytes, at least one row. */
function takeGroup(queue: Waiting[]): Waiting[] {
  let bytes = 0;
  let rows = 0;
  for (const { arrival } of queue) {
    bytes += arrival.body.length;
    if (rows === groupRows || (rows > 0 && bytes > groupBytes)) break;
    rows += 1;
  }
  return queue.splice(0, rows);
}

export interface ReceiverDeps {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly limits: ReceiveLimits;
  /** Milliseconds; for timing the commits only. */
  readonly now: () => number;
}

/**
 * Starts the intake of one process; it has looked at the database once before it resolves. It counts received,
 * duplicate and refused messages, reused control ids and storage failures, and times the commits: listeners do not.
 */
export async function createReceiver(store: Store, deps: ReceiverDeps): Promise<Receiver> {
  const { log, metrics } = deps;
  const queue: Waiting[] = [];
  let queued = 0;
  let running: Promise<void> | undefined;
  let fault: 'storage-failed' | 'disk-nearly-full' | undefined;
  /** Waiting rows when last counted, and those stored since. */
  let depth = 0;
  let countAgainAt = 0;
  let closing = false;

  const notReady = (): NotReady | undefined => {
    if (closing) return 'stopping';
    return fault ?? (depth >= deps.limits.maxWaiting ? 'too-many-waiting' : undefined);
  };
  const setFault = (next: typeof fault, thrown?: unknown): void => {
    if (next === fault) return;
    if (next === undefined) log.info('intake-ready');
    else log.error('intake-not-ready', { message: next }, thrown);
    fault = next;
  };
  /** Asks the database something; counts the backlog where that is due. */
  const count = async (): Promise<void> => {
    await waitingUpTo(store.intake, 1);
    const started = deps.now();
    if (started < countAgainAt) return;
    depth = await waitingUpTo(store.intake, deps.limits.maxWaiting);
    countAgainAt = started + (deps.now() - started) / countShare;
  };
  const probe = async (): Promise<void> => {
    try {
      if (fault === 'storage-failed') await proveWritable(store);
      await count();
      const space = await store.freeSpace();
      const low = space !== undefined && space.free < Math.min(space.total * freeShare, freeBytes);
      setFault(low ? 'disk-nearly-full' : undefined);
    } catch (thrown) {
      setFault('storage-failed', thrown);
    }
  };

  const settle = (group: readonly Waiting[], { results, failure }: Stored): void => {
    if (failure !== undefined && !results.some((result) => result !== undefined))
      setFault('storage-failed', failure);
    group.forEach(({ arrival: { feed }, answer }, place) => {
      const result = results[place];
      if (result === undefined) {
        metrics.storageFailures.inc({ feed });
        answer(notStored['storage-failed']);
        return;
      }
      if (result.outcome === 'duplicate') metrics.duplicates.inc({ feed });
      else {
        depth += 1;
        metrics.received.inc({ feed });
        if (result.reusedControlId) {
          metrics.reusedControlIds.inc({ feed });
          log.warn('control-id-reused', { feed, row: result.row });
        }
      }
      answer(result);
    });
  };
  const drain = async (): Promise<void> => {
    while (queue.length > 0) {
      const group = takeGroup(queue);
      queued -= group.reduce((sum, { arrival }) => sum + arrival.body.length, 0);
      const started = deps.now();
      const arrivals = group.map(({ arrival }) => arrival);
      const stored = await storeGroup(store, arrivals, log);
      metrics.commit.observe((deps.now() - started) / 1_000);
      settle(group, stored);
    }
    // Here and not when the promise settles: whoever was answered just now may already have added the next one.
    running = undefined;
  };

  await probe();
  let probing: Promise<void> | undefined;
  const timer = setInterval(() => {
    probing ??= probe().finally(() => (probing = undefined));
  }, probeMs);

  return {
    receive: (arrival) => {
      const reason = notReady() ?? (queued >= queueBytes ? 'too-many-waiting' : undefined);
      if (reason !== undefined) {
        metrics.storageFailures.inc({ feed: arrival.feed });
        return Promise.resolve(notStored[reason]);
      }
      return new Promise((answer) => {
        queue.push({ arrival, answer });
        queued += arrival.body.length;
        running ??= drain();
      });
    },
    refuse: createRefuse(store, {
      log,
      metrics,
      notReady,
      failed: (thrown) => {
        if (isTransient(thrown)) setFault('storage-failed', thrown);
      },
    }),
    ready: () => {
      const reason = notReady();
      return reason === undefined ? { ok: true } : { ok: false, reason };
    },
    close: async () => {
      closing = true;
      clearInterval(timer);
      await Promise.all([running, probing]);
    },
  };
}
