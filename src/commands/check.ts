// `check`: everything that has to be right before `serve`, looked at without changing anything but the database's
// tables: configuration, mappings, rules and the facts that no feed supplies, ports, database, EPR.
import { createServer } from 'node:net';
import type { Command } from 'commander';
import { pausedSince, programmeLine, strandedOf, worklistFolder } from '../app/announce.ts';
import { interpretationOf } from '../app/interpretation.ts';
import { tokensOf } from '../app/tokens.ts';
import { defaultConfigFolder, loadConfig, missingSecrets } from '../config.ts';
import type { Config } from '../config.ts';
import { asBridgeError, errorCode } from '../errors.ts';
import { createLog } from '../log.ts';
import { exampleFindings, exampleTrusts } from '../mapping/example.ts';
import { readMappingTree } from '../mapping/tree.ts';
import { clientOf } from '../outbound/fhir-destination.ts';
import { openMllpClient } from '../outbound/mllp-client.ts';
import type {
  DestinationSettings,
  FhirDestinationSettings,
  MllpDestinationSettings,
  WorklistDestinationSettings,
} from '../outbound/settings.ts';
import { writingFault } from '../outbound/worklist-folder.ts';
import { emptyClaims } from '../pipeline/claims.ts';
import { unknownTeams } from '../pipeline/concerns.ts';
import type { Interpretation } from '../pipeline/interpretation.ts';
import { openStore } from '../store/database.ts';
import { pausedParts } from '../store/paused.ts';
import { action, exitCodes, say, sayJson } from './output.ts';

interface Result {
  readonly part: string;
  /** warn: it would start, but somebody should know. */
  readonly result: 'ok' | 'warn' | 'fail';
  readonly message: string;
}

export function checkCommand(parent: Command): void {
  parent
    .command('check')
    .summary('check configuration, mappings, rules, ports, database and EPR before serving')
    .option('-c, --config <folder>', 'configuration folder', defaultConfigFolder)
    .option('--offline', 'files only: no port, database or EPR')
    .option('--json', 'as JSON')
    .action(
      action(async (options: { config: string; offline?: boolean; json?: boolean }) => {
        const config = loadConfig(options.config);
        const interpretation = interpretationOf(config);
        const results = [
          { part: 'configuration', result: 'ok' as const, message: `${config.feeds.length} feeds, ${config.destinations.length} destinations, trust ${config.trust}` },
          { part: 'programme', result: 'ok' as const, message: programmeLine(config) },
          ...mappingResults(config, interpretation),
          ...ruleResults(interpretation),
          ...destinationResults(config, interpretation),
          ...secretResults(config),
          ...(options.offline === true ? [] : await onlineResults(config)),
        ]; // prettier-ignore
        if (options.json === true) sayJson(results);
        else for (const { part, result, message } of results) say(`${result.padEnd(4)}  ${part}: ${message}`);
        if (results.some(({ result }) => result === 'fail')) process.exitCode = exitCodes.failed;
      }),
    );
}

/** What the trust still has to say, and what it has left as the examples say it. */
function mappingResults({ mappings: folder, trust, feeds }: Config, { mappings }: Interpretation): Result[] {
  const examples = exampleTrusts.map((example) => readMappingTree(folder, example));
  const left = exampleFindings(readMappingTree(folder, trust), trust, examples);
  return [
    { part: 'mappings', result: 'ok', message: `${mappings.events.size} events mapped, set ${mappings.hash.slice(0, 12)}` },
    ...mappings.missing.map(({ where, message }): Result => ({ part: `mappings/trusts/${trust}/${where}`, result: 'fail', message })),
    ...emptyClaims(mappings, feeds).map(({ feed, message }): Result => ({ part: `feed ${feed}`, result: 'fail', message })),
    ...left.map(({ where, message }): Result => ({ part: `mappings ${where}`, result: 'warn', message })),
  ];
} // prettier-ignore

function ruleResults({ rules, notServed }: Interpretation): Result[] {
  return [
    ...rules.rules.map((rule): Result => ({
      part: `rule ${rule.name}`,
      result: 'ok',
      message: `its examples hold; ${rule.observe ? 'decided and shown, never sent (observe)' : 'on'}`,
    })),
    ...rules.notLoaded.map(({ rule, message }): Result => ({ part: `rule ${rule}`, result: 'warn', message })),
    ...(notServed.length === 0
      ? []
      : [{ part: 'teams', result: 'warn' as const, message: `not served by IPS: ${notServed.join(', ')}` }]),
  ]; // prettier-ignore
}

function destinationResults(config: Config, { mappings }: Interpretation): Result[] {
  if (config.destinations.length === 0) {
    return [{ part: 'destinations', result: 'warn', message: 'there is none: decisions reach nobody' }];
  }
  return config.destinations.map(({ id, live }): Result => {
    const part = `destination ${id}`;
    const unknown = unknownTeams(live, mappings.teams);
    if (unknown.length > 0) {
      return { part, result: 'fail', message: `live names teams that codes/teams.csv does not have: ${unknown.join(', ')}` }; // prettier-ignore
    }
    if (live === 'none') {
      return { part, result: 'warn', message: 'live: none, so it decides and shows, and sends nothing' };
    }
    return { part, result: 'ok', message: `live: ${typeof live === 'string' ? live : live.join(', ')}` };
  });
}

/** What the configuration only names: the secrets, and the keys of callers. */
function secretResults(config: Config): Result[] {
  const results = missingSecrets(config).map(({ where, message }): Result => ({ part: `secret ${where}`, result: 'fail', message })); // prettier-ignore
  try {
    if (tokensOf(config) !== undefined)
      results.push({ part: 'authentication', result: 'ok', message: 'callers need a signed token' });
  } catch (thrown) {
    results.push({ part: 'authentication', result: 'fail', message: asBridgeError(thrown).message });
  }
  return results;
}

async function onlineResults(config: Config): Promise<Result[]> {
  const ports = [
    ...config.feeds.map(({ feed, mllp }) => ({
      part: `port of feed ${feed}`,
      host: mllp.host,
      port: mllp.port,
    })),
    { part: 'port of HTTP', host: config.http.host, port: config.http.port },
  ];
  const results = await Promise.all(ports.map(portResult));
  results.push(...(await databaseResults(config)));
  return [
    ...results,
    ...(await Promise.all(config.destinations.map((one) => destinationResult(config, one)))),
  ];
}

function portResult({ part, host, port }: { part: string; host: string; port: number }): Promise<Result> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => {
      const inUse = errorCode(error) === 'EADDRINUSE';
      const message = inUse ? `${host}:${port} is in use (fine if the service is running)` : `cannot listen on ${host}:${port} (${errorCode(error) ?? 'error'})`;
      resolve({ part, result: inUse ? 'warn' : 'fail', message });
    }); // prettier-ignore
    server.listen(port, host, () =>
      server.close(() => resolve({ part, result: 'ok', message: `${host}:${port} is free` })),
    );
  });
}

async function databaseResults(config: Config): Promise<Result[]> {
  const part = 'folder' in config.database ? 'database (embedded)' : 'database';
  try {
    const store = await openStore(config.database, { log: createLog('silent') });
    try {
      const [stranded, paused] = [await strandedOf(store, config), await pausedParts(store)];
      return [
        { part, result: 'ok', message: 'answers, is safe (fsync on) and up to date' },
        ...stranded.map(({ kind, id, message }): Result => ({
          part: `${kind} ${id}`,
          result: 'warn',
          message,
        })),
        ...paused.map(({ what, id, at, reason }): Result => ({
          part: `${what} ${id}`,
          result: 'warn',
          message: `${pausedSince(what, at)}; ${reason}`,
        })),
      ];
    } finally {
      await store.close();
    }
  } catch (thrown) {
    return [{ part, result: 'fail', message: asBridgeError(thrown).message }];
  }
}

function destinationResult(config: Config, settings: DestinationSettings): Promise<Result> {
  switch (settings.kind) {
    case 'fhir':
      return eprResult(config, settings);
    case 'worklist':
      return worklistResult(config, settings);
    case 'mllp':
      return receiverResult(settings);
  }
}

async function worklistResult(config: Config, settings: WorklistDestinationSettings): Promise<Result> {
  const folder = worklistFolder(config, settings);
  const fault = await writingFault(folder);
  const part = `destination ${settings.id}`;
  return fault === undefined
    ? { part, result: 'ok', message: `${folder} can be written to` }
    : { part, result: 'fail', message: `${folder}: ${fault}` };
}

/** Whether a connection can be made; nothing is sent on it. */
async function receiverResult({ id, host, port }: MllpDestinationSettings): Promise<Result> {
  const part = `destination ${id}`;
  try {
    const client = await openMllpClient({ host, port, connectTimeoutMs: 5_000 });
    await client.close();
    return { part, result: 'ok', message: `${host}:${port} takes a connection; nothing was sent` };
  } catch (thrown) {
    return { part, result: 'fail', message: `${host}:${port}: ${asBridgeError(thrown).message}` };
  }
}

async function eprResult(config: Config, settings: FhirDestinationSettings): Promise<Result> {
  const part = `destination ${settings.id}`;
  try {
    const { token } = settings;
    const client = clientOf(settings, {
      now: () => new Date(),
      ...(token === undefined ? {} : { token: config.secret(token) }),
    });
    const reply = await client.capabilities(AbortSignal.timeout(settings.timeoutSeconds * 1_000));
    if (reply.outcome !== 'answered')
      return { part, result: 'fail', message: `${settings.baseUrl} does not answer` };
    const good = reply.status === 200;
    return {
      part,
      result: good ? 'ok' : 'fail',
      message: `${settings.baseUrl} answers ${reply.status} to metadata`,
    };
  } catch (thrown) {
    return { part, result: 'fail', message: asBridgeError(thrown).message };
  }
}
