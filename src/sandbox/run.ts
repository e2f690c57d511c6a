// `npm run sandbox`: a synthetic trust on this machine. Starts the systems of the trust and the bridge, plays the acts
// one after another, and says in plain words what happened.
import { createWriteStream, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startApp } from '../app.ts';
import { loadConfig } from '../config.ts';
import type { Config } from '../config.ts';
import { noteRule } from '../ips/notes/identity.ts';
import { ipsTeamType } from '../ips/programme.ts';
import { createLog } from '../log.ts';
import { loadMappings } from '../mapping/load.ts';
import { readMappingTree } from '../mapping/tree.ts';
import { sendMessages } from '../outbound/mllp-client.ts';
import { peopleWithEffect } from '../store/summary.ts';
import { playCoverage } from './acts/coverage.ts';
import { playNotes } from './acts/notes.ts';
import { playAnswers, playRegistrations } from './acts/referrals.ts';
import { playSweep } from './acts/sweep.ts';
import { leaveFolder, takeFolder } from './folder.ts';
import { syntheticCoordinators, syntheticPeople } from './people.ts';
import { seededRandom } from './random.ts';
import { lookLines, reportLines } from './report.ts';
import { resultOf } from './result.ts';
import { createScenario } from './scenario.ts';
import { writeApiToken, writeConfig } from './settings.ts';
import { openSide } from './side.ts';
import type { ScenarioName, Side } from './side.ts';
import { feedAddress } from './stage.ts';
import type { Stage } from './stage.ts';
import { eprResources, trust } from './trust.ts';

export interface SandboxOptions {
  readonly scenario: ScenarioName;
  /** Where everything of this sandbox is kept; emptied at the start. */
  readonly folder: string;
  readonly mappings: string;
  readonly people: number;
  readonly seed: number;
  readonly ports: { readonly epr: number; readonly http: number; readonly mllp: number };
  /** Ends after the summary. */
  readonly once: boolean;
  /** The summary in words, or as JSON and nothing else. */
  readonly summary: 'words' | 'json';
  readonly say: (line: string) => void;
  /** Replaces what was last shown of this work: "sent 120 of 640". */
  readonly progress: (text: string, done: boolean) => void;
  /** Ends it in order, wherever it is. */
  readonly stop: AbortSignal;
}

const trickleMs = 2_000;

/** Runs the sandbox to its end; false where it was stopped before the summary. */
export async function runSandbox(options: SandboxOptions): Promise<boolean> {
  const folder = resolve(options.folder);
  await takeFolder(folder);
  try {
    await runIn(folder, options);
    return true;
  } catch (thrown) {
    if (options.stop.aborted && thrown === options.stop.reason) return false;
    throw thrown;
  } finally {
    leaveFolder(folder);
  }
}

async function runIn(folder: string, options: SandboxOptions): Promise<void> {
  const { progress, stop } = options;
  const log = createLog('info', createWriteStream(join(folder, 'service.log')));
  if (options.summary === 'words')
    options.say(`A synthetic trust of ${options.people} invented people, in ${folder}`);
  const scene = prepareScene(options);
  progress('starting the systems of the trust', false);
  const side = await openSide(options.scenario, {
    folder,
    port: options.ports.epr,
    seed: options.seed,
    resources: scene.resources,
  });
  try {
    progress(side.ready, true);
    stop.throwIfAborted();
    const apiToken = await writeApiToken(folder);
    const configured = { mappings: options.mappings, outbound: side.outbound };
    writeConfig(folder, { ...configured, ports: options.ports });
    progress('starting the bridge: embedded PostgreSQL, mappings, rules', false);
    const app = await startApp(loadConfig(join(folder, 'config')), { log });
    try {
      const ports = { http: app.httpPort, mllp: app.feedPorts.get('epr-adt') ?? 0 };
      writeConfig(folder, { ...configured, ports });
      progress(`bridge ready: MLLP on ${ports.mllp}, HTTP on ${ports.http}`, true);
      const { people, scenario } = scene;
      const { receiving } = side;
      await playAll(options, side, loadConfig(join(folder, 'config')), { app, people, scenario, receiving, apiToken, folder, outcomes: [], progress, stop }); // prettier-ignore
    } finally {
      await app.stop();
    }
  } finally {
    await side.close();
  }
}

function prepareScene(options: SandboxOptions) {
  const now = new Date();
  const coordinators = syntheticCoordinators(now);
  const { teams: table } = loadMappings(readMappingTree(options.mappings, trust.ods), trust.ods);
  const teams = table.all.filter(({ type }) => type !== ipsTeamType);
  const people = syntheticPeople(
    { seed: options.seed, count: options.people, now },
    teams.map(({ id }) => id),
    coordinators,
  );
  const teamNames = new Map(table.all.map(({ id, name }) => [id, name]));
  return {
    people,
    scenario: createScenario({ people, teamNames, facility: trust.ods, now }),
    resources: eprResources(people, coordinators, teams),
  };
}

async function playAll(options: SandboxOptions, side: Side, config: Config, stage: Stage): Promise<void> {
  const started = performance.now();
  await playRegistrations(stage);
  const clients = await playAnswers(stage);
  const notes = await playNotes(stage, clients);
  const sweep = await playSweep(stage, config);
  const coverage = await playCoverage(stage, config);
  const result = await resultOf(stage, { notes, sweep, coverage }, (performance.now() - started) / 1_000);
  if (options.summary === 'json') {
    options.say(JSON.stringify(result));
    return;
  }
  for (const line of reportLines(result)) options.say(line);
  const [example] = await peopleWithEffect(stage.app.store, 'wants-work', 1);
  const text = await stage.receiving.noteText();
  const noteFile = join(stage.folder, 'note-in-the-record.txt');
  if (text !== undefined) writeFileSync(noteFile, `${text}\n`);
  const [noted] = await peopleWithEffect(stage.app.store, noteRule, 1);
  const look = {
    folder: stage.folder,
    uid: example?.uid,
    noteFile: text === undefined ? undefined : noteFile,
    note: notes.examples.at(-1),
    noteReference: noted?.references.find((reference) => reference.startsWith('DocumentReference/')),
    outbound: side.outbound,
    httpPort: stage.app.httpPort,
    running: !options.once,
  };
  for (const line of lookLines(look)) options.say(line);
  if (!options.once) await trickle(options, stage);
}

async function trickle(options: SandboxOptions, stage: Stage): Promise<void> {
  const { progress, stop } = options;
  options.say('\nThe EPR goes on sending a message every two seconds. Ctrl-C ends the sandbox.');
  const random = seededRandom(options.seed + 3);
  for (let number = 1; !stop.aborted; number += 1) {
    const [outcome] = await sendMessages([stage.scenario.trickle(random)], feedAddress(stage));
    const answer = outcome?.outcome === 'acknowledged' ? outcome.code : 'no answer';
    progress(`trickle: message ${number}, ${answer}`, false);
    await sleep(trickleMs, undefined, { signal: stop }).catch(() => undefined);
  }
  progress('stopping', true);
}
