// What would load and then say nothing: rows, files and tables whose mistake nobody would see until somebody is missing
// from a list. Each is refused, with its file and line.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BridgeError } from '../../src/errors.ts';
import { loadMappings } from '../../src/mapping/load.ts';
import { readMappingTree } from '../../src/mapping/tree.ts';
import { mappingFolder } from '../support/mapping.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ips-bridge-refused-'));
  cpSync(mappingFolder, folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The faults of trust RZZ with one more file, each as `<file>:<line> <message>`. */
function faultsWith(path: string, content: string | Buffer): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  try {
    loadMappings(readMappingTree(folder, 'RZZ'), 'RZZ');
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    return error.findings.map(({ where, message }) => `${where.slice(folder.length + 1)} ${message}`).join('\n');
  }
  return '';
} // prettier-ignore

const own = 'trusts/RZZ';
const segment = (name: string): string => `${own}/hl7v2-to-fhir/segments/${name}.yaml`;

describe('a row of a trust', () => {
  it.each([
    ['pid-patient', '{ from: PID-7, to: birthdate, via: dtm-birthdate, own: x }', 'FHIR R4 has no element birthdate of Patient'],
    ['pv1-encounter', '{ from: PV1-44, to: period.begin, via: dtm-datetime, own: x }', 'Encounter.period has no part begin'],
    ['pid-patient', '{ from: PID-5, to: name.family, via: tx-text, own: x }', 'Patient.name has no part family'],
    ['pid-patient', '{ from: PID-7, to: name, via: dtm-birthdate, own: x }', 'dtm-birthdate makes date, and name is HumanName*'],
    ['obx-employment-status', '{ from: OBX-5, to: valueCodeableConcept, via: cwe-codeableconcept, own: x }', 'cwe-codeableconcept needs codes (a table)'],
    ['obx-employment-status', '{ from: OBX-5, to: valueCodeableConcept, codes: employment-status, own: x }', 'is a CodeableConcept: a row with codes alone sets a code'],
    ['obx-employment-status', '{ from: OBX-5, to: valueCodeableConcept, via: cwe-as-sent, codes: employment-status, own: x }', 'cwe-as-sent reads no table'],
    ['obx-employment-status', '{ value: finished, to: status, own: x }', 'FHIR allows Observation.status only: registered'],
    ['rol-practitionerrole', '{ from: ROL-2, to: active, via: id-role-active, own: x }', 'id-role-active reads 2 fields together'],
  ])('of %s that sets what FHIR or its conversion cannot is refused: %s', (name, row, message) => {
    const faults = faultsWith(segment(name), `rows:\n  - ${row}\n`);
    expect(faults).toMatch(new RegExp(`^${segment(name)}:2 rows`));
    expect(faults).toContain(message);
  }); // prettier-ignore

  it('cannot give a Patient another id than the person, nor refer to the person by no reference', () => {
    expect(faultsWith(segment('pid-patient'), 'sourceId: [{ from: PID-3.1 }]\n')).toContain('sourceId: of a Patient is person'); // prettier-ignore
    expect(faultsWith(segment('pv1-encounter'), 'person: subjct\n')).toContain('person: is no reference of Encounter'); // prettier-ignore
    expect(faultsWith(segment('gol-goal'), 'sourceId: [{ from: GOL-4, via: ei-identifiers }]\n')).toContain('ei-identifiers makes Identifier*, which is no text'); // prettier-ignore
  });
});

describe('a file that nothing reads', () => {
  it.each([
    ['hl7v2-to-fhir/segment/pid-patient.yaml', 'no file of a mapping set is called so'],
    ['hl7v2-to-fhir/segments/pid-patient.yml', 'no file of a mapping set is called so'],
    ['codes/roles.CSV', 'no file of a mapping set is called so'],
    ['codes/Roles.csv', 'no file of a mapping set is called so'],
    ['codes/roles (1).csv', 'no file of a mapping set is called so'],
    ['work-questions.yaml', 'no file of a mapping set is called so'],
  ])('%s of a trust is refused, and never passed over', (path, message) => {
    expect(faultsWith(`${own}/${path}`, 'code,value\n')).toContain(`${own}/${path} ${message}`);
  });

  it('a folder of the trust in other letters is refused; another trust is left alone', () => {
    expect(faultsWith('trusts/rzz/codes/roles.csv', 'code,value\n')).toContain('the folder of this trust is trusts/RZZ/'); // prettier-ignore
    rmSync(join(folder, 'trusts/rzz'), { recursive: true });
    expect(faultsWith('trusts/RXX/code/roles.yml', 'code,value\n')).toBe('');
  });

  it('what is not UTF-8 is refused, for its letters would match no message', () => {
    const latin = Buffer.from('code,value\nK\u00e9,care-coordinator\n', 'latin1');
    expect(faultsWith(`${own}/codes/roles.csv`, latin)).toContain(`${own}/codes/roles.csv this file is not UTF-8`); // prettier-ignore
  });
});

describe('a work question', () => {
  const rest = 'answer: OBX-5\nanswers: work-answers\n';
  it.each([
    [`segment: OBX\n${rest}`, 'OBX holds results of every kind'],
    [`segment: OBX\ncode: OBX-3\nquestions: ['']\n${rest}`, 'a code has no blanks around it'],
    [`segment: OBX\ncode: OBX-3\nquestions: [' WORKWISH']\n${rest}`, 'a code has no blanks around it'],
    [`segment: OBX\ncode: OBX-3\nquestions: [EMPSTATUS]\n${rest}`, 'questions: EMPSTATUS is what obx-employment-status reads'],
  ])('%j is refused, as it would read other answers or none', (text, message) => {
    expect(faultsWith(`${own}/work-question.yaml`, text)).toContain(message);
  }); // prettier-ignore
});

describe('a table whose meanings nobody reads', () => {
  it.each([
    ['work-answers', 'code,value\nPAID,paid_job\n', 'must be one of paid-job, keep-or-change'],
    ['roles', 'code,value\nCCO,care-co-ordinator\n', 'must be one of care-coordinator'],
    ['employment-status', 'code,value\nA,2\n', 'must be one of 01, 02'],
    ['vip', 'code,value\nV,Restricted\n', 'must be one of U, L, M, N, R, V'],
    ['protection-indicator', 'code,value\nV,Restricted\n', 'must be one of U, L, M, N, R, V'],
    ['document-confidentiality', 'code,value\nX,high\n', 'must be one of U, L, M, N, R, V'],
    ['administrative-gender', 'code,value\nX,Male\n', 'must be one of male, female'],
    ['observation-status', 'code,value\nF,finall\n', 'must be one of registered'],
    ['goal-lifecycle-status', 'code,value\nA,aktive\n', 'must be one of proposed, planned'],
    ['participant-status', 'code,value\nBooked,yes\n', 'must be one of accepted, declined'],
    ['duration-units', 'code,value\nMN,minute\n', 'must be one of s, min, h, d'],
    ['referral-type', 'code,value,system\nIPS,1.08261E+15,http://snomed.info/sct\n', 'is no SNOMED CT id'],
    ['referral-type', 'code,value,system\nIPS,1082611000000106,http://snomed.info/sct\n', 'is no SNOMED CT id'],
  ])('%s: %j is refused', (table, text, message) => {
    const faults = faultsWith(`${own}/codes/${table}.csv`, text);
    expect(faults).toContain(`${own}/codes/${table}.csv:2 value ${message}`);
    expect(faults.split('\n')).toHaveLength(1);
  }); // prettier-ignore

  it('a blank meaning is none, and never a fault; an empty line of a spreadsheet is nothing', () => {
    expect(faultsWith(`${own}/codes/vip.csv`, 'code,value\nV,\n,\n')).toBe('');
  });

  it('NHS numbers are no key of a person, whatever authority the table gives them', () => {
    const text = 'authority,kind,system,default\nRZZ,person,urn:x:p,yes\nRZZ,staff,urn:x:s,yes\nRZZ,team,urn:x:t,yes\nSPINE,person,https://fhir.nhs.uk/Id/nhs-number,no\n';
    expect(faultsWith(`${own}/codes/assigning-authorities.csv`, text)).toContain('assigning-authorities.csv:5 NHS numbers are of kind nhs');
  }); // prettier-ignore
});
