// The header of a message (MSH, HL7 v2.5.1 §2.15.9), read without parsing the rest: what receiving and acknowledging
// need. Values stay as they were sent, escapes and all, so that echoing them in the same separators repeats them.
import { BridgeError } from '../errors.ts';
import { byteOrderMark, decodeBytes, defaultCharset } from './charset.ts';
import type { FeedCharset } from './charset.ts';
import { segmentAfterLineFeed } from './segments.ts';
import { readSeparators } from './separators.ts';
import type { Separators } from './separators.ts';

export interface Header {
  readonly separators: Separators;
  /** iconv-lite's name of the charset in which this header was read, and its acknowledgement is written. */
  readonly charset: string;
  /** MSH-3, whole. */
  readonly sendingApplication: string;
  /** MSH-4, whole. */
  readonly sendingFacility: string;
  /** MSH-5, whole. */
  readonly receivingApplication: string;
  /** MSH-6, whole. */
  readonly receivingFacility: string;
  /** MSH-7, first component. */
  readonly time: string;
  /** MSH-9.1: ADT. */
  readonly messageCode: string;
  /** MSH-9.2: A08. */
  readonly triggerEvent: string;
  /** MSH-9.3: ADT_A01, often missing, sometimes wrong. */
  readonly structure: string;
  /** MSH-10; empty where the sender gave none. */
  readonly controlId: string;
  /** MSH-11, first component: P, T, D. */
  readonly processingId: string;
  /** MSH-11, whole. */
  readonly processing: string;
  /** MSH-12, first component. */
  readonly version: string;
  /** MSH-12, whole. */
  readonly versionField: string;
  /** MSH-15: AL, NE, ER, SU or empty. */
  readonly acceptAcknowledgement: string;
  /** MSH-16. */
  readonly applicationAcknowledgement: string;
  /** The repetitions of MSH-18. */
  readonly charsets: readonly string[];
  /** MSH-21, whole. */
  readonly profile: string;
}

/**
 * MSH-9.1 and MSH-9.2 as one: `ADT^A08`. It is shown and logged, and comes from outside: what does not look like an event
 * is not repeated.
 */
export function eventOf(header: Header): string {
  const event =
    header.triggerEvent === '' ? header.messageCode : `${header.messageCode}^${header.triggerEvent}`;
  return /^[A-Z0-9]{1,7}(\^[A-Z0-9]{1,7})?$/.test(event) ? event : 'unreadable-event';
}

/**
 * Reads the MSH segment at the start of a message; a byte-order mark and line ends before it are passed over.
 * A missing MSH-10 is not an error here: whoever acknowledges decides.
 * @throws BridgeError parse/not-hl7v2, structure/no-msh, parse/encoding-characters
 */
export function peekHeader(bytes: Buffer, feed: FeedCharset = defaultCharset): Header {
  const segment = headerSegment(bytes);
  const plain = segment.toString('latin1');
  if (!plain.startsWith('MSH')) {
    const isSegment = /^[A-Z][A-Z0-9]{2}[!-/:-@[-`{-~]/.test(plain);
    throw isSegment
      ? new BridgeError('structure/no-msh', 'the message does not start with an MSH segment', {
          where: 'MSH',
        })
      : new BridgeError('parse/not-hl7v2', 'this is not an HL7v2 message', { where: 'MSH' });
  }
  const separators = readSeparators(plain);
  // Separators are ASCII, so MSH-18 can be found before the charset is known.
  const charsets = (plain.split(separators.field)[17] ?? '').split(separators.repetition);
  const { text, charset } = decodeBytes(segment, charsets, feed);
  const fields = text.split(separators.field);
  const field = (number: number): string => fields[number - 1] ?? '';
  const component = (number: number, index = 1): string =>
    field(number).split(separators.repetition, 1)[0]?.split(separators.component)[index - 1] ?? '';

  return {
    separators,
    charset,
    sendingApplication: field(3),
    sendingFacility: field(4),
    receivingApplication: field(5),
    receivingFacility: field(6),
    time: component(7),
    messageCode: component(9, 1),
    triggerEvent: component(9, 2),
    structure: component(9, 3),
    controlId: field(10),
    processingId: component(11).trim(),
    processing: field(11),
    version: component(12).trim(),
    versionField: field(12),
    acceptAcknowledgement: field(15).trim().toUpperCase(),
    applicationAcknowledgement: field(16).trim().toUpperCase(),
    charsets: charsets.filter((name) => name !== ''),
    profile: field(21),
  };
}

const carriageReturn = 0x0d;
const lineFeed = 0x0a;

/** The bytes of the first segment, without its end. UTF-16 with a mark is turned into UTF-8. */
function headerSegment(bytes: Buffer): Buffer {
  const mark = byteOrderMark(bytes);
  const wide = mark !== undefined && mark.charset !== 'utf-8';
  const body = wide ? Buffer.from(decodeBytes(bytes, []).text) : bytes.subarray(mark?.length ?? 0);
  let start = 0;
  while (body[start] === carriageReturn || body[start] === lineFeed) start += 1;
  const end = body.indexOf(carriageReturn, start);
  const line = body.subarray(start, end === -1 ? body.length : end);
  const feed = nextLineFeed(line, end !== -1);
  return feed === -1 ? line : line.subarray(0, feed);
}

/** Where segments end with CR, a line feed ends one only if the next follows it (as in splitSegments). */
function nextLineFeed(line: Buffer, hasCarriageReturns: boolean): number {
  if (!hasCarriageReturns || !line.includes(lineFeed)) return line.indexOf(lineFeed);
  return line.toString('latin1').search(segmentAfterLineFeed);
}
