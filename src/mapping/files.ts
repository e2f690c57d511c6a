// The YAML files of a mapping set, read: a trust's own laid over the general one of the same path, the places of the work
// question filled in, and each checked by its schema. What a fault or an origin names is the layer's own file and line.
import type { z } from 'zod';
import { BridgeError } from '../errors.ts';
import type { Finding } from '../errors.ts';
import { checkYaml, openYaml } from '../yaml.ts';
import type { YamlDocument } from '../yaml.ts';
import { overlay, rowList, segmentList } from './overlay.ts';
import type { MappingFile, MappingTree } from './tree.ts';
import { guided } from './work-question.ts';
import type { WorkQuestion } from './work-question.ts';

const folder = 'hl7v2-to-fhir';
export type Subfolder = 'segments' | 'groups' | 'messages';

/** Path of a mapping file below the mapping folder. */
export function pathOf(subfolder: Subfolder, name: string): string {
  return `${folder}/${subfolder}/${name}.yaml`;
}

/** Names of the files of one subfolder, without ending. */
export function namesIn(tree: MappingTree, subfolder: Subfolder): string[] {
  const prefix = `${folder}/${subfolder}/`;
  return [...tree.keys()]
    .filter((path) => path.startsWith(prefix) && path.endsWith('.yaml'))
    .map((path) => path.slice(prefix.length, -'.yaml'.length));
}

/** Every file of one subfolder that its schema accepts, by its name without ending. */
export function readAll<S extends z.ZodType>(
  tree: MappingTree,
  subfolder: Subfolder,
  { schema, question }: { readonly schema: S; readonly question: WorkQuestion },
  faults: Finding[],
): [string, z.output<S>][] {
  return namesIn(tree, subfolder).flatMap((name): [string, z.output<S>][] => {
    try {
      const document = documentOf(tree, subfolder, name, { question, faults });
      return document === undefined ? [] : [[name, checkYaml(document, schema)]];
    } catch (error) {
      if (!(error instanceof BridgeError)) throw error;
      faults.push(...error.findings);
      return [];
    }
  });
}

/** One mapping file as it counts for the trust, not yet checked. @throws BridgeError config/yaml */
export function documentOf(
  tree: MappingTree,
  subfolder: Subfolder,
  name: string,
  { question, faults }: { readonly question: WorkQuestion; readonly faults: Finding[] },
): YamlDocument | undefined {
  const found = tree.get(pathOf(subfolder, name));
  if (found === undefined) return undefined;
  return guided(laidOver(found, subfolder, faults), question);
}

function laidOver(
  { file, text, general }: MappingFile,
  subfolder: Subfolder,
  faults: Finding[],
): YamlDocument {
  const own = openYaml(file, text);
  if (general === undefined) return own;
  const list = subfolder === 'segments' ? rowList : segmentList;
  return overlay(openYaml(general.file, general.text), own, list, faults);
}
