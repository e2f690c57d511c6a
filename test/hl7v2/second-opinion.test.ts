// The npm package hl7v2 as a second opinion: what it reads of our acknowledgements and of the corpora must be what we
// wrote and what we read. It has no part in the service: it alters clinical values on the way through.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { HL7Message } from 'hl7v2';
import { acknowledge } from '../../src/hl7v2/acknowledgement.ts';
import { readMessage, readValue, segmentsNamed } from '../../src/hl7v2/message.ts';

const corpus = join(import.meta.dirname, '../corpora/hl7v2');
const files = readdirSync(corpus).filter((name) => name.endsWith('.hl7'));

let parse: (text: string) => HL7Message;

beforeAll(async () => {
  const { HL7Message: reader } = await import('hl7v2');
  parse = (text) => reader.parse(text);
});

/** As text with CR between segments and without a mark, which that package needs. */
function normal(bytes: Buffer): string {
  return bytes.toString('utf8').replace(/^\uFEFF/, '').replace(/\r\n|\n/g, '\r').trimEnd(); // prettier-ignore
}

describe('a second opinion on HL7v2', () => {
  it.each(files)('reads the same segments in the same order of %s', (file) => {
    const bytes = readFileSync(join(corpus, file));
    const theirs = parse(normal(bytes)).segments.map((segment) => segment.segmentType);
    expect(readMessage(bytes).segments.map(({ name }) => name)).toEqual(theirs);
  });

  it.each(files)('can read our acknowledgement of %s, and finds its control id in MSA-2', (file) => {
    const { header } = readMessage(readFileSync(join(corpus, file)));
    const bytes = acknowledge(header, {
      code: 'AA',
      controlId: 'ACK1',
      now: new Date(0),
      zone: 'Europe/London',
    });
    const theirs = parse(bytes.toString('utf8'));
    expect(theirs.segments.map((segment) => segment.segmentType)).toEqual(['MSH', 'MSA']);
    const [msa] = segmentsNamed(readMessage(bytes), 'MSA');
    expect(msa && readValue(msa, { field: 2 })).toBe(header.controlId);
  });
});
