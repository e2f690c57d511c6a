// `map export-conceptmaps`: every code table of a trust as a FHIR R4 ConceptMap, one file each, checked before it is
// written.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { defaultConfigFolder } from '../config.ts';
import { BridgeError, errorCode, errorOf } from '../errors.ts';
import { validate } from '../fhir/validate.ts';
import { conceptMaps } from '../mapping/conceptmaps.ts';
import { configOf, mappingsOf } from './map-context.ts';
import type { MapOptions } from './map-context.ts';
import { action, say, sayJson } from './output.ts';

export function exportConceptMapsCommand(parent: Command): void {
  parent
    .command('export-conceptmaps')
    .summary('write each code table of a trust as a FHIR R4 ConceptMap')
    .argument('<folder>', 'where to write them; made where it is missing')
    .option('-c, --config <folder>', 'configuration folder', defaultConfigFolder)
    .option(
      '--trust <ODS>',
      'the trust whose folder lies over the general set (default: of the configuration)',
    )
    .option('--json', 'tell what was written as JSON')
    .action(
      action(async (folder: string, options: MapOptions) => {
        await Promise.resolve();
        const maps = conceptMaps(mappingsOf(configOf(options)));
        const fault = errorOf(maps.flatMap((map) => validate(map).map((one) => ({ ...one, where: `${map.id ?? ''}: ${one.where}` })))); // prettier-ignore
        if (fault !== undefined) throw fault;
        const written = maps.map((map) => {
          const file = join(folder, `${map.id ?? ''}.json`);
          writeFile(folder, file, `${JSON.stringify(map, undefined, 2)}\n`);
          return { file, url: map.url, codes: (map.group ?? []).flatMap(({ element }) => element).length };
        });
        if (options.json === true) {
          sayJson(written);
          return;
        }
        for (const { file, codes } of written) say(`${file}: ${codes} codes`);
      }),
    );
}

function writeFile(folder: string, file: string, text: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, text);
  } catch (cause) {
    throw new BridgeError('field/file', `this file cannot be written (${errorCode(cause) ?? 'unknown reason'})`, { where: file, cause }); // prettier-ignore
  }
}
