// The command line `ips-bridge`: names, summaries and exit codes; each command stands in a file of its own.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { checkCommand } from './check.ts';
import { coverageCommand } from './coverage.ts';
import { mapCommands } from './map.ts';
import { heldCommands } from './held.ts';
import { observedCommand } from './observed.ts';
import { exitCodes } from './output.ts';
import { pauseCommands } from './pause.ts';
import { personCommands } from './person.ts';
import { runCommand } from './run.ts';
import { sandboxCommand } from './sandbox.ts';
import { schemasCommand } from './schemas.ts';
import { sendCommand } from './send.ts';
import { serveCommand } from './serve.ts';
import { whyCommands } from './why.ts';

const about = `Connects an electronic patient record to an Individual Placement and Support (IPS) employment service.

Start with "ips-bridge sandbox": a synthetic trust, its EPR and the bridge between them, all on this machine.`;

const after = `
Configuration is a folder (--config, default: config/ of this program). Exit codes: 0 done, 1 failed or the answer
is no, 2 wrong call, 69 the database cannot be reached, 78 the configuration is wrong. Logs go to standard error as JSON lines.`;

export function program(): Command {
  const version = versionOf(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));
  const root = new Command('ips-bridge')
    .description(about)
    .version(version)
    .addHelpText('after', after)
    .showHelpAfterError('(--help shows what is allowed)')
    .exitOverride((error) => {
      process.exit(error.exitCode === 0 ? exitCodes.done : exitCodes.usage);
    });
  for (const add of [
    serveCommand, sandboxCommand, checkCommand, sendCommand, mapCommands, whyCommands, heldCommands,
    observedCommand, personCommands, pauseCommands, runCommand, coverageCommand, schemasCommand,
  ]) add(root); // prettier-ignore
  return root;
}

/** The version of package.json. */
function versionOf(text: string): string {
  const parsed: unknown = JSON.parse(text);
  const version =
    typeof parsed === 'object' && parsed !== null && 'version' in parsed ? parsed.version : undefined;
  return typeof version === 'string' ? version : 'unknown';
}
