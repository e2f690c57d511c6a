// The running service: the only place that puts the parts together. Starts in the order store, outbox, processing,
// HTTP, listeners, and stops as pipeline/shutdown.ts says.
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { TokenRules } from './api/authenticate.ts';
import type { Readiness } from './api/health.ts';
import { keysFromAddress, keysFromFile } from './api/keys.ts';
import { closeHttp, createHttpApp, listenHttp } from './api/server.ts';
import { missingSecrets, trustZone } from './config.ts';
import type { Config } from './config.ts';
import { startMllpListener } from './inbound/mllp.ts';
import type { MllpListener } from './inbound/mllp.ts';
import { deriveFacts } from './ips/facts.ts';
import { ownerFor } from './ips/owner.ts';
import type { Log } from './log.ts';
import { createMetrics } from './metrics.ts';
import { createFhirDestination } from './outbound/fhir-destination.ts';
import { createBreaker } from './pipeline/breaker.ts';
import { strandedRows, unknownTeams } from './pipeline/concerns.ts';
import { askNext, deliverNext } from './pipeline/deliver.ts';
import type { DeliverDeps } from './pipeline/deliver.ts';
import type { Route } from './pipeline/effects.ts';
import { refreshGauges } from './pipeline/gauges.ts';
import { loadInterpretation } from './pipeline/interpretation.ts';
import type { Interpretation } from './pipeline/interpretation.ts';
import { watchProcessed } from './pipeline/processed-watch.ts';
import { processFeed } from './pipeline/process.ts';
import type { ProcessDeps, ProcessFeed } from './pipeline/process.ts';
import { createReceiver } from './pipeline/receive.ts';
import type { Receiver } from './pipeline/receive.ts';
import { stopAll } from './pipeline/shutdown.ts';
import type { Running } from './pipeline/shutdown.ts';
import { startWorkers } from './pipeline/workers.ts';
import type { Workers } from './pipeline/workers.ts';
import { openStore } from './store/database.ts';
import type { Store } from './store/database.ts';
import { expireLeases } from './store/delivery.ts';
import { applyLive } from './store/outbox.ts';
import { openWake } from './store/wake.ts';

const deliveriesAtOnce = 4;

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

/** The mappings and rules that a configuration names. */
export function interpretationOf(config: Config): Interpretation {
  return loadInterpretation({
    folder: config.mappings,
    trust: config.trust,
    feeds: config.feeds,
    programme: config.programme,
  });
}

/** Facts as this configuration derives them. */
export function factContextOf(config: Config, { mappings }: Interpretation): ProcessDeps['facts'] {
  return { zone: trustZone, feeds: config.feeds, teams: mappings.teams, programme: config.programme };
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
    const routes = config.destinations.map((one): Route => ({
      destination: one.id,
      live: one.live,
      order: 'person',
    }));
    await announceStranded(store, config, log);
    const on = interpretation.rules.rules.filter((rule) => !rule.observe).map((rule) => rule.name);
    for (const route of routes) {
      const { promoted, demoted } = await applyLive(store, route.destination, route.live, on);
      if (promoted + demoted > 0) log.info('live-applied', { destination: route.destination, count: promoted, rows: demoted }); // prettier-ignore
    }

    const facts = factContextOf(config, interpretation);
    const { mappings, rules } = interpretation;
    const current = (): ProcessDeps => ({ mappings, rules, routes, facts });
    const watch = watchProcessed(store, { log });
    running.work.push({ name: 'watch', stop: () => watch.close() });
    const inbox = startProcessing(config, { store, current, tell: watch.tell, log, metrics });
    running.work.push({ name: 'process', stop: (graceMs) => inbox.stop(graceMs) });
    const outbox = startDelivery(config, routes, {
      store,
      owner: `${hostname()}:${process.pid}`,
      ownerOf: (record, decision, at) =>
        ownerFor(deriveFacts(record, { ...facts, at }), decision.team.id, mappings.teams),
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
        refreshGauges: () => refreshGauges(store, metrics),
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
    metrics.collectProcess();
    const feedPorts = new Map([...listeners].map(([feed, listener]) => [feed, listener.port]));
    log.info('ready', { port: http.port, version: rules.hash.slice(0, 12) });
    return { httpPort: http.port, feedPorts, store, interpretation, readiness, stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

function startProcessing(config: Config, deps: Parameters<typeof processFeed>[1]): Workers {
  const feeds = config.feeds.map(({ feed, mllp }): ProcessFeed => ({
    id: feed,
    zone: mllp.zone,
    charset: { charset: mllp.charset, fallbackCharset: mllp.fallbackCharset },
  }));
  let next = 0;
  // A claim goes round the feeds; a lane that another worker has is passed over.
  const step = async (): Promise<boolean> => {
    const first = next++;
    for (let turn = 0; turn < feeds.length; turn += 1) {
      const feed = feeds[(first + turn) % feeds.length];
      if (feed !== undefined && (await processFeed(feed, deps))) return true;
    }
    return false;
  };
  return startWorkers({ name: 'process', count: Math.min(feeds.length, 4), step, log: deps.log });
}

type DeliveryParts = Omit<DeliverDeps, 'destination' | 'route' | 'breaker'>;

function startDelivery(config: Config, routes: readonly Route[], parts: DeliveryParts): Workers {
  const { log, store } = parts;
  const groups = config.destinations.flatMap((settings, index): Workers[] => {
    const route = routes[index];
    if (route === undefined) return [];
    const { token } = settings;
    const destination = createFhirDestination(settings, {
      now: parts.now,
      zone: trustZone,
      ...(token === undefined ? {} : { token: config.secret(token) }),
    });
    const deps: DeliverDeps = { ...parts, destination, route, breaker: createBreaker(parts) };
    const name = `deliver ${settings.id}`;
    return [
      startWorkers({ name, count: deliveriesAtOnce, log, step: (signal) => deliverNext(deps, signal) }),
      startWorkers({ name: `${name}, asking`, count: 1, log, step: (signal) => askNext(deps, signal) }),
    ];
  });
  groups.push(startWorkers({ name: 'leases', count: 1, log, step: () => takeBackLeases(store, log) }));
  return {
    wake: () => groups.forEach((group) => group.wake()),
    stop: async (graceMs) => {
      await Promise.all(groups.map((group) => group.stop(graceMs)));
    },
  };
}

/** Rows whose sender died or froze; looked for once a second, so it never says that there is more. */
async function takeBackLeases(store: Store, log: Log): Promise<boolean> {
  const { pending, ambiguous } = await expireLeases(store);
  if (pending + ambiguous > 0) log.warn('leases-lapsed', { rows: pending, count: ambiguous });
  return false;
}

function readinessOf(
  receiver: Receiver,
  config: Config,
  listeners: ReadonlyMap<string, MllpListener>,
): Readiness[] {
  const intake = receiver.ready();
  const reasons = {
    'storage-failed': 'the database does not take messages: none is acknowledged',
    'too-many-waiting': 'too many messages wait to be processed: none is acknowledged',
    'disk-nearly-full': 'too little free disk for the embedded database: no message is acknowledged',
    stopping: 'the service is stopping',
  } as const;
  return [
    { part: 'intake', ready: intake.ok, ...(intake.ok ? {} : { message: reasons[intake.reason] }) },
    ...config.feeds.map(({ feed }) => ({ part: `feed ${feed}`, ready: listeners.has(feed) })),
  ];
}

/** What a person who starts the service should see at once. */
function announce({ mappings, notServed, rules }: Interpretation, config: Config, log: Log): void {
  log.info('programme', { message: programmeLine(config) });
  if (notServed.length > 0) log.warn('teams-not-served', { teams: notServed.join(', '), message: 'IPS does not serve these team types here' }); // prettier-ignore
  for (const { rule, message } of rules.notLoaded) log.warn('rule-not-loaded', { rule, message });
  for (const { where, message } of missingSecrets(config)) log.warn('secret-missing', { where, message });
  for (const { id: destination, live } of config.destinations) {
    if (live === 'none')
      log.warn('destination-not-live', { destination, message: 'decides and shows, sends nothing' });
    const teams = unknownTeams(live, mappings.teams).join(', ');
    if (teams !== '') log.warn('live-team-unknown', { destination, teams, message: 'not in codes/teams.csv: nothing is sent for it' }); // prettier-ignore
  }
}

async function announceStranded(store: Store, config: Config, log: Log): Promise<void> {
  for (const { kind, id, rows, message } of await strandedOf(store, config))
    log.warn('rows-stranded', { [kind]: id, rows, message });
}

/** Rows that no feed or destination of this configuration will ever take. */
export function strandedOf(store: Store, config: Config): ReturnType<typeof strandedRows> {
  const feeds = config.feeds.map(({ feed }) => feed);
  return strandedRows(store, { feeds, destinations: config.destinations.map(({ id }) => id) });
}

/** Whose service this is, in one line. */
export function programmeLine({ programme: { id, name, provider, serves } }: Config): string {
  const provided = provider.partOfCareTeam ? 'part of the care team' : 'not part of the care team';
  return `${name} (${id}), provided by ${provider.name}, ${provided}, for team types ${serves.join(', ')}`;
}

/**
 * Who may call the API; undefined where nobody may.
 * @throws BridgeError `config/keys` where the keys cannot be read
 */
export function tokensOf(config: Config): TokenRules | undefined {
  const { authentication } = config.http;
  if (authentication === undefined) return undefined;
  const { issuer, audience, keys } = authentication;
  const read = 'url' in keys ? keysFromAddress(keys.url) : keysFromFile(resolve(config.folder, keys.file));
  return { issuer, audience, keys: read };
}
