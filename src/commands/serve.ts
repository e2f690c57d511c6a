// `serve`: the service itself, until SIGTERM or SIGINT.
import type { Command } from 'commander';
import { startApp } from '../app.ts';
import { defaultConfigFolder, loadConfig } from '../config.ts';
import { createLog } from '../log.ts';
import { action, exitCodes } from './output.ts';

/** The whole stop takes at most so long; whoever started us may kill us after it. */
const stopLimitMs = 10_000;

export function serveCommand(parent: Command): void {
  parent
    .command('serve')
    .summary('run the service until it is told to stop')
    .description(
      'Runs the service: listens for the feeds, processes, delivers, answers HTTP. SIGTERM and Ctrl-C stop it in order, within 10 s.',
    ) // prettier-ignore
    .option('-c, --config <folder>', 'configuration folder', defaultConfigFolder)
    .action(
      action(async (options: { config: string }) => {
        const config = loadConfig(options.config);
        const log = createLog(config.log);
        const app = await startApp(config, { log });
        const signal = await stopSignal();
        log.info('stopping', { signal });
        const late = setTimeout(() => {
          log.error('stop-took-too-long', { ms: stopLimitMs });
          process.exit(exitCodes.failed);
        }, stopLimitMs);
        await app.stop();
        clearTimeout(late);
        log.info('stopped', { signal });
        process.exit(exitCodes.done);
      }),
    );
}

/** Resolves with the first signal to stop. */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  });
}
