// Who waits for the outcome of a stored row (a sender that asked for an application acknowledgement) hears of it at
// once when this process carried the row through, and within seconds when another replica did.
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

type Waiter = (outcome: ProcessedOutcome) => void;

const pollMs = 1_000;
/** Rows asked about in one look; the others have their turn at the next ones. */
const rowsPerLook = 500;

export function watchProcessed(store: Store, deps: { readonly log: Log }): ProcessedWatch {
  const waiters = new Map<number, Set<Waiter>>();
  const tell = (row: number, outcome: ProcessedOutcome): void => {
    const told = waiters.get(row);
    waiters.delete(row);
    for (const waiter of told ?? []) waiter(outcome);
  };
  const look = async (): Promise<void> => {
    const turn = [...waiters.entries().take(rowsPerLook)];
    for (const [row, waiting] of turn) {
      // To the end: a map keeps its order, and whoever has been looked at waits for the rest.
      waiters.delete(row);
      waiters.set(row, waiting);
    }
    for (const [row, state] of await rowStates(store, turn.map(([row]) => row))) {
      if (state !== 'received') tell(row, state === 'processed' ? 'processed' : 'held');
    } // prettier-ignore
  };
  let looking: Promise<void> | undefined;
  const timer = setInterval(() => {
    if (waiters.size === 0) return;
    looking ??= look()
      .catch(() => deps.log.debug('watch-failed'))
      .finally(() => (looking = undefined));
  }, pollMs);

  return {
    processed: (row, signal) =>
      new Promise((resolve, reject) => {
        // The signal is a connection's, which may stay for months: nothing of an answered message is left on it.
        const waiter: Waiter = (outcome) => {
          signal.removeEventListener('abort', leave);
          resolve(outcome);
        };
        const leave = (): void => {
          const waiting = waiters.get(row);
          waiting?.delete(waiter);
          if (waiting?.size === 0) waiters.delete(row);
          reject(new DOMException('nobody waits any more', 'AbortError'));
        };
        if (signal.aborted) {
          leave();
          return;
        }
        signal.addEventListener('abort', leave, { once: true });
        waiters.set(row, (waiters.get(row) ?? new Set<Waiter>()).add(waiter));
      }),
    tell,
    close: () => clearInterval(timer),
  };
}
