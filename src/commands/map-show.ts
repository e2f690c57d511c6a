// `map show`: the mapping that counts for a trust, general set and trust's own together, with the layer, file and line of
// each entry. Reads files only.
import type { Command } from 'commander';
import { defaultConfigFolder } from '../config.ts';
import { BridgeError } from '../errors.ts';
import { show, shownNames } from '../mapping/show.ts';
import { loadMappings } from '../mapping/load.ts';
import { readMappingTree } from '../mapping/tree.ts';
import { configOf } from './map-context.ts';
import type { MapOptions } from './map-context.ts';
import { action, say, sayJson, table } from './output.ts';

export function showCommand(parent: Command): void {
  parent
    .command('show')
    .summary('show the merged mapping of a trust, and where each entry comes from')
    .argument(
      '<name>',
      'a segment (PID), a map, message or group file (pid-patient, ADT_A01, care), an event (ADT^A08), a table (codes/roles), or work-question',
    )
    .option('-c, --config <folder>', 'configuration folder', defaultConfigFolder)
    .option(
      '--trust <ODS>',
      'the trust whose folder lies over the general set (default: of the configuration)',
    )
    .option('--json', 'as JSON')
    .action(
      action(async (name: string, options: MapOptions) => {
        await Promise.resolve();
        const { mappings: folder, trust } = configOf(options);
        const tree = readMappingTree(folder, trust);
        // A set with a fault is shown to nobody: what counts is then not known.
        loadMappings(tree, trust);
        const files = show(tree, trust, name);
        if (files.length === 0) {
          throw new BridgeError('field/name', `nothing of the set is called so, and trusts/${trust}/ adds nothing of that name; there are: ${shownNames(tree).join(', ')}`, { where: name }); // prettier-ignore
        }
        if (options.json === true) {
          sayJson({ trust, files });
          return;
        }
        for (const [index, { path, entries }] of files.entries()) {
          if (index > 0) say();
          say(`${path}, as it counts for ${trust}`);
          say(table([
            ['FROM', 'WHERE', 'ENTRY', 'SAYS'],
            ...entries.map(({ origin, where, entry, says }) => [origin, where.replace(`${folder}/`, ''), entry, textOf(says)]),
          ])); // prettier-ignore
        }
      }),
    );
}

/** `{ from: PID-8, to: gender }` without the quotes that nobody needs. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const said = Object.entries(value).filter(([, inner]) => inner !== '');
    return `{ ${said.map(([key, inner]) => `${key}: ${textOf(inner)}`).join(', ')} }`;
  }
  return String(value);
}
