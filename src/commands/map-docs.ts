// `map docs`: docs/data-we-hold.md, made from the mappings, so that the list of what is held is never older than they are.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { defaultConfigFolder } from '../config.ts';
import { BridgeError } from '../errors.ts';
import { heldDataText } from '../mapping/held-data.ts';
import { configOf, mappingsOf } from './map-context.ts';
import type { MapOptions } from './map-context.ts';
import { action, say } from './output.ts';

const file = resolve(import.meta.dirname, '../../docs/data-we-hold.md');

interface Options extends MapOptions {
  readonly check?: boolean;
  readonly print?: boolean;
}

export function docsCommand(parent: Command): void {
  parent
    .command('docs')
    .summary('write docs/data-we-hold.md: every element that enters the record, and why')
    .description(
      'Writes docs/data-we-hold.md of this program. For a configuration of your own use --print, so that the page that came with the program stays as it is.',
    )
    .option('-c, --config <folder>', 'configuration folder', defaultConfigFolder)
    .option('--trust <ODS>', 'with the overlay of this trust (default: the one of the configuration)')
    .option('--check', 'write nothing; fail when the file is not up to date')
    .option('--print', 'write nothing; show the text')
    .action(action(run));
}

async function run(options: Options): Promise<void> {
  const text = heldDataText(mappingsOf(configOf(options)));
  if (options.print === true) say(text.trimEnd());
  else if (options.check === true) {
    if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
      throw new BridgeError(
        'internal/docs',
        'docs/data-we-hold.md is not what this set makes: run ips-bridge map docs (with a set of your own: --print, which leaves it)',
        {
          where: file,
        },
      );
    }
    say('docs/data-we-hold.md is up to date');
  } else {
    writeFileSync(file, text);
    say('docs/data-we-hold.md is written');
  }
  await Promise.resolve();
}
