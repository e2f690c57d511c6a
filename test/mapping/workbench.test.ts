// The informatician's workbench, its pure parts: cases, coverage, comparison, lint and the list of what is held.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { caseText } from '../../src/mapping/case-text.ts';
import { differencesOf, filesWithoutCase, listCases, readExpected } from '../../src/mapping/cases.ts';
import { createCoverage } from '../../src/mapping/coverage.ts';
import { createMessageDiff, outcomeOf } from '../../src/mapping/diff.ts';
import { loadGuide } from '../../src/mapping/guide.ts';
import { heldData, heldDataText } from '../../src/mapping/held-data.ts';
import { lint } from '../../src/mapping/lint.ts';
import { mappingsWith, messageOf, pasFeed } from '../support/mapping.ts';

const golden = listCases(join(import.meta.dirname, '../golden/mapping'));
const mappings = mappingsWith();
const pid = 'PID|1||R0001234^^^RZZ^PI||EXAMPLE^Ann||19800203|2';

describe('mapping cases', () => {
  it('a difference names the element and both sides', () => {
    const result = (gender: string) => ({ resources: [{ sourceId: 'a', resource: { resourceType: 'Patient', gender } }] });
    expect(differencesOf(result('female'), result('male'))).toEqual([
      { element: 'Patient.gender', expected: 'female', actual: 'male' },
    ]);
    expect(differencesOf(result('male'), result('male'))).toEqual([]);
  }); // prettier-ignore

  it('a case is written as it stands in the repository', () => {
    expect(golden.length).toBeGreaterThan(50);
    const changed = golden.filter(
      (one) => caseText(readExpected(one)) !== readFileSync(one.expected, 'utf8'),
    );
    expect(changed.map(({ name }) => name)).toEqual([]);
  });

  it('a mapping file that no case goes through is named', () => {
    const path = 'hl7v2-to-fhir/segments/pid-patient.yaml';
    expect(filesWithoutCase(mappings, new Set())).toContain(path);
    expect(filesWithoutCase(mappings, new Set([path]))).not.toContain(path);
  });
});

describe('coverage', () => {
  it('names what is sent and never read, unknown codes, and what never came', () => {
    const coverage = createCoverage(mappings);
    const segments = [`${pid}|||1 High Street^^Leeds`, 'NK1|1|SMITH^John', 'OBX|1|CE|EMPSTATUS||77||||||F', 'OBX|2|CE|OTHER||x||||||F'];
    coverage.add(messageOf('ADT^A31', ...segments), pasFeed);
    coverage.add(messageOf('ADT^Z99', pid), pasFeed);
    const report = coverage.report();
    const known = report.events.find(({ event }) => event === 'ADT^A31');
    const places = known?.unread.map(({ place }) => place) ?? [];
    expect(places).toEqual(expect.arrayContaining(['PID-1', 'PID-11', 'NK1', 'OBX-5']));
    expect(places).not.toContain('PID-8');
    expect(places).not.toContain('OBX-3');
    expect(known?.sender).toBe('PAS RZZ');
    expect(report.events.find(({ event }) => event === 'ADT^Z99')?.outcome).toBe('unused');
    const table = report.tables.find((one) => one.table === 'employment-status');
    expect(table?.unknown).toEqual([{ code: '77', times: 1 }]);
    expect(table?.neverSeen).toContain('02');
    expect(report.rowsNeverUsed).toContainEqual({ row: 'hl7v2-to-fhir/segments/pid-patient.yaml rows[4]', to: 'deceased[x]', why: 'never-sent' });
    expect(report.rowsNeverUsed.map(({ row }) => row)).not.toContain('hl7v2-to-fhir/segments/pid-patient.yaml rows[2]');
    expect(report.eventsNeverSeen).toContain('ADT^A40');
  }); // prettier-ignore

  it('holds no value of a message', () => {
    const coverage = createCoverage(mappings);
    coverage.add(messageOf('ADT^A31', `${pid}|||1 High Street^^Leeds`), pasFeed);
    const text = JSON.stringify(coverage.report());
    for (const value of ['R0001234', 'EXAMPLE', 'Ann', '19800203', 'High Street'])
      expect(text).not.toContain(value);
  });

  it('tells a message that would be held by its reason', () => {
    const coverage = createCoverage(mappings);
    coverage.add(messageOf('ADT^A31', 'PID|1||7^^^STRANGE'), pasFeed);
    expect(coverage.report().events[0]?.held).toEqual({ 'identity/unknown-authority': 1 });
  });
});

describe('the comparison of two sets', () => {
  const gender = readFileSync(
    join(import.meta.dirname, '../../mappings/codes/administrative-gender.csv'),
    'utf8',
  );
  const other = mappingsWith({ 'codes/administrative-gender.csv': gender.replace(/^2,female.*\n/m, '') });

  it('tells elements lost and codes that become unknown, and nothing of the same set', () => {
    const message = messageOf('ADT^A31', pid);
    const diff = createMessageDiff();
    const now = outcomeOf(mappings, message, pasFeed);
    diff.add('ADT^A31', 7, now, outcomeOf(mappings, message, pasFeed));
    expect(diff.report()).toEqual({ messages: 1, outcomes: [], elements: [], unknownCodes: [] });
    diff.add('ADT^A31', 8, now, outcomeOf(other, message, pasFeed));
    const { elements, unknownCodes } = diff.report();
    expect(elements).toEqual([{ event: 'ADT^A31', element: 'Patient.gender', change: 'lost', messages: 1, first: 8 }]);
    expect(unknownCodes).toEqual([{ table: 'administrative-gender', code: '2', change: 'gained', messages: 1, first: 8 }]);
  }); // prettier-ignore

  it('tells a message that would be held with one of them only', () => {
    const message = messageOf('ADT^A31', pid);
    const diff = createMessageDiff();
    const held = outcomeOf(mappings, messageOf('ADT^A31', 'PID|1'), pasFeed);
    diff.add('ADT^A31', 9, outcomeOf(mappings, message, pasFeed), held);
    expect(diff.report().outcomes).toEqual([
      { event: 'ADT^A31', from: 'used', to: 'held (identity/missing-patient-id)', messages: 1, first: 9 },
    ]);
  });
});

describe('lint', () => {
  const guide = loadGuide();
  const file = (rows: string): string => `segment: ZZ1\nresource: Patient\nsourceId: person\nrows:\n${rows}`;
  const found = (rows: string, guideTable = '') =>
    lint(
      mappingsWith({ 'hl7v2-to-fhir/segments/zz1.yaml': `${guideTable}${file(rows)}` }),
      guide,
      new Set(),
    ).filter(({ where }) => where.includes('zz1'));

  it('finds a row that never wins, a file that nobody uses and an element that nothing reads', () => {
    const rows = `  - { from: ZZ1-1, to: gender, codes: administrative-gender, own: x }\n  - { value: other, to: gender, own: x }\n  - { from: ZZ1-2, to: name, via: xpn-humanname, own: x }\n`;
    expect(found(rows).map(({ severity, rule }) => `${severity} ${rule}`)).toEqual(
      expect.arrayContaining(['error never-wins', 'warning unused-file', 'warning nothing-reads']),
    );
  });

  it('finds a citation that the guide does not have', () => {
    const wrong = { 'hl7v2-to-fhir/segments/pd1-patient.yaml': 'segment: PD1\nresource: Patient\nguide: PD1[Patient]\nsourceId: person\nrows:\n  - { from: PD1-12, to: meta.security, via: id-confidentiality, codes: protection-indicator, guide: PD1-99 }\n' }; // prettier-ignore
    const rules = lint(mappingsWith(wrong), guide, new Set()).filter(({ rule }) => rule === 'not-in-guide');
    expect(rules.map(({ where }) => where)).toEqual(['hl7v2-to-fhir/segments/pd1-patient.yaml rows[0]']);
  });

  it('finds no error in the mappings of the product', () => {
    expect(lint(mappings, guide, new Set()).filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});

describe('the list of what is held', () => {
  it('has each mapped element with its fields and what reads it', () => {
    expect(heldData(mappings)).toContainEqual(
      expect.objectContaining({
        element: 'Patient.birthDate',
        from: ['PID-32', 'PID-7'],
        purpose: expect.stringContaining('age'),
      }),
    );
  });

  it('says of an element that nothing reads that nothing does', () => {
    const text = heldDataText(mappings);
    expect(text).toMatch(/\| `Patient\.birthDate` +\| PID-32, PID-7 /);
    const unread = heldData(mappings).filter(({ purpose }) => purpose === undefined);
    expect(text.match(/\*\*nothing reads it\*\*/g) ?? []).toHaveLength(unread.length);
  });
});
