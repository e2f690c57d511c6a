// `serve`: the service itself, until SIGTERM or SIGINT.
import type { Command } from 'commander';
import { startApp } from '../app.ts';
import type { App } from '../app.ts';
import { defaultConfigFolder, loadConfig } from '../config.ts';
import { createLog } from '../log.ts';
import { action, exitCodes } from './output.ts';
import { signalled, stopOn } from './signals.ts';

/** The whole stop takes at most so long; whoever started us may kill us after it. */
const stopLimitMs = 10_000;

export function serveCommand(parent: Command): void {
  parent
    .command('serve')
    .summary('run the service until it is told to stop')
    .description(
      'Runs the service: listens for the feeds, processes, delivers, answers HTTP. SIGTERM and Ctrl-C stop it in order, within 10 s; one that comes during the start stops it as soon as it has started. SIGHUP reads mappings and rules again and takes them whole, or says in the log why not.',
    ) // prettier-ignore
    .option('-c, --config <folder>', 'configuration folder', defaultConfigFolder)
    .action(
      action(async (options: { config: string }) => {
        const stop = stopOn(['SIGTERM', 'SIGINT']);
        const config = loadConfig(options.config);
        const log = createLog(config.log);
        const started = Promise.withResolvers<App>();
        let reloading = Promise.resolve();
        process.on('SIGHUP', () => {
          reloading = reloading.then(async () => (await started.promise).reload());
        });
        const app = await startApp(config, { log });
        started.resolve(app);
        const signal = await signalled(stop);
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
