// /livez, /readyz and /metrics: for the platform that runs the service. They name parts of the program and reasons
// written by it, nothing about people, and so need no token.
import { Router } from 'express';
import type { Metrics } from '../metrics.ts';

/** One thing that must be there before the service takes messages. */
export interface Readiness {
  readonly part: string;
  readonly ready: boolean;
  /** What is missing and what it means: "the database does not answer; messages are not acknowledged". */
  readonly message?: string;
}

export interface HealthDeps {
  readonly metrics: Metrics;
  readonly readiness: () => Promise<readonly Readiness[]>;
  /** Brings the gauges that are read from the database up to date; called at most every 5 s. */
  readonly refreshGauges: () => Promise<void>;
}

export function healthRoutes(deps: HealthDeps): Router {
  const router = Router();
  router.get('/livez', (_request, response) => {
    response.json({ live: true });
  });
  router.get('/readyz', async (_request, response) => {
    const parts = await deps.readiness();
    const ready = parts.every((part) => part.ready);
    if (!ready) response.set('Retry-After', '5');
    response.status(ready ? 200 : 503).json({ ready, parts });
  });
  const refresh = refreshing(deps);
  router.get('/metrics', async (_request, response) => {
    await refresh();
    response.set('Content-Type', deps.metrics.registry.contentType);
    response.send(await deps.metrics.registry.metrics());
  });
  return router;
}

/** However often somebody looks, the database is asked at most once in so long. */
const readEveryMs = 5_000;
/** How long a look waits for the database. */
const patienceMs = 2_000;

/**
 * Brings the gauges up to date, at most every 5 s. Where the database does not answer in time they are taken away: an
 * old number would say that all is well.
 */
function refreshing({ metrics, refreshGauges }: HealthDeps): () => Promise<void> {
  let readAt = -Infinity;
  let reading: Promise<void> | undefined;
  const forget = (): void => {
    for (const gauge of [metrics.waiting, metrics.oldestWaiting, metrics.outboxWaiting, metrics.paused])
      gauge.reset();
  };
  return async () => {
    if (reading === undefined && performance.now() - readAt >= readEveryMs) {
      readAt = performance.now();
      reading = refreshGauges()
        .catch(forget)
        .finally(() => (reading = undefined));
    }
    if (reading === undefined) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, patienceMs, 'late' as const);
    });
    if ((await Promise.race([reading, late])) === 'late') forget();
    clearTimeout(timer);
  };
}
