// The chaos plan: what happens when, all of it from one seed, so that a failing seed can be played again.
import { seededRandom } from '../../src/sandbox/random.ts';
import type { ProxyMode } from './proxy.ts';

export type Act =
  | { readonly kind: 'kill' }
  /** SIGSTOP, and SIGCONT after so long. */
  | { readonly kind: 'freeze'; readonly ms: number }
  /** PostgreSQL: a fast shutdown, or a crash; its supervisor starts it again. */
  | { readonly kind: 'restart-database'; readonly signal: 'SIGINT' | 'SIGKILL' }
  | { readonly kind: 'database-network'; readonly mode: ProxyMode; readonly ms: number }
  | { readonly kind: 'epr-network'; readonly mode: ProxyMode; readonly ms: number }
  | { readonly kind: 'reset'; readonly which: 'database' | 'epr' }
  /** The disk of the database is full for so long. */
  | { readonly kind: 'fill-disk'; readonly ms: number }
  /** The senders' connections break in the middle of what they are doing. */
  | { readonly kind: 'cut-senders' };

export interface PlannedAct {
  /** Milliseconds since the act before it; since the service was ready again, where that was a kill. */
  readonly after: number;
  readonly act: Act;
}

const weights = {
  kill: 24, freeze: 8, 'restart-database': 7, 'database-network': 14, 'epr-network': 26, reset: 8, 'fill-disk': 5,
  'cut-senders': 8,
} as const; // prettier-ignore

/** The acts of one seed, in order. */
export function chaosPlan(seed: number, count: number): PlannedAct[] {
  const random = seededRandom(seed);
  const mode = (truncates: boolean): ProxyMode => {
    const kind = random.weighted({ cut: 30, delay: 25, swallow: 20, truncate: truncates ? 25 : 0 });
    if (kind === 'delay') return { kind, ms: random.between(50, 800) };
    if (kind === 'truncate') return { kind, bytes: random.pick([0, 10, 120, 700]) };
    return { kind };
  };
  const act = (): Act => {
    const kind = random.weighted(weights);
    switch (kind) {
      case 'kill':
      case 'cut-senders':
        return { kind };
      case 'freeze':
        return { kind, ms: random.between(200, 3_000) };
      case 'restart-database':
        return { kind, signal: random.pick(['SIGINT', 'SIGKILL']) };
      case 'database-network':
        return { kind, mode: mode(false), ms: random.between(100, 1_500) };
      case 'epr-network':
        return { kind, mode: mode(true), ms: random.between(100, 2_500) };
      case 'reset':
        return { kind, which: random.pick(['database', 'epr']) };
      case 'fill-disk':
        return { kind, ms: random.between(300, 1_500) };
    }
  };
  return Array.from({ length: count }, () => ({ after: random.between(200, 1_800), act: act() }));
}
