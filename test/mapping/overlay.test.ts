// A trust's folder over the general set: what takes the place of what, what is left out, and which file a fault names.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BridgeError } from '../../src/errors.ts';
import { exampleFindings } from '../../src/mapping/example.ts';
import { loadMappings } from '../../src/mapping/load.ts';
import type { Mappings } from '../../src/mapping/load.ts';
import { show } from '../../src/mapping/show.ts';
import { translate } from '../../src/mapping/translate.ts';
import { readMappingTree } from '../../src/mapping/tree.ts';
import { mappingFolder, messageOf, pasFeed } from '../support/mapping.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ips-bridge-overlay-'));
  cpSync(mappingFolder, folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The set of trust RXX with these files of its own. */
function setOf(files: Readonly<Record<string, string>>): Mappings {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, 'trusts/RXX', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return loadMappings(readMappingTree(folder, 'RXX'), 'RXX');
}

function faultsOf(files: Readonly<Record<string, string>>): string[] {
  try {
    setOf(files);
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    return error.findings.map(({ where, message }) => `${where.slice(folder.length + 1)} ${message}`);
  }
  return [];
}

const pd1 = 'hl7v2-to-fhir/segments/pd1-patient.yaml';
const pid = 'hl7v2-to-fhir/segments/pid-patient.yaml';
const rowsOf = ({ files }: Mappings, name: string): string[] =>
  (files.segments.get(name)?.rows ?? []).map(({ from, to }) => `${to} <- ${[from].flat().join()}`);

describe('a segment file of a trust', () => {
  it('puts its row in the place of the general ones of that element, and its new rows at the end', () => {
    const general = rowsOf(setOf({}), 'pid-patient');
    const rows = rowsOf(
      setOf({ [pid]: 'rows:\n  - { from: PID-21, to: gender, codes: vip, own: test }\n  - { value: true, to: active, own: test }\n' }),
      'pid-patient',
    ); // prettier-ignore
    const at = general.indexOf('gender <- PID-8');
    expect(at).toBeGreaterThan(0);
    expect(rows).toEqual([...general.with(at, 'gender <- PID-21'), 'active <- ']);
  });

  it('takes the place of every general row of one element, where the general file has several', () => {
    const rows = rowsOf(setOf({ 'hl7v2-to-fhir/segments/obx-employment-status.yaml': 'rows:\n  - { value: final, to: status, own: test }\n' }), 'obx-employment-status'); // prettier-ignore
    expect(rows.filter((row) => row.startsWith('status'))).toEqual(['status <- ']);
  });

  it('leaves out what it drops, and refuses to drop what is not there', () => {
    expect(rowsOf(setOf({ [pid]: 'drop: [extension]\n' }), 'pid-patient').join()).not.toContain('extension');
    expect(faultsOf({ [pid]: '# ours\ndrop:\n  - extensions\n' })).toEqual([
      `trusts/RXX/${pid}:3 drop: no entry of the general file has to extensions`,
    ]);
    expect(faultsOf({ [pid]: 'drop: extension\n' })).toEqual([
      `trusts/RXX/${pid}:1 drop: is a list of the names of general entries`,
    ]);
  });

  it('replaces any other key whole', () => {
    const { files } = setOf({ 'hl7v2-to-fhir/segments/obx-employment-status.yaml': 'only: [{ from: OBX-3, in: [MINE] }]\n' }); // prettier-ignore
    expect(files.segments.get('obx-employment-status')?.only).toMatchObject([
      { from: 'OBX-3', in: ['MINE'] },
    ]);
  });

  it('is told of a fault by its own file and line, and so is the general file by its own', () => {
    expect(faultsOf({ [pid]: '\nrows:\n  - { from: PID-8, to: gender, codes: no-such, own: test }\n' })).toEqual([
      expect.stringMatching(new RegExp(`^trusts/RXX/${pid}:3 rows\\[\\d\\]\\.codes: `)),
    ]);
    expect(faultsOf({ [pid]: 'row: []\n' })).toEqual([
      expect.stringMatching(new RegExp(`^trusts/RXX/${pid}:1 unknown key row`)),
    ]);
    writeFileSync(join(folder, pd1), 'segment: PD1\nresource: Patient\nsourceId: person\nrows:\n  - { from: PD1-12, to: gender, codes: none, own: test }\n'); // prettier-ignore
    expect(faultsOf({ [pd1]: 'rows: [{ value: true, to: active, own: test }]\n', [pid]: '# nothing\n' })).toEqual(
      expect.arrayContaining([expect.stringMatching(new RegExp(`^${pd1}:5 rows\\[0\\]\\.codes: `))]),
    );
  }); // prettier-ignore
});

describe('a message or group file of a trust', () => {
  it('adds segments, and leaves out the maps that it drops', () => {
    const { events } = setOf({
      'hl7v2-to-fhir/groups/care.yaml': 'drop: [rol-practitionerrole]\n',
      'hl7v2-to-fhir/messages/PGL_PC6.yaml': 'segments: [{ segment: PD1, map: pd1-patient, own: test }]\n',
    });
    const mapsOf = (event: string) => events.get(event)?.segments.map(({ map }) => map.name);
    expect(mapsOf('ADT^A08')).not.toContain('rol-practitionerrole');
    expect(mapsOf('PGL^PC6')).toEqual(['gol-goal', 'pd1-patient']);
  });

  it('is refused where a segment goes through the map of another', () => {
    expect(faultsOf({ 'hl7v2-to-fhir/groups/local.yaml': 'segments: [{ segment: ZXX, map: pd1-patient, own: test }]\n' }).join()).toContain('ZXX goes through pd1-patient, which reads PD1'); // prettier-ignore
  });
});

describe('a table of a trust', () => {
  const codesOf = ({ tables }: Mappings, name: string) =>
    [...(tables.get(name)?.entries ?? [])].map(([code, { value }]) => `${code}=${value ?? ''}`);

  it('changes, adds and removes rows by their key', () => {
    const set = setOf({ 'codes/protection-indicator.csv': 'code,value,change\nN,,\nX,R,\nY,,remove\n' });
    expect(codesOf(set, 'protection-indicator')).toEqual(['N=', 'X=R']);
  });

  it('stands alone where it removes every general row', () => {
    const set = setOf({ 'codes/protection-indicator.csv': 'code,value,change\nX,R,\n*,,remove\n' });
    expect(codesOf(set, 'protection-indicator')).toEqual(['X=R']);
  });

  it('names its own line where it removes what is not there, says anything else, or has a row twice', () => {
    const table = 'codes/protection-indicator.csv';
    expect(faultsOf({ [table]: 'code,value,change\nZ,,remove\nN,N,gone\nX,R,\nX,N,\n' })).toEqual([
      `trusts/RXX/${table}:5 this code stands twice`,
      `trusts/RXX/${table}:2 remove: the general table has no such row`,
      `trusts/RXX/${table}:3 change must be remove or blank`,
    ]);
  });

  it('of authorities goes by authority and kind together', () => {
    const { authorities } = setOf({ 'codes/assigning-authorities.csv': 'authority,kind,system,default\nNHS,staff,https://rxx.test/staff,no\n' }); // prettier-ignore
    expect(authorities.systemOf('nhs', 'NHS')).toBe('https://fhir.nhs.uk/Id/nhs-number');
    expect(authorities.systemOf('staff', 'NHS')).toBe('https://rxx.test/staff');
  });
});

describe('the general set', () => {
  it('loads without any trust, and tells what a trust has to add', () => {
    expect(setOf({}).missing.map(({ where }) => where)).toEqual([
      ...Array<string>(3).fill('codes/assigning-authorities.csv'),
      'codes/teams.csv',
      'work-question.yaml',
    ]);
    expect(loadMappings(readMappingTree(folder, 'RZZ'), 'RZZ').missing).toEqual([]);
  });

  it("holds nothing of the example trusts' own, so that their messages are held", () => {
    const message = messageOf('ADT^A08', 'PID|1||R1^^^RZZ');
    expect(() => translate(setOf({}), message, pasFeed)).toThrow(
      expect.objectContaining({ kind: 'identity/unknown-authority' }),
    );
  });

  it('is told apart by its hash from the same set with a trust over it, whichever layer changes', () => {
    const table = 'codes/protection-indicator.csv';
    const own = setOf({ [table]: 'code,value\nX,R\n' }).hash;
    writeFileSync(join(folder, table), 'code,value\nY,R\n');
    const changed = setOf({}).hash;
    expect(changed).not.toBe(own);
    expect(setOf({ [table]: 'code,value\nX,N\n' }).hash).not.toBe(changed);
  });
});

describe('the work question', () => {
  it.each([
    ['question and code apart', 'segment: OBX\ncode: OBX-3\nanswer: OBX-5\nanswers: vip\n', 'code and questions stand together'],
    ['a field of another segment', 'segment: ZWW\nanswer: OBX-5\nanswers: vip\n', 'is no field of ZWW'],
    ['a table that is not there', 'segment: ZWW\nanswer: ZWW-3\nanswers: mine\n', 'answers'],
  ])('with %s is refused', (_what, text, message) => {
    expect(faultsOf({ 'work-question.yaml': text }).join()).toContain(message);
  }); // prettier-ignore

  it('without a status or date of its own reads neither', () => {
    const { files } = setOf({ 'work-question.yaml': 'segment: ZWW\nanswer: ZWW-3\nanswers: vip\n' });
    const map = files.segments.get('obx-wants-work');
    expect(map).toMatchObject({ segment: 'ZWW', sourceId: [{}, { from: 'ZWW-3' }, { value: 'undated' }] });
    expect(JSON.stringify(map)).not.toContain('work-question.');
    expect(map?.only).toHaveLength(1);
    expect(map?.rows.map(({ to }) => to)).toEqual(['code', 'valueCodeableConcept', 'status']);
  });
});

describe('showing a set', () => {
  it('tells of every entry its layer, file and line', () => {
    setOf({ [pid]: '\nrows:\n  - { from: PID-21, to: gender, codes: vip, own: test }\n' });
    const [shown] = show(readMappingTree(folder, 'RXX'), 'RXX', 'PID');
    const [own, ...others] = shown?.entries.filter(({ origin }) => origin === 'trust') ?? [];
    expect(others).toEqual([]);
    expect(own).toMatchObject({ says: { from: 'PID-21' }, where: join(folder, `trusts/RXX/${pid}:3`) });
    expect(shown?.entries[0]).toMatchObject({ entry: 'segment', says: 'PID', origin: 'general', where: join(folder, `${pid}:3`) }); // prettier-ignore
  });

  it('finds files by segment, event, path, table and work-question, and nothing by another name', () => {
    const tree = readMappingTree(folder, 'RZY');
    const pathsOf = (name: string) => show(tree, 'RZY', name).map(({ path }) => path);
    expect(pathsOf('ZWW')).toEqual(['hl7v2-to-fhir/segments/obx-wants-work.yaml']);
    expect(pathsOf('ADT^A03')).toEqual(['hl7v2-to-fhir/messages/ADT_A03.yaml']);
    expect(pathsOf('hl7v2-to-fhir/groups/care.yaml')).toEqual(['hl7v2-to-fhir/groups/care.yaml']);
    expect(pathsOf('roles')).toEqual(['codes/roles.csv']);
    expect(pathsOf('work-question')).toEqual(['work-question.yaml']);
    expect(pathsOf('nothing')).toEqual([]);
    const [roles] = show(tree, 'RZY', 'codes/roles');
    expect(roles?.entries.map(({ entry, origin }) => `${entry} ${origin}`)).toContain('KW trust');
    expect(roles?.entries.map(({ entry }) => entry)).not.toContain('RT');
  });
});

describe('what is left of the examples', () => {
  it('is told: an invented trust, a table copied from one, an address of one', () => {
    const found = (trust: string) => {
      const examples = ['RZZ', 'RZY'].map((one) => readMappingTree(folder, one));
      return exampleFindings(readMappingTree(folder, trust), trust, examples).map(({ where }) => where);
    };
    expect(found('RZY')).toEqual(['trusts/RZY']);
    expect(found('RXX')).toEqual([]);
    cpSync(join(folder, 'trusts/RZZ/codes'), join(folder, 'trusts/RXX/codes'), { recursive: true });
    setOf({
      'codes/teams.csv': 'team,name,type,served,champion,duty_queue\nT1,Own,A06,,,\n',
      'codes/assigning-authorities.csv': 'authority,kind,system,default\nRXX,person,https://epr.rxx.example/id,yes\nRXX,staff,https://rxx.test/s,yes\nRXX,team,https://rxx.test/t,yes\n',
    }); // prettier-ignore
    expect(found('RXX')).not.toContain('codes/teams.csv');
    expect(found('RXX')).toEqual(
      expect.arrayContaining(['codes/assigning-authorities.csv', 'codes/vip.csv']),
    );
  });
});
