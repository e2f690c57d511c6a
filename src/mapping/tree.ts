// The mapping folder as data: every YAML and CSV file, and over each the trust's own of the same path
// (`trusts/<ODS>/…`, only what differs). Whoever interprets a file says how the two go together; a reader that does not
// gets the trust's file in the place of the general one.
import { readFileSync, readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { BridgeError, errorOf } from '../errors.ts';

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
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

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
  const faults = paths.flatMap((path) => nameFault(path, own) ?? []);
  const error = errorOf(faults.map(({ path, message }) => ({ kind: 'config/mapping-file', where: join(folder, path), message }))); // prettier-ignore
  if (error !== undefined) throw error;
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
      .filter((path) => /\.(ya?ml|csv)$/i.test(path))
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
  try {
    return { file, text: utf8.decode(readFileSync(file)) };
  } catch (cause) {
    // Another charset would turn letters of codes and names into others that no message holds.
    const message = 'this file is not UTF-8: save it as UTF-8 (in a spreadsheet: CSV UTF-8)';
    throw new BridgeError('config/charset', message, { where: file, findings: [{ kind: 'config/charset', where: file, message }], cause }); // prettier-ignore
  }
}

/** What a file of the set may be called; any other would be read by nobody, and what it says would not hold. */
const known = [
  /^hl7v2-to-fhir\/(segments|groups|messages)\/[^/]+\.yaml$/,
  /^fhir-to-hl7v2\/[^/]+\.yaml$/,
  /^triggers\/[^/]+\.yaml$/,
  /^codes\/[a-z0-9-]+\.csv$/,
  /^(work-question|employment-goal)\.yaml$/,
];

/** Files of other trusts are theirs to mend, but for a folder that only differs in case: it is meant for this one. */
function nameFault(
  path: string,
  own: string,
): { readonly path: string; readonly message: string } | undefined {
  const isOwn = path.startsWith(own);
  if (!isOwn && path.toLowerCase().startsWith(own.toLowerCase())) {
    return { path, message: `the folder of this trust is ${own}, in these letters` };
  }
  if (path.startsWith(`${trustsFolder}/`) && !isOwn) return undefined;
  const below = isOwn ? path.slice(own.length) : path;
  if (known.some((pattern) => pattern.test(below))) return undefined;
  const places = 'hl7v2-to-fhir/segments, groups or messages/<name>.yaml, fhir-to-hl7v2/<name>.yaml, triggers/<name>.yaml, codes/<name in small letters>.csv, work-question.yaml, employment-goal.yaml'; // prettier-ignore
  return { path, message: `no file of a mapping set is called so; there are ${places}` };
}
