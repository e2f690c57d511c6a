// Golden cases of what is written as HL7v2: `outbound/<case>.json` (an act, and what is known) and the message that it
// must become beside it, a segment a line. UPDATE_GOLDEN=1 rewrites the expected files; the diff is read. `uses` names
// the mapping files that the case goes through, for the architecture test.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { DocumentReference, Patient, ServiceRequest } from '@medplum/fhirtypes';
import { format } from 'prettier';
import { BridgeError } from '../../src/errors.ts';
import { countFields, readMessage } from '../../src/hl7v2/message.ts';
import type { OutboundFacts } from '../../src/mapping/outbound/compile.ts';
import type { OutboundAct } from '../../src/mapping/outbound/schema.ts';
import { mappingFolder, mappingsWith } from '../support/mapping.ts';

interface Case {
  readonly act: OutboundAct;
  readonly message?: Partial<OutboundFacts['message']>;
  readonly patient: Omit<Patient, 'resourceType'>;
  readonly note?: Omit<DocumentReference, 'resourceType'>;
  readonly order?: Omit<ServiceRequest, 'resourceType'>;
}

const root = join(import.meta.dirname, 'outbound');
const mappings = mappingsWith();
const update = process.env.UPDATE_GOLDEN === '1';
const cases = readdirSync(root)
  .filter((name) => name.endsWith('.json') && !name.endsWith('.expected.json'))
  .map((name) => name.slice(0, -'.json'.length))
  .sort();

const message: OutboundFacts['message'] = {
  'message.sendingApplication': 'IPSBRIDGE',
  'message.sendingFacility': 'RZZ',
  'message.receivingApplication': 'TIE',
  'message.receivingFacility': 'RZZ',
  'message.time': '2026-03-01T12:00:01.000Z',
  'message.event': '',
  'message.controlId': '0123456789ABCDEF0123',
  'message.processingId': 'T',
  'message.version': '2.4',
  'message.acceptAcknowledgement': 'AL',
  'message.applicationAcknowledgement': 'NE',
};

function caseOf(name: string): Case {
  return JSON.parse(readFileSync(join(root, `${name}.json`), 'utf8')) as Case;
}

/** The file, and every table that its rows name or that its conversions look into. */
function usesOf(file: string): string[] {
  const text = readFileSync(join(mappingFolder, file), 'utf8');
  const tables = [...text.matchAll(/\bcodes: ([a-z-]+)/g)].map(([, table = '']) => `codes/${table}.csv`);
  return [...new Set([file, 'codes/assigning-authorities.csv', ...tables])].sort();
}

function resultOf({ act, message: own, patient, note, order }: Case): unknown {
  const found = mappings.outbound.get(act);
  if (found === undefined) return { expectError: { kind: 'none' } };
  const facts: OutboundFacts = {
    message: { ...message, 'message.event': found.event, ...own },
    Patient: { resourceType: 'Patient', ...patient },
    ...(note === undefined ? {} : { DocumentReference: { resourceType: 'DocumentReference', ...note } }),
    ...(order === undefined ? {} : { ServiceRequest: { resourceType: 'ServiceRequest', ...order } }),
  };
  try {
    const bytes = found.map.write(facts, { zone: 'Europe/London', authorities: mappings.authorities });
    return { uses: usesOf(found.map.file), message: bytes.toString('utf8').trimEnd().split('\r') };
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    return { expectError: { kind: error.kind, where: error.where } };
  }
}

describe('golden cases of what is written as HL7v2', () => {
  it.each(cases)('%s becomes what stands beside it', async (name) => {
    const result: unknown = JSON.parse(JSON.stringify(resultOf(caseOf(name))));
    const file = join(root, `${name}.expected.json`);
    if (update)
      writeFileSync(file, await format(JSON.stringify(result), { parser: 'json', printWidth: 110 }));
    expect(existsSync(file)).toBe(true);
    expect(result).toEqual(JSON.parse(readFileSync(file, 'utf8')));
  });

  it('every row of every file fills its field in some case', () => {
    const filled = new Set<string>();
    for (const name of cases) {
      const { act } = caseOf(name);
      const file = mappings.outbound.get(act)?.map.file ?? '';
      const { message: lines } = JSON.parse(readFileSync(join(root, `${name}.expected.json`), 'utf8')) as { message?: string[] }; // prettier-ignore
      for (const segment of readMessage(Buffer.from((lines ?? ['MSH|^~\\&|']).join('\r'))).segments) {
        for (let field = 1; field <= countFields(segment); field += 1) {
          const text = segment.message.hl7.getSegment(segment.index)?.getField(field).toString();
          if (text !== undefined && text !== '') filled.add(`${file} ${segment.name}-${field}`);
        }
      }
    }
    const rows = [...new Set([...mappings.outbound.values()].map(({ map }) => map.file))].flatMap((file) => {
      const text = readFileSync(join(mappingFolder, file), 'utf8');
      return [...text.matchAll(/\bto: ([A-Z0-9]{3}-\d+)/g)].map(([, to = '']) => `${file} ${to}`);
    });
    expect(rows.length).toBeGreaterThan(40);
    expect(rows.filter((row) => !filled.has(row))).toEqual([]);
  });

  it('no expected file stands without its case', () => {
    const expected = readdirSync(root)
      .filter((name) => name.endsWith('.expected.json'))
      .map((name) => name.slice(0, -'.expected.json'.length));
    expect(expected.filter((name) => !cases.includes(name))).toEqual([]);
  });
});
