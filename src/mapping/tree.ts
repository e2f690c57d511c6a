// The mapping folder as data: every YAML and CSV file, where a file of the trust's own (`trusts/<ODS>/…`, the same
// tree, only what differs) takes the place of the general one. Whoever interprets a file gets its text from here.
import { readFileSync, readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { BridgeError } from '../errors.ts';

interface MappingFile {
  /** The file as errors name it. */
  readonly file: string;
  readonly text: string;
}

/** Path below the mapping folder (`codes/teams.csv`, with `/`) → the file that counts for this trust. */
export type MappingTree = ReadonlyMap<string, MappingFile>;

const trustsFolder = 'trusts';

/**
 * Reads a mapping folder once.
 *
 * @param folder the folder, `mappings` in the product
 * @param trust ODS code, whose files in `trusts/<ODS>` replace the general ones of the same path
 * @throws BridgeError config/mappings-folder where the folder cannot be read
 */
export function readMappingTree(folder: string, trust: string): MappingTree {
  const own = `${trustsFolder}/${trust}/`;
  const paths = listFiles(folder);
  const general = paths.filter((path) => !path.startsWith(`${trustsFolder}/`));
  const tree = new Map(general.map((path) => [path, readOne(folder, path)]));
  for (const path of paths.filter((candidate) => candidate.startsWith(own))) {
    tree.set(path.slice(own.length), readOne(folder, path));
  }
  return tree;
}

function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((path) => path.split(sep).join('/'))
      .filter((path) => /\.(yaml|csv)$/.test(path))
      .sort();
  } catch (error) {
    throw new BridgeError('config/mappings-folder', 'the mapping folder cannot be read', {
      where: folder,
      cause: error,
    });
  }
}

function readOne(folder: string, path: string): MappingFile {
  const file = join(folder, path);
  return { file, text: readFileSync(file, 'utf8') };
}
