// What can be made to go wrong in the sandbox's EPR: scripted for tests, or by chance from a seed for long runs (the
// same seed gives the same faults to the same requests).

export type Fault =
  /** Answered with this status, nothing carried out. `retryAfter` as the header's text: seconds or an HTTP date. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string }
  | { readonly kind: 'redirect'; readonly location: string }
  /** Waits before the request is carried out, or between that and the reply. */
  | { readonly kind: 'slow'; readonly ms: number; readonly when: 'before' | 'after' }
  /** The socket is closed before the request is carried out. */
  | { readonly kind: 'lost-request' }
  /** Carried out in full; the socket is closed instead of a reply. */
  | { readonly kind: 'lost-reply' }
  /** Carried out in full; the socket is closed in the middle of the reply. */
  | { readonly kind: 'truncated' };

interface FaultyRequest {
  readonly method: string;
  /** Without base and query: `/Patient/_search`, `/` for a transaction. */
  readonly path: string;
}

/** Asked once for each request; undefined lets it through. */
export type FaultPlan = (request: FaultyRequest) => Fault | undefined;

export interface ScriptedFault {
  readonly method?: string;
  readonly path?: string;
  /** How many requests it strikes; 1 unless given. */
  readonly times?: number;
  readonly fault: Fault;
}

/** Strikes the first requests that fit, in the order of the script. */
export function scriptedFaults(script: readonly ScriptedFault[]): FaultPlan {
  const left = script.map((each) => ({ ...each, times: each.times ?? 1 }));
  return ({ method, path }) => {
    const next = left.find(
      (each) =>
        each.times > 0 &&
        (each.method === undefined || each.method === method) &&
        (each.path === undefined || each.path === path),
    );
    if (next === undefined) return undefined;
    next.times -= 1;
    return next.fault;
  };
}

/** Strikes a share of all requests (`rate` 0 to 1) with one of `faults`, by `random` (0 <= n < 1). */
export function randomFaults(rate: number, faults: readonly Fault[], random: () => number): FaultPlan {
  return () => (random() < rate ? faults[Math.floor(random() * faults.length)] : undefined);
}
