// `npm run sandbox`: a synthetic trust on this machine. Starts an EPR (FHIR R4 over HTTP) and the bridge, has the EPR
// send its messages over MLLP, waits until everything has arrived, and says in plain words what happened.
import { createWriteStream } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startApp } from '../app.ts';
import type { App } from '../app.ts';
import { loadConfig } from '../config.ts';
import { BridgeError } from '../errors.ts';
import { ipsTeamType } from '../ips/programme.ts';
import { createLog } from '../log.ts';
import { loadMappings } from '../mapping/load.ts';
import { readMappingTree } from '../mapping/tree.ts';
import { sendMessages } from '../outbound/mllp-client.ts';
import type { SendOutcome } from '../outbound/mllp-client.ts';
import { effectCounts, heldEffects } from '../store/effects.ts';
import { waiting } from '../store/inbox.ts';
import { heldRows } from '../store/inbox-rows.ts';
import { lineSummary, peopleWithEffect } from '../store/summary.ts';
import { startEpr } from './epr/epr.ts';
import type { Epr } from './epr/epr.ts';
import { randomFaults } from './epr/faults.ts';
import { leaveFolder, takeFolder } from './folder.ts';
import { syntheticCoordinators, syntheticPeople } from './people.ts';
import { seededRandom } from './random.ts';
import { lookLines, reportLines } from './report.ts';
import type { SandboxResult } from './report.ts';
import { scenario, trickleMessage } from './scenario.ts';
import type { ScenarioOptions } from './scenario.ts';
import { writeApiToken, writeConfig, writeEprToken } from './settings.ts';
import { eprResources, trust } from './trust.ts';

export interface SandboxOptions {
  /** Where everything of this sandbox is kept; emptied at the start. */
  readonly folder: string;
  readonly mappings: string;
  readonly people: number;
  readonly seed: number;
  readonly ports: { readonly epr: number; readonly http: number; readonly mllp: number };
  /** Ends after the summary. */
  readonly once: boolean;
  readonly say: (line: string) => void;
  /** Replaces what was last shown of this work: "sent 120 of 640". */
  readonly progress: (text: string, done: boolean) => void;
  /** Ends it in order, wherever it is. */
  readonly stop: AbortSignal;
}

/** Share of the EPR's answers that go wrong: overloaded, or lost after the work was done. */
const faultRate = 0.01;
const trickleMs = 2_000;
const drainLimitMs = 120_000;

/** Runs the sandbox to its end; false where it was stopped before the summary. */
export async function runSandbox(options: SandboxOptions): Promise<boolean> {
  const folder = resolve(options.folder);
  await takeFolder(folder);
  try {
    return await runIn(folder, options);
  } finally {
    leaveFolder(folder);
  }
}

async function runIn(folder: string, options: SandboxOptions): Promise<boolean> {
  const log = createLog('info', createWriteStream(join(folder, 'service.log')));
  options.say(`A synthetic trust of ${options.people} invented people, in ${folder}`);
  const scene = prepareScene(options);

  const eprToken = writeEprToken(folder);
  const epr = await startEpr({ port: options.ports.epr, token: eprToken });
  options.progress('starting the EPR: loading its people', false);
  await epr.load(scene.resources);
  epr.setFaults(randomFaults(faultRate, eprFaults, seededRandom(options.seed + 2).next));
  options.progress(`EPR ready at ${epr.url} (it fails now and then, as real ones do)`, true);
  try {
    if (options.stop.aborted) return false;
    await writeApiToken(folder);
    const configured = { mappings: options.mappings, eprUrl: epr.url };
    writeConfig(folder, { ...configured, ports: options.ports });
    options.progress('starting the bridge: embedded PostgreSQL, mappings, rules', false);
    const app = await startApp(loadConfig(join(folder, 'config')), { log });
    try {
      const ports = { http: app.httpPort, mllp: app.feedPorts.get('epr-adt') ?? 0 };
      const config = writeConfig(folder, { ...configured, ports });
      options.progress(`bridge ready: MLLP on ${ports.mllp}, HTTP on ${ports.http}`, true);
      return await sendAll(options, scene, app, epr, { config, folder });
    } finally {
      await app.stop();
    }
  } finally {
    await epr.close();
  }
}

const eprFaults: Parameters<typeof randomFaults>[1] = [
  { kind: 'status', status: 503, retryAfter: '1' },
  { kind: 'lost-reply' },
];

interface Scene extends ScenarioOptions {
  readonly resources: ReturnType<typeof eprResources>;
}

function prepareScene(options: SandboxOptions): Scene {
  const now = new Date();
  const coordinators = syntheticCoordinators(now);
  const { teams: table } = loadMappings(readMappingTree(options.mappings, trust.ods), trust.ods);
  const teams = table.all.filter(({ type }) => type !== ipsTeamType);
  const people = syntheticPeople(
    { seed: options.seed, count: options.people, now },
    teams.map(({ id }) => id),
    coordinators,
  );
  return {
    people,
    teamNames: new Map(teams.map(({ id, name }) => [id, name])),
    facility: trust.ods,
    now,
    seed: options.seed,
    resources: eprResources(people, coordinators, teams),
  };
}

async function sendAll(
  options: SandboxOptions,
  scene: Scene,
  app: App,
  epr: Epr,
  where: { config: string; folder: string },
): Promise<boolean> {
  const started = performance.now();
  const messages = scenario(scene);
  const address = { host: '127.0.0.1', port: app.feedPorts.get('epr-adt') ?? 0 };
  const outcomes: SendOutcome[] = [];
  const portion = Math.max(1, Math.ceil(messages.length / 40));
  for (let from = 0; from < messages.length; from += portion) {
    if (options.stop.aborted) return false;
    const bodies = messages.slice(from, from + portion).map(({ body }) => body);
    outcomes.push(...(await sendMessages(bodies, { ...address, window: 1 })));
    options.progress(`sent ${outcomes.length} of ${messages.length} messages`, false);
  }
  const seconds = (performance.now() - started) / 1_000;
  options.progress(`sent ${messages.length} messages`, true);
  if (!(await drain(app, options))) return false;

  const result = await resultOf(app, epr, outcomes, seconds);
  for (const line of reportLines(result)) options.say(line);
  const [example] = await peopleWithEffect(app.store, 'wants-work', 1);
  const look = {
    config: where.config,
    uid: example?.uid,
    reference: example?.references.find((reference) => reference.startsWith('ServiceRequest/')),
    eprUrl: epr.url,
    eprTokenFile: join(where.folder, 'config/epr-token'),
    apiTokenFile: join(where.folder, 'api-token'),
    httpPort: app.httpPort,
    log: join(where.folder, 'service.log'),
    running: !options.once,
  };
  for (const line of lookLines(look)) options.say(line);
  if (!options.once) await trickle(options, scene, address);
  return true;
}

/** Waits until every message has been processed and every effect has arrived or is held; false where it was stopped. */
async function drain(app: App, options: SandboxOptions): Promise<boolean> {
  const limit = performance.now() + drainLimitMs;
  while (!options.stop.aborted) {
    const messages = (await waiting(app.store)).reduce((sum, { rows }) => sum + rows, 0);
    const effects = (await effectCounts(app.store))
      .filter(({ state }) => state !== 'observed' && state !== 'held')
      .reduce((sum, { rows }) => sum + rows, 0);
    if (messages + effects === 0) {
      options.progress('everything has arrived', true);
      return true;
    }
    if (performance.now() > limit) throw new BridgeError('internal/sandbox', `after ${drainLimitMs / 1_000} s ${messages} messages and ${effects} effects still wait`); // prettier-ignore
    options.progress(`${messages} messages to process, ${effects} effects to deliver`, false);
    await new Promise((done) => setTimeout(done, 200));
  }
  return false;
}

async function resultOf(
  app: App,
  epr: Epr,
  outcomes: readonly SendOutcome[],
  seconds: number,
): Promise<SandboxResult> {
  const requests = await epr.resources('ServiceRequest');
  const tasks = await epr.resources('Task');
  const codes = outcomes.map((one) => (one.outcome === 'acknowledged' ? one.code : one.outcome));
  return {
    sent: outcomes.length,
    acknowledged: codes.filter((code) => code === 'AA').length,
    refusedByAcknowledgement: codes.filter((code) => code === 'AR').length,
    seconds,
    line: await lineSummary(app.store),
    heldMessages: await heldRows(app.store),
    heldEffects: await heldEffects(app.store),
    epr: {
      proposals: requests.length,
      withdrawn: requests.filter(({ status }) => status === 'revoked').length,
      prompts: tasks.filter(({ focus }) => focus !== undefined).length,
      asks: tasks.filter(({ focus }) => focus === undefined).length,
    },
    notServed: app.interpretation.notServed,
  };
}

async function trickle(
  options: SandboxOptions,
  scene: Scene,
  address: { host: string; port: number },
): Promise<void> {
  options.say('\nThe EPR goes on sending a message every two seconds. Ctrl-C ends the sandbox.');
  const random = seededRandom(options.seed + 3);
  for (let number = 1; !options.stop.aborted; number += 1) {
    const { body } = trickleMessage({ ...scene, now: new Date() }, random, number);
    const [outcome] = await sendMessages([body], address);
    options.progress(
      `trickle: message ${number}, ${outcome?.outcome === 'acknowledged' ? outcome.code : 'no answer'}`,
      false,
    );
    await sleep(trickleMs, undefined, { signal: options.stop }).catch(() => undefined);
  }
  options.progress('stopping', true);
}
