// The mapping folder as data: every YAML and CSV file, and over each the trust's own of the same path
// (`trusts/<ODS>/…`, only what differs). Whoever interprets a file says how the two go together; a reader that does not
// gets the trust's file in the place of the general one.
import { readFileSync, readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { BridgeError } from '../errors.ts';

export interface MappingFile {
  /** The file as errors name it. */
  readonly file: string;
  readonly text: string;
  /** Of a trust's own file: the general one of the same path, over which it lies. */
  readonly general?: MappingFile;
}

/** Path below the mapping folder (`codes/teams.csv`, with `/`) → the file that counts for this trust. */
export type MappingTree = ReadonlyMap<string, MappingFile>;

const trustsFolder = 'trusts';

/**
 * Reads a mapping folder once.
 *
 * @param folder the folder, `mappings` in the product
 * @param trust ODS code, whose files in `trusts/<ODS>` lie over the general ones; a trust may have none
 * @throws BridgeError config/mappings-folder where the folder cannot be read
 */
export function readMappingTree(folder: string, trust: string): MappingTree {
  const own = `${trustsFolder}/${trust}/`;
  const paths = listFiles(folder);
  const general = paths.filter((path) => !path.startsWith(`${trustsFolder}/`));
  const tree = new Map(general.map((path) => [path, readOne(folder, path)]));
  for (const path of paths.filter((candidate) => candidate.startsWith(own))) {
    const below = path.slice(own.length);
    const general = tree.get(below);
    tree.set(below, { ...readOne(folder, path), ...(general === undefined ? {} : { general }) });
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
