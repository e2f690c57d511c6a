// The running service: the only place that puts the parts together. Starts in the order store, outbox, processing,
// HTTP, listeners, jobs, and stops as pipeline/shutdown.ts says.
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Readiness } from './api/health.ts';
import { closeHttp, createHttpApp, listenHttp } from './api/server.ts';
import {
  announce,
  announceFolders,
  announcePaused,
  announceStranded,
  partsOf,
  readinessOf,
} from './app/announce.ts';
import { startDelivery } from './app/delivery.ts';
import {
  factContextOf,
  interpretationOf,
  kindsCarried,
  queueingOf,
  routesOf,
  rulesSent,
} from './app/interpretation.ts';
import { startProcessing } from './app/processing.ts';
import { tokensOf } from './app/tokens.ts';
import type { Config } from './config.ts';
import { startMllpListener } from './inbound/mllp.ts';
import type { MllpListener } from './inbound/mllp.ts';
import { deriveFacts } from './ips/facts.ts';
import { ownerFor } from './ips/owner.ts';
import { standingOf } from './ips/standing.ts';
import { startJobs } from './jobs/schedule.ts';
import type { Log } from './log.ts';
import { createMetrics } from './metrics.ts';
import { refreshGauges } from './pipeline/gauges.ts';
import type { Interpretation } from './pipeline/interpretation.ts';
import { watchProcessed } from './pipeline/processed-watch.ts';
import type { ProcessDeps } from './pipeline/process.ts';
import { createReceiver } from './pipeline/receive.ts';
import { stopAll } from './pipeline/shutdown.ts';
import type { Running } from './pipeline/shutdown.ts';
import { openStore } from './store/database.ts';
import type { Store } from './store/database.ts';
import { applyLive } from './store/outbox.ts';
import { openWake } from './store/wake.ts';

export interface App {
  readonly httpPort: number;
  /** Ports of the feeds, by feed. */
  readonly feedPorts: ReadonlyMap<string, number>;
  readonly store: Store;
  readonly interpretation: Interpretation;
  readonly readiness: () => Promise<readonly Readiness[]>;
  /** Stops in order, within 10 s whatever hangs; the same stop however often it is called. */
  stop(): Promise<void>;
}

/**
 * Starts the service.
 * @throws BridgeError config/… when the configuration, its mappings or rules, the database or a port does not allow it
 */
export async function startApp(config: Config, deps: { readonly log: Log }): Promise<App> {
  const { log } = deps;
  const now = (): Date => new Date();
  const metrics = createMetrics();
  const interpretation = interpretationOf(config);
  const tokens = tokensOf(config);
  announce(interpretation, config, log);

  // Asked for by itself: a secret that is missing is a fault of the configuration, and no database that is away.
  if ('url' in config.database) config.database.url();
  const store = await openStore(config.database, { log });
  const running: Running = { intake: [], delivery: [], work: [] };
  running.store = { name: 'store', stop: () => store.close() };
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= stopAll(running, log));
  try {
    const routes = routesOf(config);
    await announceStranded(store, config, log);
    await announcePaused(store, log);
    await announceFolders(config, log);
    for (const settings of config.destinations) {
      const { id: destination, live } = settings;
      const sent = { rulesOn: rulesSent(interpretation), carries: kindsCarried(config, settings) };
      const { promoted, demoted } = await applyLive(store, destination, live, sent);
      if (promoted + demoted > 0) log.info('live-applied', { destination, count: promoted, rows: demoted }); // prettier-ignore
    }

    const owner = `${hostname()}:${process.pid}`;
    const facts = factContextOf(config, interpretation);
    const { mappings, rules } = interpretation;
    const current = (): ProcessDeps => ({ mappings, rules, routes, facts });
    const watch = watchProcessed(store, { log });
    running.work.push({ name: 'watch', stop: () => watch.close() });
    const inbox = startProcessing(config, { store, current, tell: watch.tell, log, metrics });
    running.work.push({ name: 'process', stop: (graceMs) => inbox.stop(graceMs) });
    const outbox = startDelivery(config, interpretation, routes, {
      store,
      owner,
      ownerOf: (record, decision, at) =>
        ownerFor(deriveFacts(record, { ...facts, at }), decision.team.id, mappings.teams),
      standingOf: (record, at) => standingOf(deriveFacts(record, { ...facts, at })),
      now,
      jitter: Math.random,
      log,
      metrics,
    });
    running.delivery.push({ name: 'deliver', stop: (graceMs) => outbox.stop(graceMs) });
    const wake = openWake(store, (topic) => (topic === 'inbox' ? inbox : outbox).wake(), { log });
    running.work.push({ name: 'wake', stop: () => wake.close() });

    const receiver = await createReceiver(store, {
      log,
      metrics,
      limits: config.intake,
      now: () => performance.now(),
    });
    running.work.push({ name: 'receive', stop: () => receiver.close() });
    const listeners = new Map<string, MllpListener>();
    const readiness = (): Promise<readonly Readiness[]> =>
      Promise.resolve(readinessOf(receiver, config, listeners));
    const http = await listenHttp(
      createHttpApp({
        store,
        metrics,
        tokens,
        log,
        now,
        readiness,
        receive: receiver.receive,
        notes: config.notes,
        queueing: queueingOf(config),
        refreshGauges: () => refreshGauges(store, metrics),
        parts: partsOf(config),
      }),
      config.http.host,
      config.http.port,
    );
    running.intake.push({ name: 'http', stop: () => closeHttp(http.server, 1_000) });
    for (const { feed, mllp } of config.feeds) {
      const listener = await startMllpListener({ ...mllp, feed }, {
        receive: receiver.receive,
        refuse: receiver.refuse,
        processed: watch.processed,
        ready: () => receiver.ready().ok,
        log, metrics, now,
        newControlId: () => randomBytes(10).toString('hex').toUpperCase(),
      }); // prettier-ignore
      running.intake.push({ name: `feed ${feed}`, stop: () => listener.close() });
      listeners.set(feed, listener);
    }
    const jobs = startJobs({
      store,
      settings: config.jobs,
      current,
      owner,
      now,
      log,
      metrics,
    });
    running.intake.push({ name: 'jobs', stop: () => jobs.stop() });
    metrics.collectProcess();
    const feedPorts = new Map([...listeners].map(([feed, listener]) => [feed, listener.port]));
    log.info('ready', { port: http.port, version: rules.hash.slice(0, 12) });
    return { httpPort: http.port, feedPorts, store, interpretation, readiness, stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}
