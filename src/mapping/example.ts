// What a trust may have left as it came with the examples: the invented trusts' codes, addresses of example domains
// (RFC 2606), and tables copied from them and not changed.
import type { Finding } from '../errors.ts';
import type { MappingFile, MappingTree } from './tree.ts';

/** The invented trusts of `mappings/trusts`; neither is an ODS code in use. */
export const exampleTrusts: readonly string[] = ['RZZ', 'RZY'];

/**
 * Everything of a trust's set that is an example's. It loads and works: somebody should know before it is live.
 *
 * @param examples the trees of the invented trusts
 */
export function exampleFindings(
  tree: MappingTree,
  trust: string,
  examples: readonly MappingTree[],
): Finding[] {
  if (exampleTrusts.includes(trust)) {
    return [finding(`trusts/${trust}`, `${trust} is an invented trust: give your own ODS code and folder`)];
  }
  return [...tree].flatMap(([path, file]): Finding[] => {
    if (!isOf(file, trust)) return [];
    const copied = examples.some((example) => {
      const found = example.get(path);
      return found !== undefined && /trusts\//.test(found.file) && found.text === file.text;
    });
    if (copied) return [finding(path, 'is that of an example, unchanged')];
    return /\/\/[\w.-]*\.example\b/.test(file.text) ? [finding(path, 'holds an address of an example (….example)')] : [];
  }); // prettier-ignore
}

function isOf({ file }: MappingFile, trust: string): boolean {
  return file.includes(`trusts/${trust}/`);
}

function finding(where: string, message: string): Finding {
  return { kind: 'config/example', where, message };
}
