// Golden cases of the mapping: `<folder>/<case>.hl7` and what it must become beside it. UPDATE_GOLDEN=1 rewrites the
// expected files; the diff is read. `uses` names the mapping files that the case goes through, so that the
// architecture test can tell which file has no case.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { format } from 'prettier';
import { BridgeError } from '../../src/errors.ts';
import type { Translation } from '../../src/fhir/canonical.ts';
import { validate } from '../../src/fhir/validate.ts';
import { readMessage } from '../../src/hl7v2/message.ts';
import type { Message } from '../../src/hl7v2/message.ts';
import { explain } from '../../src/mapping/explain.ts';
import { loadMappings } from '../../src/mapping/load.ts';
import { translate } from '../../src/mapping/translate.ts';
import { readMappingTree } from '../../src/mapping/tree.ts';
import { planRows } from '../../src/record/plan.ts';

const root = join(import.meta.dirname, 'mapping');
const mappings = loadMappings(readMappingTree(join(import.meta.dirname, '../../mappings'), 'RZZ'), 'RZZ');
const feed = { id: 'pas', zone: 'Europe/London', receivedAt: new Date('2026-03-01T12:00:00Z') };
const update = process.env.UPDATE_GOLDEN === '1';

const cases = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.hl7'))
  .map((name) => name.slice(0, -'.hl7'.length))
  .sort();

/** The mapping files that a message goes through, by their paths in the mapping folder. */
function usesOf(message: Message): string[] {
  const { messageCode, triggerEvent } = message.header;
  const map = mappings.events.get(`${messageCode}^${triggerEvent}`);
  if (map === undefined) return [];
  const rows = explain(mappings, message, feed).flatMap(({ file, codes, element }) => [
    ...(file === map.file ? [] : [`hl7v2-to-fhir/segments/${file}.yaml`]),
    ...(codes === 'work-question'
      ? ['work-question.yaml', 'codes/work-answers.csv']
      : codes === undefined
        ? []
        : [`codes/${codes}.csv`]),
    ...(element === 'EpisodeOfCare.team' ? ['codes/teams.csv'] : []),
  ]);
  return [...new Set([map.file, ...map.groups, 'codes/assigning-authorities.csv', ...rows])].sort();
}

function resultOf(message: Message): unknown {
  try {
    return { uses: usesOf(message), ...translate(mappings, message, feed) };
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    const { kind, where, findings } = error;
    const faults = findings.map((finding) => `${finding.kind} at ${finding.where}`);
    return { expectError: { kind, where, ...(faults.length > 0 ? { faults } : {}) } };
  }
}

function translationOf(message: Message): Translation | undefined {
  try {
    return translate(mappings, message, feed);
  } catch {
    return undefined;
  }
}

describe('golden cases of the mapping', () => {
  it.each(cases)('%s becomes what stands beside it', async (name) => {
    const message = readMessage(readFileSync(join(root, `${name}.hl7`)));
    const result: unknown = JSON.parse(JSON.stringify(resultOf(message)));
    const file = join(root, `${name}.expected.json`);
    if (update)
      writeFileSync(file, await format(JSON.stringify(result), { parser: 'json', printWidth: 110 }));
    expect(existsSync(file)).toBe(true);
    expect(result).toEqual(JSON.parse(readFileSync(file, 'utf8')));
  });

  it.each(cases)('what %s adds to an empty record is valid FHIR', (name) => {
    const translation = translationOf(readMessage(readFileSync(join(root, `${name}.hl7`))));
    if (translation?.outcome !== 'used') return;
    const record = { id: 1, uid: 'u1', keys: [], rows: [] };
    const plan = planRows(record, translation.resources, {
      source: 'pas',
      at: feed.receivedAt,
      personUid: 'u1',
    });
    expect(plan.rows.flatMap((row) => validate(row.resource))).toEqual([]);
  });

  it('no expected file stands without its message', () => {
    const expected = readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.expected.json'))
      .map((name) => name.slice(0, -'.expected.json'.length));
    expect(expected.filter((name) => !cases.includes(name))).toEqual([]);
  });
});
