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
  /** Brings the gauges that are read from the database up to date. */
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
  router.get('/metrics', async (_request, response) => {
    await deps.refreshGauges().catch(() => undefined);
    response.set('Content-Type', deps.metrics.registry.contentType);
    response.send(await deps.metrics.registry.metrics());
  });
  return router;
}
