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
import { openInForce } from './app/in-force.ts';
import type { InForce } from './app/in-force.ts';
import { kindsCarried, queueingOf, rulesSent } from './app/interpretation.ts';
import { startProcessing } from './app/processing.ts';
import { tokensOf } from './app/tokens.ts';
import type { Config } from './config.ts';
import { asBridgeError } from './errors.ts';
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
import type { PersonRecord } from './record/person.ts';
import { openStore } from './store/database.ts';
import type { Store } from './store/database.ts';
import { applyLive } from './store/outbox.ts';
import { openWake } from './store/wake.ts';

export interface App {
  readonly httpPort: number;
  /** Ports of the feeds, by feed. */
  readonly feedPorts: ReadonlyMap<string, number>;
  readonly store: Store;
  /** The mappings and rules in force. */
  readonly interpretation: () => Interpretation;
  readonly readiness: () => Promise<readonly Readiness[]>;
  /** Takes the mappings and rules as they stand on disk now, whole or not at all; says in the log which. Never throws. */
  reload(): Promise<void>;
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
  const inForce = openInForce(config);
  const tokens = tokensOf(config);
  announce(inForce.now().interpretation, config, log);

  // Asked for by itself: a secret that is missing is a fault of the configuration, and no database that is away.
  if ('url' in config.database) config.database.url();
  const store = await openStore(config.database, { log });
  const running: Running = { intake: [], delivery: [], work: [] };
  running.store = { name: 'store', stop: () => store.close() };
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= stopAll(running, log));
  try {
    await announceStranded(store, config, log);
    await announcePaused(store, log);
    await announceFolders(config, log);
    await makeLive(store, config, inForce, log);

    const owner = `${hostname()}:${process.pid}`;
    const current = (): ProcessDeps => inForce.now().deps;
    const factsOf = (record: PersonRecord, at: Date) => deriveFacts(record, { ...current().facts, at });
    const watch = watchProcessed(store, { log });
    running.work.push({ name: 'watch', stop: () => watch.close() });
    const inbox = startProcessing(config, { store, current, tell: watch.tell, log, metrics });
    running.work.push({ name: 'process', stop: (graceMs) => inbox.stop(graceMs) });
    const outbox = startDelivery(config, current, {
      store,
      owner,
      ownerOf: (record, decision, at) =>
        ownerFor(factsOf(record, at), decision.team.id, current().mappings.teams),
      standingOf: (record, at) => standingOf(factsOf(record, at)),
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
    log.info('ready', { port: http.port, version: current().rules.hash.slice(0, 12) });
    const interpretation = (): Interpretation => inForce.now().interpretation;
    const reload = (): Promise<void> => reloadAll(store, config, inForce, log);
    return { httpPort: http.port, feedPorts, store, interpretation, readiness, reload, stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

/** Fits what waits to what is live, and to the rules that are in force. */
async function makeLive(store: Store, config: Config, inForce: InForce, log: Log): Promise<void> {
  for (const settings of config.destinations) {
    const { id: destination, live } = settings;
    const sent = {
      rulesOn: rulesSent(inForce.now().interpretation),
      carries: kindsCarried(config, settings),
    };
    const { promoted, demoted } = await applyLive(store, destination, live, sent);
    if (promoted + demoted > 0) log.info('live-applied', { destination, count: promoted, rows: demoted });
  }
}

async function reloadAll(store: Store, config: Config, inForce: InForce, log: Log): Promise<void> {
  try {
    announce(inForce.renew().interpretation, config, log);
  } catch (thrown) {
    const error = asBridgeError(thrown);
    const faults = error.findings.length > 0 ? error.findings : [error];
    for (const { kind, where, message } of faults)
      log.error('reload-refused', {
        kind,
        where: where ?? config.mappings,
        message: `${message}; what was in force stays so`,
      });
    return;
  }
  log.info('reloaded', { version: inForce.now().deps.rules.hash.slice(0, 12) });
  try {
    await makeLive(store, config, inForce, log);
  } catch (thrown) {
    const { kind, message } = asBridgeError(thrown);
    log.error('live-not-applied', { kind, message: `${message}; what waits is fitted to the new rules at the next SIGHUP or start` }); // prettier-ignore
  }
}
