// What is written as HL7v2: R22 as a property over any text, and what a mapping file may say.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BridgeError } from '../../src/errors.ts';
import { readMessage, readText, readValue, segmentsNamed } from '../../src/hl7v2/message.ts';
import type { Message } from '../../src/hl7v2/message.ts';
import { loadMappings } from '../../src/mapping/load.ts';
import type { OutboundFacts } from '../../src/mapping/outbound/compile.ts';
import { translate } from '../../src/mapping/translate.ts';
import { mappingTree, mappingsWith, pasFeed } from '../support/mapping.ts';

const mappings = mappingsWith();
const file = 'fhir-to-hl7v2/progress-note-mdm_t02.yaml';
const product = mappingTree().get(file)?.text ?? '';

const messageValues: OutboundFacts['message'] = {
  'message.sendingApplication': 'IPSBRIDGE',
  'message.sendingFacility': 'RZZ',
  'message.receivingApplication': 'TIE',
  'message.receivingFacility': 'RZZ',
  'message.time': '2026-03-01T12:00:01.000Z',
  'message.event': 'T02',
  'message.controlId': '0123456789ABCDEF0123',
  'message.processingId': 'P',
  'message.version': '2.4',
  'message.acceptAcknowledgement': 'AL',
  'message.applicationAcknowledgement': 'NE',
};

function written(text: string, number: string, name: string): Buffer {
  const facts: OutboundFacts = {
    message: { ...messageValues, 'message.sendingApplication': name },
    Patient: {
      resourceType: 'Patient',
      identifier: [{ system: 'https://rzz.example/Id/patient', value: number }],
    },
    DocumentReference: {
      resourceType: 'DocumentReference',
      status: 'current',
      identifier: [{ system: 'urn:ietf:rfc:3986', value: 'urn:uuid:1f6bd2a5-8c0e-5d53-9a54-6f0f5ce1b0a1' }],
      category: [{ coding: [{ system: 'urn:x-ips-bridge:note-kind', code: 'contact' }] }],
      author: [{ identifier: { system: 'https://rzz.example/Id/staff', value: number }, display: name }],
      content: [{ attachment: { contentType: 'text/plain', data: Buffer.from(text).toString('base64') } }],
    },
  };
  const map = mappings.outbound.get('new')?.map;
  if (map === undefined) throw new TypeError('the product writes no new note');
  return map.write(facts, { zone: 'Europe/London', authorities: mappings.authorities });
}

/** Any Unicode but U+FFFD, which stands for a character that somebody has lost already. */
const text = fc
  .oneof(
    fc.string({ unit: 'binary', minLength: 1 }),
    fc.array(fc.constantFrom('|', '^', '~', '\\', '&', '\r', '\n', '\u000b', '\u001c', '\\.br\\', '\rMSH|^~\\&|', '""', 'é', '🙂', ' '), { minLength: 1 }).map((parts) => parts.join('')),
  )
  .filter((found) => !found.includes('\uFFFD')); // prettier-ignore

/** Control characters that stand escaped in a text are read back, and noted; nothing else may be. */
const othersThanControls = ({ findings }: Message) =>
  findings.filter(({ kind }) => kind !== 'type/control-character');

describe('R22', () => {
  it('R22 whatever a note holds, its message has the same segments and says exactly that', () => {
    fc.assert(
      fc.property(text, text, text, (note, number, name) => {
        const bytes = written(note, number, name);
        // No byte that ends a frame, and no line end but those of the segments.
        expect([bytes.includes(0x0b), bytes.includes(0x1c), bytes.includes(0x0a)]).toEqual([
          false,
          false,
          false,
        ]);
        const message = readMessage(bytes);
        expect(othersThanControls(message)).toEqual([]);
        expect(message.segments.map((segment) => segment.name)).toEqual([
          'MSH',
          'EVN',
          'PID',
          'PV1',
          'TXA',
          'OBX',
        ]);
        const [pid, txa, obx] = ['PID', 'TXA', 'OBX'].flatMap((segment) => segmentsNamed(message, segment));
        if (pid === undefined || txa === undefined || obx === undefined)
          throw new TypeError('a segment is missing');
        expect(readText(obx, 5)).toBe(note);
        expect(readValue(pid, { field: 3 })).toBe(number);
        expect(readValue(txa, { field: 9 })).toBe(number);
        expect(readValue(txa, { field: 9, component: 2 })).toBe(name);
      }),
      { numRuns: 500 },
    );
  });
});

function faultsOf(files: Readonly<Record<string, string>>): string[] {
  try {
    loadMappings(mappingTree(files), 'RZZ');
    return [];
  } catch (thrown) {
    if (!(thrown instanceof BridgeError)) throw thrown;
    return thrown.findings.map(({ where, message }) => `${where} ${message}`);
  }
}

describe('a file of fhir-to-hl7v2', () => {
  it.each([
    [
      'a source that is none',
      'from: message.controlId',
      'from: message.controlID',
      /must be an element .* message\.controlId/,
    ],
    ['a conversion that is none', 'via: identifiers-cx', 'via: identifiers-xc', /identifiers-cx/],
    ['a table that is none', 'codes: note-types', 'codes: note-kinds', /note-types/],
    ['a field of another segment', 'to: TXA-3', 'to: OBX-3', /is no field of TXA/],
    ['a separator', 'to: MSH-3', 'to: MSH-2', /always the standard separators/],
    [
      'a row without a reason',
      ", own: 'formatted text (HL7 table 0191)'",
      '',
      /needs guide \(its row\) or own \(why\)/,
    ],
    ['two sources at once', 'value: DO,', 'value: DO, from: message.event,', /needs either from or value/],
  ])('is refused with file and line for %s', (_what, right, wrong, words) => {
    expect(product).toContain(right);
    const faults = faultsOf({ [file]: product.replace(right, wrong) });
    expect(faults).toEqual([expect.stringMatching(words)]);
    expect(faults[0]).toMatch(/^mappings\/fhir-to-hl7v2\/progress-note-mdm_t02\.yaml:\d+ /);
  });

  it('is refused where another file tells the same act', () => {
    expect(faultsOf({ 'fhir-to-hl7v2/another.yaml': product })).toEqual([
      expect.stringContaining('"new" is told by two files'),
      expect.stringContaining('"addendum" is told by two files'),
      expect.stringContaining('"edit" is told by two files'),
      expect.stringContaining('"replacement" is told by two files'),
    ]);
  });
});

describe('a referral', () => {
  const order = (by: string, number: string): Buffer => {
    const found = mappings.outbound.get('referral');
    if (found === undefined) throw new TypeError('the product writes no referral');
    const facts: OutboundFacts = {
      message: { ...messageValues, 'message.event': found.event, 'message.version': '2.5.1' },
      Patient: {
        resourceType: 'Patient',
        identifier: [{ system: 'https://rzz.example/Id/patient', value: 'R0001234' }],
        birthDate: '1980-05-01',
        name: [{ family: 'Ashdown' }],
      },
      ServiceRequest: {
        resourceType: 'ServiceRequest',
        status: 'active',
        intent: 'order',
        identifier: [{ system: 'urn:ietf:rfc:3986', value: 'urn:uuid:2f0f9f6e-93c5-5a4b-8f0c-6d0f6f3c9a11' }],
        code: { coding: [{ system: 'http://snomed.info/sct', code: '1082611000000105', display: by }] },
        subject: { identifier: { system: 'https://rzz.example/Id/patient', value: 'R0001234' } },
        authoredOn: '2026-02-27',
        requester: { identifier: { system: 'https://rzz.example/Id/staff', value: number }, display: by },
        performer: [{ identifier: { system: 'https://rzz.example/Id/team', value: number } }],
        reasonCode: [{ text: 'a diagnosis' }],
      },
    };
    return found.map.write(facts, { zone: 'Europe/London', authorities: mappings.authorities });
  };

  it('is read by our own inbound mapping as the order that it was, for the same person', () => {
    const translation = translate(mappings, readMessage(order('Asha Patel', 'C1001')), pasFeed);
    if (translation.outcome !== 'used') throw new TypeError(`unused: ${translation.reason}`);
    const [{ person, sourceId, resource } = { person: undefined, sourceId: undefined, resource: undefined }] = translation.resources; // prettier-ignore
    expect(person).toEqual({ system: 'https://rzz.example/Id/patient', value: 'R0001234' });
    expect(sourceId).toMatch(/^2f0f9f6e-93c5-5a4b-8f0c-6d0f6f3c9a11/);
    expect(resource).toMatchObject({
      resourceType: 'ServiceRequest',
      status: 'active',
      intent: 'order',
      code: { coding: [{ system: 'http://snomed.info/sct', code: '1082611000000105' }] },
      authoredOn: '2026-02-27',
    });
  });

  it('R22 says exactly what was known whatever stands in it, in the same segments, and neither a name nor a reason', () => {
    fc.assert(
      fc.property(text, text, (by, number) => {
        const message = readMessage(order(by, number));
        expect(message.segments.map((segment) => segment.name)).toEqual(['MSH', 'RF1', 'PRD', 'PRD', 'PID']);
        const [rf1, requester, performer] = ['RF1', 'PRD'].flatMap((segment) =>
          segmentsNamed(message, segment),
        );
        if (rf1 === undefined || requester === undefined || performer === undefined)
          throw new TypeError('a segment is missing');
        expect(readValue(rf1, { field: 3, component: 2 })).toBe(by);
        expect(readValue(requester, { field: 2 })).toBe(by);
        expect(readValue(requester, { field: 7 })).toBe(number);
        expect(readValue(performer, { field: 7 })).toBe(number);
        expect(othersThanControls(message)).toEqual([]);
      }),
      { numRuns: 200 },
    );
    expect(order('Asha Patel', 'C1001').toString()).not.toMatch(/Ashdown|diagnosis/);
  });
});
