// Refusals: what was answered AR or CR is kept for people to look at, within bounds that a peer who is refused all day
// cannot exceed. Whoever is told that a message was refused may rely on its bytes being kept; where they cannot be, or
// where nothing is taken on at all, there is no answer (requirements R2, R7).
import { BridgeError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Store } from '../store/database.ts';
import { keepRefusal } from '../store/inbox.ts';
import { sweepRefusals } from '../store/intake-bounds.ts';
import type { Refuse } from './arrival.ts';

/** Of a longer body the beginning is kept: enough to see who sent what, and why it was refused. */
const keptBytes = 64 * 1_024;
/** The newest of each feed are kept: at most 320 MB with their bodies. */
const keptRows = 5_000;
const sweepEvery = 100;

export interface RefuseDeps {
  readonly log: Log;
  readonly metrics: Metrics;
  /** Why nothing is taken on now, if so. */
  readonly notReady: () => string | undefined;
  /** Hears of a refusal that could not be written. */
  readonly failed: (thrown: unknown) => void;
}

/** Resolves when the refused message is on disk; rejects, `internal/not-ready` or as the database does, where it is not. */
export function createRefuse(store: Store, { log, metrics, notReady, failed }: RefuseDeps): Refuse {
  const kept = new Map<string, number>();
  return async (refusal) => {
    const { feed, kind, body } = refusal;
    const reason = notReady();
    if (reason !== undefined) {
      metrics.storageFailures.inc({ feed });
      throw new BridgeError('internal/not-ready', `nothing is taken on now: ${reason}`);
    }
    try {
      await keepRefusal(store, { ...refusal, body: body.subarray(0, keptBytes) });
    } catch (thrown) {
      metrics.storageFailures.inc({ feed });
      failed(thrown);
      throw thrown;
    }
    metrics.refused.inc({ feed, kind });
    const count = kept.get(feed) ?? 0;
    kept.set(feed, count + 1);
    if (count % sweepEvery > 0) return;
    try {
      const rows = await sweepRefusals(store, feed, keptRows);
      if (rows > 0) log.info('refusals-swept', { feed, rows });
    } catch (thrown) {
      log.warn('refusals-not-swept', { feed }, thrown);
    }
  };
}
