// `sandbox`: the whole line on synthetic people, on this machine, in one command.
import { join, resolve } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { BridgeError } from '../errors.ts';
import type { ScenarioName } from '../sandbox/side.ts';
import { action, exitCodes, say } from './output.ts';
import { whole } from './send.ts';
import { stopOn } from './signals.ts';

const root = resolve(import.meta.dirname, '../..');

interface Options {
  readonly scenario: ScenarioName;
  readonly once?: boolean;
  readonly json?: boolean;
  readonly people: number;
  readonly seed: number;
  readonly folder: string;
  readonly eprPort: number;
  readonly httpPort: number;
  readonly mllpPort: number;
}

export function sandboxCommand(parent: Command): void {
  parent
    .command('sandbox')
    .summary('run a synthetic trust: its EPR, its messages, the bridge between them')
    .description(
      'Starts a FHIR R4 EPR and the bridge on this machine, sends some 800 HL7v2 messages about 500 invented people, lets employment specialists write notes, runs the employment-goal sweep and the coverage report, and says what became of it all. Nothing real is touched.',
    ) // prettier-ignore
    .addOption(
      new Option(
        '--scenario <name>',
        'fhir: an EPR with a FHIR server · hl7v2: an integration engine and worklists, no FHIR',
      )
        .choices(['fhir', 'hl7v2'])
        .default('fhir'),
    )
    .option('--once', 'end after the summary, in place of a live trickle until Ctrl-C')
    .option('--json', 'print the summary as JSON, and nothing else; ends after it')
    .option('--people <count>', 'how many people', whole, 500)
    .option('--seed <number>', 'the same seed gives the same people', whole, 42)
    .option(
      '--folder <folder>',
      'where it keeps its database and configuration: a new or empty folder, or one of an earlier sandbox, which is emptied',
      join(root, 'data/sandbox'),
    ) // prettier-ignore
    .option('--epr-port <port>', 'port of the EPR (0: any free one)', port, 0)
    .option('--http-port <port>', 'HTTP port of the bridge (0: any free one)', port, 0)
    .option('--mllp-port <port>', 'MLLP port of the bridge (0: any free one)', port, 0)
    .action(
      action(async (options: Options) => {
        // Its EPR stands on a package for development only, which a production image does not have.
        const runSandbox = await loadSandbox();
        const stop = stopOn(['SIGTERM', 'SIGINT', 'SIGHUP']);
        const json = options.json === true;
        const once = options.once === true || json;
        const finished = await runSandbox({
          scenario: options.scenario,
          folder: options.folder,
          mappings: join(root, 'mappings'),
          people: options.people,
          seed: options.seed,
          ports: { epr: options.eprPort, http: options.httpPort, mllp: options.mllpPort },
          once,
          summary: json ? 'json' : 'words',
          say,
          progress: json ? () => undefined : progress,
          stop,
        });
        if (!finished && !json) say('\nStopped before it was done.');
        process.exit(!finished && once ? exitCodes.failed : exitCodes.done);
      }),
    );
}

/** Loaded on demand: its EPR stands on a package for development, which a production installation does not have. */
async function loadSandbox() {
  try {
    const { runSandbox } = await import('../sandbox/run.ts');
    return runSandbox;
  } catch (cause) {
    throw new BridgeError(
      'unsupported/sandbox',
      'the sandbox needs the packages for development: run npm ci without --omit=dev',
      { cause },
    );
  }
}

/** On a terminal one line that changes; elsewhere a line for each piece of work when it is done. */
function progress(text: string, done: boolean): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\u001B[K  ${text}${done ? '\n' : ''}`);
  else if (done) say(`  ${text}`);
}

function port(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0 || value > 65_535)
    throw new InvalidArgumentError('a port, 0 to 65535');
  return value;
}
