// The lease of a claim, for as long as the destination is asked things on its behalf.
import type { Log } from '../log.ts';
import type { Store } from '../store/database.ts';
import { renewLease } from '../store/delivery.ts';
import type { ClaimedEffect } from '../store/delivery.ts';

/**
 * Renewed while there is something to wait for, and given up by its holder before it ends; so it need not outlast every
 * request, and what a process that died or froze had claimed is free again well within 20 s.
 */
export const leaseMs = 12_000;

/**
 * Keeps the lease while the destination is asked several things in turn, each of which may take its time. Whoever cannot
 * renew it, because the database is away or the process was frozen, gives up what it is at before somebody else begins.
 */
export async function whileHolding<T>(
  deps: { readonly store: Store; readonly log: Log },
  effect: Pick<ClaimedEffect, 'row' | 'attempt'>,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
  lastsMs = leaseMs,
): Promise<T> {
  const lasting = new AbortController();
  const giveUp = (): void => lasting.abort();
  const lapse = setTimeout(giveUp, lastsMs * 0.9);
  const renew = async (): Promise<void> => {
    try {
      if (await renewLease(deps.store, effect.row, effect.attempt, lastsMs)) lapse.refresh();
      else giveUp();
    } catch (thrown) {
      deps.log.warn('lease-not-renewed', { row: effect.row }, thrown);
    }
  };
  if (signal.aborted) giveUp();
  signal.addEventListener('abort', giveUp);
  const timer = setInterval(() => void renew(), lastsMs / 3);
  try {
    return await work(lasting.signal);
  } finally {
    clearInterval(timer);
    clearTimeout(lapse);
    signal.removeEventListener('abort', giveUp);
  }
}
