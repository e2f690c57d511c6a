// Every HL7v2 message that we write, made by our own code when this runs: the golden cases of what goes out, in each
// version that a receiver can be set to, and acknowledgements of every message that is read here.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DocumentReference, Patient, ServiceRequest } from '@medplum/fhirtypes';
import { BridgeError } from '../../src/errors.ts';
import { acknowledge } from '../../src/hl7v2/acknowledgement.ts';
import type { AcknowledgementDetail } from '../../src/hl7v2/acknowledgement.ts';
import { peekHeader } from '../../src/hl7v2/header.ts';
import type { OutboundFacts } from '../../src/mapping/outbound/compile.ts';
import type { OutboundAct } from '../../src/mapping/outbound/schema.ts';
import { mappingsWith } from '../support/mapping.ts';
import { corpus, golden } from './read.ts';
import type { Inbound } from './read.ts';

interface Case {
  readonly act: OutboundAct;
  readonly patient: Omit<Patient, 'resourceType'>;
  readonly note?: Omit<DocumentReference, 'resourceType'>;
  readonly order?: Omit<ServiceRequest, 'resourceType'>;
}

const folder = join(import.meta.dirname, '../golden/outbound');
const mappings = mappingsWith();

function isRefused(name: string): boolean {
  return readFileSync(join(folder, name.replace('.json', '.expected.json')), 'utf8').includes(
    '"expectError"',
  );
}

function written(name: string, version: string): Inbound[] {
  const { act, patient, note, order } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Case;
  const found = mappings.outbound.get(act);
  if (found === undefined) throw new Error(`${name}: nothing says how "${act}" is written`);
  const facts: OutboundFacts = {
    message: {
      'message.sendingApplication': 'IPSBRIDGE',
      'message.sendingFacility': 'RZZ',
      'message.receivingApplication': 'TIE',
      'message.receivingFacility': 'RZZ',
      'message.time': '2026-03-01T12:00:01.000Z',
      'message.event': found.event,
      'message.controlId': '0123456789ABCDEF0123',
      'message.processingId': 'T',
      'message.version': version,
      'message.acceptAcknowledgement': 'AL',
      'message.applicationAcknowledgement': 'NE',
    },
    Patient: { resourceType: 'Patient', ...patient },
    ...(note === undefined ? {} : { DocumentReference: { resourceType: 'DocumentReference', ...note } }),
    ...(order === undefined ? {} : { ServiceRequest: { resourceType: 'ServiceRequest', ...order } }),
  };
  try {
    const bytes = found.map.write(facts, { zone: 'Europe/London', authorities: mappings.authorities });
    return [{ name: `written/${version}/${name}`, bytes }];
  } catch (error) {
    // Only a case of what must not be written.
    if (error instanceof BridgeError && isRefused(name)) return [];
    throw error;
  }
}

/** The golden cases of what goes out, as messages of these versions. */
export function writtenMessages(): readonly Inbound[] {
  const names = readdirSync(folder).filter(
    (name) => name.endsWith('.json') && !name.endsWith('.expected.json'),
  );
  return ['2.4', '2.5.1'].flatMap((version) => names.sort().flatMap((name) => written(name, version)));
}

const error = { where: 'PID-3', code: '101', text: 'a field that we need is missing' } as const;
const answers: readonly Pick<AcknowledgementDetail, 'code' | 'error'>[] = [
  { code: 'AA' },
  { code: 'CA' },
  { code: 'AE', error },
  { code: 'CE', error: { where: 'MSH', code: '207', text: 'it could not be stored' } },
  { code: 'AR', error: { where: 'MSH-11', code: '202', text: 'this feed takes other processing ids' } },
];

/** What we answer to each message that is read here, whether it fits or not. */
export function writtenAcknowledgements(): readonly Inbound[] {
  return [...corpus, ...golden].flatMap(({ name, bytes }) =>
    answers.map((answer): Inbound => {
      const now = new Date('2026-03-01T12:00:02Z');
      const detail = { ...answer, controlId: '0123456789ABCDEF0123', now, zone: 'Europe/London' };
      return { name: `${answer.code} to ${name}`, bytes: acknowledge(peekHeader(bytes), detail) };
    }),
  );
}
