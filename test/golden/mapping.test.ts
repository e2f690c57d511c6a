// Golden cases of the mapping: `<folder>/<case>.hl7` and what it must become beside it. UPDATE_GOLDEN=1 rewrites the
// expected files; the diff is read. `uses` names the mapping files that the case goes through, so that the
// architecture test can tell which file has no case. Cases in `trusts/<ODS>/` are read with that trust's set, all others
// with that of the example trust RZZ.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Translation } from '../../src/fhir/canonical.ts';
import { validate } from '../../src/fhir/validate.ts';
import { readMessage } from '../../src/hl7v2/message.ts';
import type { Message } from '../../src/hl7v2/message.ts';
import { caseText } from '../../src/mapping/case-text.ts';
import { caseSource, listCases, readExpected, runCase } from '../../src/mapping/cases.ts';
import { loadMappings } from '../../src/mapping/load.ts';
import type { Mappings } from '../../src/mapping/load.ts';
import { translate } from '../../src/mapping/translate.ts';
import { readMappingTree } from '../../src/mapping/tree.ts';
import { planRows } from '../../src/record/plan.ts';

const root = join(import.meta.dirname, 'mapping');
const sets = new Map<string, Mappings>();
const update = process.env.UPDATE_GOLDEN === '1';

const cases = listCases(root);

/** The set that a case is read with. */
function setOf(name: string): Mappings {
  const trust = /^trusts\/(\w+)\//.exec(name)?.[1] ?? 'RZZ';
  const loaded =
    sets.get(trust) ??
    loadMappings(readMappingTree(join(import.meta.dirname, '../../mappings'), trust), trust);
  sets.set(trust, loaded);
  return loaded;
}

function translationOf(name: string, message: Message): Translation | undefined {
  try {
    return translate(setOf(name), message, caseSource);
  } catch {
    return undefined;
  }
}

describe('golden cases of the mapping', () => {
  it.each(cases.map((one) => [one.name, one] as const))('%s becomes what stands beside it', (_name, one) => {
    const result = runCase(setOf(one.name), one);
    if (update) writeFileSync(one.expected, caseText(result));
    expect(existsSync(one.expected)).toBe(true);
    expect(result).toEqual(readExpected(one));
  });

  it.each(cases.map((one) => [one.name, one.message]))(
    'what %s adds to an empty record is valid FHIR',
    (name, file) => {
      const translation = translationOf(name, readMessage(readFileSync(file)));
      if (translation?.outcome !== 'used') return;
      const record = { id: 1, uid: 'u1', keys: [], rows: [] };
      const plan = planRows(record, translation.resources, {
        source: 'pas',
        at: caseSource.receivedAt,
        personUid: 'u1',
      });
      expect(plan.rows.flatMap((row) => validate(row.resource))).toEqual([]);
    },
  );

  it('no expected file stands without its message', () => {
    const expected = readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.expected.json'))
      .map((name) => name.slice(0, -'.expected.json'.length));
    const names = cases.map(({ name }) => name);
    expect(expected.filter((name) => !names.includes(name))).toEqual([]);
  });
});
