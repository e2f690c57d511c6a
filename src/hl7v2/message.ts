// Reading a message, over @medplum/core's lazy Hl7Message: segments in order, and of each component one of three
// values: undefined (not sent), null (`""`, delete; HL7 v2.5.1 §2.5.3.1) or its text, unescaped. Nothing of a message
// is interpreted here: types, codes and meaning belong to mapping.
import { Hl7Context, Hl7Message } from '@medplum/core';
import type { Hl7Field } from '@medplum/core';
import type { Finding } from '../errors.ts';
import { decodeBytes, defaultCharset } from './charset.ts';
import type { FeedCharset } from './charset.ts';
import { decodeText, hasControls } from './escape.ts';
import { peekHeader } from './header.ts';
import type { Header } from './header.ts';
import { formatPlace } from './place.ts';
import type { FieldPart } from './place.ts';
import { splitSegments } from './segments.ts';

export interface Segment {
  readonly name: string;
  /** Which segment of its name, from 1. */
  readonly occurrence: number;
  /** Position in `message.segments`. */
  readonly index: number;
  readonly message: Message;
}

export interface Message {
  readonly header: Header;
  readonly segments: readonly Segment[];
  readonly byName: ReadonlyMap<string, readonly Segment[]>;
  /** Charset of the whole body: may differ from the header's where only a later byte contradicts MSH-18. */
  readonly charset: string;
  readonly findings: readonly Finding[];
  /** The library's reader; use the functions below, which unescape and tell delete from absent. */
  readonly hl7: Hl7Message;
}

/** undefined: not sent. null: sent as `""`, to be deleted. */
export type Value = string | null | undefined;

const deletion = '""';
const segmentName = /^[A-Z][A-Z0-9]{2}$/;

/**
 * Reads one message (for a batch, see messagesOf). A line that is no segment is left out, with a finding.
 * @throws BridgeError as peekHeader does
 */
export function readMessage(bytes: Buffer, feed: FeedCharset = defaultCharset): Message {
  const header = peekHeader(bytes, feed);
  const decoded = decodeBytes(bytes, header.charsets, feed);
  const { field, component, repetition, escape, subcomponent } = header.separators;
  const context = new Hl7Context('\r', field, component, repetition, escape, subcomponent);

  const findings = [...decoded.findings];
  const lines: string[] = [];
  for (const [index, line] of splitSegments(decoded.text).entries()) {
    const isSegment = segmentName.test(line.slice(0, 3)) && (line.length === 3 || line[3] === field);
    if (isSegment) lines.push(line);
    else findings.push(strayLine(index + 1));
  }

  const segments: Segment[] = [];
  const controlled: Segment[] = [];
  const byName = new Map<string, Segment[]>();
  const hl7 = new Hl7Message(lines, context);
  const message: Message = { header, segments, byName, charset: decoded.charset, findings, hl7 };
  const mayHoldControls = hasControls(decoded.text) || decoded.text.includes(`${escape}X`);
  for (const [index, line] of lines.entries()) {
    const name = line.slice(0, 3);
    const sameName = byName.get(name) ?? [];
    if (sameName.length === 0) byName.set(name, sameName);
    const segment: Segment = { name, occurrence: sameName.length + 1, index, message };
    sameName.push(segment);
    segments.push(segment);
    if (mayHoldControls && holdsControls(line, message)) controlled.push(segment);
  }
  for (const segment of controlled) findings.push(controlsIn(segment));
  return message;
}

/** The segments of one name, in order. */
export function segmentsNamed(message: Message, name: string): readonly Segment[] {
  return message.byName.get(name) ?? [];
}

/**
 * One component or subcomponent. Without `component` the first is read, which is the whole of a field of a simple
 * type; free text, where senders forget to escape `&` and `^`, is read with readText.
 */
export function readValue(segment: Segment, part: FieldPart): Value {
  const components = fieldOf(segment, part.field)?.components[(part.repetition ?? 1) - 1];
  if (components === undefined) return undefined;
  // `""` as a whole repetition deletes each of its components.
  if (components.length === 1 && components[0] === deletion) return null;
  const component = components[(part.component ?? 1) - 1];
  if (component === undefined || component === '') return undefined;
  if (component === deletion) return null;
  const { separators } = segment.message.header;
  const at = (part.subcomponent ?? 1) - 1;
  const text =
    at === 0 && !component.includes(separators.subcomponent)
      ? component
      : component.split(separators.subcomponent)[at];
  return valueOf(text, segment);
}

/**
 * A whole field, or one repetition of it, as one text: separators that stand in it unescaped are kept as the
 * characters they are. For free text (OBX-5 of type TX, FT, ST; NTE-3).
 */
export function readText(segment: Segment, field: number, repetition?: number): Value {
  const whole = fieldOf(segment, field);
  if (whole === undefined) return undefined;
  const text =
    repetition === undefined
      ? whole.toString()
      : whole.components[repetition - 1]?.join(segment.message.header.separators.component);
  return valueOf(text, segment);
}

/** How many repetitions a field has: 0 where it was not sent, 1 for `""`. */
export function countRepetitions(segment: Segment, field: number): number {
  const found = fieldOf(segment, field);
  if (found === undefined) return 0;
  const [first] = found.components;
  const isEmpty = found.components.length === 1 && first?.length === 1 && first[0] === '';
  return isEmpty ? 0 : found.components.length;
}

/** How many fields a segment has, the last one sent included (MSH-1 counts). */
export function countFields(segment: Segment): number {
  const sent = (segment.message.hl7.getSegment(segment.index)?.toString() ?? '').split(
    segment.message.header.separators.field,
  ).length;
  return segment.name === 'MSH' ? sent : sent - 1;
}

/** The place of a part in its message; the occurrence is told only where the segment repeats. */
export function placeOf(segment: Segment, part?: FieldPart): string {
  const repeats = segmentsNamed(segment.message, segment.name).length > 1;
  if (part === undefined) return repeats ? `${segment.name}[${segment.occurrence}]` : segment.name;
  return formatPlace({
    segment: segment.name,
    ...(repeats ? { occurrence: segment.occurrence } : {}),
    ...part,
  });
}

function fieldOf(segment: Segment, number: number): Hl7Field | undefined {
  return segment.message.hl7.getSegment(segment.index)?.getField(number);
}

function valueOf(text: string | undefined, segment: Segment): Value {
  if (text === undefined || text === '') return undefined;
  if (text === deletion) return null;
  return decodeText(text, segment.message.header.separators, segment.message.charset);
}

/** As they are, or behind the escape of hexadecimal bytes. */
function holdsControls(line: string, { header: { separators }, charset }: Message): boolean {
  if (hasControls(line)) return true;
  return line.includes(`${separators.escape}X`) && hasControls(decodeText(line, separators, charset));
}

function controlsIn(segment: Segment): Finding {
  const message = 'holds control characters; what is read from it is read without them';
  return { kind: 'type/control-character', where: placeOf(segment), message };
}

function strayLine(number: number): Finding {
  return { kind: 'structure/not-a-segment', where: `line ${number}`, message: 'this line is not a segment' };
}
