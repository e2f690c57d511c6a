import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { BridgeError } from '../../src/errors.ts';
import { loadMappings } from '../../src/mapping/load.ts';
import { readMappingTree } from '../../src/mapping/tree.ts';
import { mappingFolder, mappingTree, mappingsWith } from '../support/mapping.ts';

function faultsOf(files: Readonly<Record<string, string | undefined>>): string[] {
  try {
    loadMappings(mappingTree(files), 'RZZ');
  } catch (error) {
    if (error instanceof BridgeError)
      return error.findings.map(({ where, message }) => `${where} ${message}`);
    throw error;
  }
  return [];
}

const pd1 = 'hl7v2-to-fhir/segments/pd1-patient.yaml';
const rowOf = (row: string): string =>
  `segment: PD1\nresource: Patient\nsourceId: person\nrows:\n  - ${row}\n`;

describe('loading a mapping set', () => {
  it("the product's own set loads and maps the events that this program promises", () => {
    expect([...mappingsWith().events.keys()].sort()).toEqual([
      ...['01', '02', '03', '04', '05', '06', '07', '08', '11', '12', '13', '14', '15', '16', '21', '22', '23', '24'],
      ...['25', '26', '27', '28', '29', '31', '34', '36', '37', '38', '40', '41', '42', '43', '44', '45', '47', '49'],
      ...['50', '51', '52', '53'],
    ].map((number) => `ADT^A${number}`).concat(
      'MDM^T01', 'MDM^T02', 'MDM^T04', 'MDM^T06', 'MDM^T08', 'MDM^T10', 'MDM^T11', 'ORU^R01',
      'PGL^PC6', 'PGL^PC7', 'PGL^PC8', 'REF^I12', 'REF^I13', 'REF^I14', 'REF^I15',
      'SIU^S12', 'SIU^S13', 'SIU^S14', 'SIU^S15', 'SIU^S16', 'SIU^S17', 'SIU^S26',
    )); // prettier-ignore
  });

  it('every fault of the whole set is told at once, each with file and line', () => {
    const faults = faultsOf({
      [pd1]: rowOf('{ from: PD1-12, to: gender, via: no-such-conversion, own: test }'),
      'codes/vip.csv': 'code,value\nY,R\nY,N\n',
      'codes/teams.csv': 'team,name,type,served,champion,duty_queue\nT1,Team,Community,maybe,,\n',
    });
    expect(faults).toEqual(
      expect.arrayContaining([
        expect.stringMatching(
          /^mappings\/hl7v2-to-fhir\/segments\/pd1-patient.yaml:5 rows\[0\]\.via: .*cx-identifiers/,
        ),
        'mappings/codes/vip.csv:3 this code stands twice',
        'mappings/codes/teams.csv:2 type must be an MHSDS service or team type (A06, A14 …)',
        'mappings/codes/teams.csv:2 served must be yes, no or blank',
      ]),
    );
  });

  it.each([
    ['{ to: gender, via: cx-identifiers, own: x }', 'needs either from or value'],
    ['{ from: PD1-12, to: gender, via: dtm-datetime }', 'needs guide (its row) or own (why)'],
    ['{ from: PD1-12, to: gender, own: x }', 'needs via (a conversion) or codes (a table)'],
    ['{ from: PID-8, to: gender, codes: vip, own: x }', 'is no field of PD1'],
    ['{ from: PD1.12, to: gender, codes: vip, own: x }', 'a place is written as PID-3 or PID-3.1'],
    ['{ from: PD1-12, to: Gender, codes: vip, own: x }', 'an element is written as'],
    ['{ from: PD1-12, to: gender, codes: vips, own: x }', '"vip"'],
    ['{ from: PD1-12, to: gender, codes: vip, own: x, when: y }', 'unknown key when; allowed: from, value'],
  ])('the row %s is refused: %s', (row, message) => {
    expect(faultsOf({ [pd1]: rowOf(row) }).join('\n')).toContain(message);
  });

  it('a code that is not quoted is refused, and the reader is told to quote it', () => {
    const file = 'hl7v2-to-fhir/segments/obx-employment-status.yaml';
    const text = mappingTree().get(file)?.text.replace("'224362002'", '224362002') ?? '';
    expect(faultsOf({ [file]: text }).join()).toContain('quote it');
  });

  it('a table of authorities that leaves the teams without systems is refused', () => {
    const faults = faultsOf({
      'codes/assigning-authorities.csv': 'authority,kind,system,default\nRZZ,person,not a uri,yes\n',
    });
    expect(faults).toEqual(
      expect.arrayContaining([
        'mappings/codes/assigning-authorities.csv:2 system must be a URI (https://… or urn:…)',
        'codes/assigning-authorities.csv a default of kind staff is missing',
        'codes/assigning-authorities.csv a default of kind team is missing',
      ]),
    );
  });

  it('an event that two files map is refused', () => {
    const text = mappingTree().get('hl7v2-to-fhir/messages/ADT_A03.yaml')?.text.replace('[A03]', '[A08]');
    expect(faultsOf({ 'hl7v2-to-fhir/messages/ADT_A03.yaml': text }).join()).toContain(
      'ADT^A08 is mapped by two',
    );
  });

  it('the hash names the set: any change of a file or of the trust changes it', () => {
    const hash = mappingsWith().hash;
    expect(mappingsWith().hash).toBe(hash);
    expect(loadMappings(mappingTree(), 'RYY').hash).not.toBe(hash);
    expect(mappingsWith({ 'codes/vip.csv': 'code,value\nY,R\n' }).hash).not.toBe(hash);
  });
});

describe('the mapping folder', () => {
  it("a trust's own file lies over the general one, another trust's does not", () => {
    const folder = mkdtempSync(join(tmpdir(), 'ips-bridge-mappings-'));
    try {
      cpSync(mappingFolder, folder, { recursive: true });
      for (const [trust, name] of [
        ['RYY', 'Own team'],
        ['RXX', 'Foreign team'],
      ]) {
        mkdirSync(join(folder, `trusts/${trust}/codes`), { recursive: true });
        const table = `team,name,type,served,champion,duty_queue\nT1,${name},A06,yes,,\n`;
        writeFileSync(join(folder, `trusts/${trust}/codes/teams.csv`), table);
        const authorities = ['person', 'staff', 'team'].map(
          (kind) => `${trust},${kind},urn:test:${kind},yes\n`,
        );
        const file = join(folder, `trusts/${trust}/codes/assigning-authorities.csv`);
        writeFileSync(file, `authority,kind,system,default\n${authorities.join('')}`);
      }
      const mappings = loadMappings(readMappingTree(folder, 'RYY'), 'RYY');
      expect(mappings.teams.all.map((team) => [team.id, team.name, team.served])).toEqual([
        ['T1', 'Own team', true],
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('a folder that cannot be read is an error that names it', () => {
    expect(() => readMappingTree('/no/such/folder', 'RZZ')).toThrow(
      expect.objectContaining({ kind: 'config/mappings-folder', where: '/no/such/folder' }),
    );
  });

  it('a table as a spreadsheet saves it is read: byte-order mark, CRLF, quotes, blank lines', () => {
    const text = '\uFEFFcode,value,display\r\n"A ""b""",R,"x, y"\r\n\r\nC,,\r\n';
    expect(mappingsWith({ 'codes/vip.csv': text }).events.size).toBe(mappingsWith().events.size);
    expect(faultsOf({ 'codes/vip.csv': 'code,value\nA,R,x\n' })).toEqual([
      'mappings/codes/vip.csv:2 3 cells where the header has 2',
    ]);
    expect(faultsOf({ 'codes/vip.csv': 'code,value\nA,"R\nB,R\n' })).toEqual([
      'mappings/codes/vip.csv:2 a quote is not closed, or stands inside a cell that is not quoted',
    ]);
    expect(faultsOf({ 'codes/vip.csv': 'code,meaning\nA,R\n' }).join()).toContain('column value is missing');
  });
});
