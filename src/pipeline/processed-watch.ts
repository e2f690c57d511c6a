// Who waits for the outcome of a stored row (a sender that asked for an application acknowledgement) hears of it at
// once when this process carried the row through, and within a second when another replica did.
import type { Log } from '../log.ts';
import type { Store } from '../store/database.ts';
import { rowStates } from '../store/inbox-rows.ts';
import type { ProcessedOutcome } from './arrival.ts';

export interface ProcessedWatch {
  /** Resolves when the row has been processed or held; rejects when `signal` fires first. */
  readonly processed: (row: number, signal: AbortSignal) => Promise<ProcessedOutcome>;
  /** This process has just carried a row through. */
  readonly tell: (row: number, outcome: ProcessedOutcome) => void;
  readonly close: () => void;
}

interface Waiter {
  readonly resolve: (outcome: ProcessedOutcome) => void;
}

const pollMs = 1_000;

export function watchProcessed(store: Store, deps: { readonly log: Log }): ProcessedWatch {
  const waiters = new Map<number, Set<Waiter>>();
  const tell = (row: number, outcome: ProcessedOutcome): void => {
    for (const waiter of waiters.get(row) ?? []) waiter.resolve(outcome);
    waiters.delete(row);
  };
  const look = async (rows: readonly number[]): Promise<void> => {
    for (const [row, state] of await rowStates(store, rows)) {
      if (state !== 'received') tell(row, state === 'processed' ? 'processed' : 'held');
    }
  };
  const timer = setInterval(() => {
    if (waiters.size === 0) return;
    look([...waiters.keys()]).catch(() => deps.log.debug('watch-failed'));
  }, pollMs);

  return {
    processed: (row, signal) =>
      new Promise((resolve, reject) => {
        const waiter: Waiter = { resolve };
        const known = waiters.get(row) ?? new Set();
        waiters.set(row, known.add(waiter));
        signal.addEventListener('abort', () => {
          known.delete(waiter);
          if (known.size === 0) waiters.delete(row);
          reject(new DOMException('nobody waits any more', 'AbortError'));
        });
      }),
    tell,
    close: () => clearInterval(timer),
  };
}
