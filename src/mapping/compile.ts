// Segment files, compiled once to closures. The same closures translate a message and explain it: explaining only
// adds a trace of what each row set.
import type { PersonKey } from '../fhir/canonical.ts';
import { hasControls } from '../hl7v2/escape.ts';
import type { Segment } from '../hl7v2/message.ts';
import { parsePlace } from '../hl7v2/place.ts';
import type { CodeTable } from './codes.ts';
import { cleaned, holdsControls } from './controls.ts';
import { conversions } from './conversions.ts';
import { lookUp, note } from './conversion.ts';
import type { Context, Conversion, RowOptions } from './conversion.ts';
import { idCode } from './datatypes/cwe-codeableconcept.ts';
import { countRepetitions, segmentsNamed } from '../hl7v2/message.ts';
import type { Field } from './field.ts';
import { asMeant, textOf, valueOf, whereOf } from './field.ts';
import type { Draft, Target } from './draft.ts';
import { setElement, setFixed, targetOf } from './draft.ts';
import type { SegmentFile } from './schema.ts';
import { attributed } from './value-class.ts';

/** What a row set, for explain. */
export interface Trace {
  readonly element: string;
  readonly from: string;
  /** Name of the segment file, or path of the message file, whose row it is. */
  readonly file: string;
  /** The code table that the row names. */
  readonly codes?: string | undefined;
  readonly guide: string | undefined;
  readonly value: unknown;
}

/** One resource type made from one segment. */
export interface SegmentMap {
  readonly name: string;
  readonly resource: SegmentFile['resource'];
  /** Which parts of this segment each make a resource: one of `undefined` (the whole), or repetitions. */
  repetitions(segment: Segment): readonly (number | undefined)[];
  /** Whether this segment is of this kind at all. */
  selects(segment: Segment, context: Context): boolean;
  /** The sourceId, or undefined (with a finding) where the segment does not say what it is about. */
  identify(
    segment: Segment,
    repetition: number | undefined,
    person: string,
    context: Context,
  ): string | undefined;
  /** Applies every row. */
  apply(
    segment: Segment,
    repetition: number | undefined,
    person: PersonKey,
    draft: Draft,
    context: Context,
    trace?: (trace: Trace) => void,
  ): void;
}

export interface Lookups {
  readonly tables: ReadonlyMap<string, CodeTable>;
  /** Codes of the work question (OBX-3.1). */
  readonly questions: ReadonlySet<string>;
}

type Reader = (segment: Segment, repetition: number | undefined) => Field;

/** Compiles one segment file. Every name in it was checked by its schema. */
export function compileSegment(name: string, file: SegmentFile, lookups: Lookups): SegmentMap {
  const each = file.each === undefined ? undefined : parsePlace(file.each).field;
  const reader = (place: string): Reader => {
    const { segment: of, field: number, component } = parsePlace(place);
    if (of !== file.segment) {
      return (segment) => {
        const other = nearest(segment, of);
        return {
          segment: other ?? segment,
          number: other === undefined ? notThere : number,
          component,
          repetition: undefined,
        };
      };
    }
    return (segment, repetition) => ({
      segment,
      number,
      component,
      repetition: number === each ? repetition : undefined,
    });
  };
  const table = (codes: string | undefined): CodeTable | undefined =>
    codes === undefined ? undefined : lookups.tables.get(codes);

  const path = `hl7v2-to-fhir/segments/${name}.yaml`;
  const selectors = file.only.map((selector, index) => ({
    row: `${path} only[${index}]`,
    selects: compileSelector(selector, reader(selector.from), table, lookups),
  }));
  const parts =
    file.sourceId === 'person'
      ? undefined
      : file.sourceId.map((part, index) => ({
          row: `${path} sourceId[${index}]`,
          read: compilePart(part, reader, table),
        }));
  const rows = file.rows.map((row, index) => ({
    row: `${path} rows[${index}]`,
    set: compileRow(row, name, file, reader, table),
  }));
  const personTarget = file.person === undefined ? undefined : targetOf(file.person);

  return {
    name,
    resource: file.resource,
    repetitions(segment) {
      if (each === undefined) return [undefined];
      return Array.from({ length: countRepetitions(segment, each) }, (_, index) => index + 1);
    },
    selects: (segment, context) =>
      selectors.every(({ row, selects }) => {
        const before = context.findings.length;
        const selected = selects(segment, context);
        attribute(context, before, segment, row);
        return selected;
      }),
    identify(segment, repetition, person, context) {
      if (parts === undefined) return person;
      const texts = parts.map(({ row, read }) => {
        const before = context.findings.length;
        const text = read(segment, repetition, context);
        attribute(context, before, segment, row);
        return text;
      });
      return texts.every((text) => text !== undefined) ? texts.join('/') : undefined;
    },
    apply(segment, repetition, person, draft, context, trace) {
      if (personTarget !== undefined) {
        const value = { identifier: { system: person.system, value: person.value } };
        setElement(draft, personTarget, value);
        const element = `${file.resource}.${personTarget.path}`;
        trace?.({ element, from: 'PID-3', file: name, guide: 'the person of the message', value });
      }
      for (const { row, set } of rows) {
        const before = context.findings.length;
        set(segment, repetition, draft, context, trace);
        attribute(context, before, segment, row);
      }
    },
  };
}

/** Says of the findings from `before` on which row made them, and of what class the value is. */
function attribute({ findings }: Context, before: number, { message }: Segment, row: string): void {
  if (findings.length === before) return;
  findings.push(...findings.splice(before).map((finding) => attributed(finding, message, row)));
}

/** No segment has a field of this number: what stands there was not sent. */
const notThere = 10_000;

/** What an appointment books (HL7 v2.5.1 §10.3): it stands behind all persons and belongs to each of them. */
const ofAllPersons: ReadonlySet<string> = new Set(['RGS', 'AIS', 'AIG', 'AIL', 'AIP']);

/**
 * The segment of another name that a row means: the last before this one, else the first after it. Of a message about
 * several persons none that stands in the group of another.
 */
function nearest(segment: Segment, name: string): Segment | undefined {
  const { message, index } = segment;
  const all = segmentsNamed(message, name);
  const persons = segmentsNamed(message, 'PID');
  const groupAt = (place: number): number => persons.filter((pid) => pid.index <= place).length;
  const isOurs = (other: Segment): boolean => {
    const group = groupAt(other.index);
    return group === 0 || group === groupAt(index);
  };
  const ours = persons.length < 2 || ofAllPersons.has(name) ? all : all.filter(isOurs);
  return ours.findLast((other) => other.index < index) ?? ours[0];
}

type Selector = SegmentFile['only'][number];

function compileSelector(
  selector: Selector,
  read: Reader,
  table: (codes: string | undefined) => CodeTable | undefined,
  lookups: Lookups,
): (segment: Segment, context: Context) => boolean {
  const codes = table(selector.codes);
  const listed = selector.in === 'work-question' ? lookups.questions : new Set(selector.in);
  return (segment, context) => {
    const field = read(segment, undefined);
    const text = textOf(field);
    if (text === undefined) return selector.absent === 'use';
    if (codes === undefined) return listed.has(text);
    // Where unknown codes are used, the row that maps them notes what is wrong.
    const coded = lookUp(field, codes, context, selector.unknown === 'use');
    return coded.state === 'known' ? coded.value !== undefined : selector.unknown === 'use';
  };
}

/** Longest part of a sourceId: what is longer is no number, and cannot be looked up by. */
const longestId = 400;

type Part = Exclude<SegmentFile['sourceId'], 'person'>[number];

function compilePart(
  part: Part,
  reader: (place: string) => Reader,
  table: (codes: string | undefined) => CodeTable | undefined,
): (segment: Segment, repetition: number | undefined, context: Context) => string | undefined {
  if (part.from === undefined) return () => part.value;
  const read = reader(part.from);
  const codes = table(part.codes);
  const convert = part.via === undefined ? undefined : conversions.get(part.via)?.convert;
  return (segment, repetition, context) => {
    const field = read(segment, repetition);
    const told = partText(field, context, codes, convert) ?? part.otherwise;
    const text = told !== undefined && hasControls(told) ? undefined : told;
    if (text !== undefined && text.length > longestId) {
      note(context, 'field/unusable-number', whereOf(field), 'longer than any number; not used');
      return undefined;
    }
    if (text === undefined) {
      note(
        context,
        'field/missing-id',
        field.number === notThere ? (part.from ?? '') : whereOf(field),
        'without it nothing tells what this segment is about',
      );
    }
    return text;
  };
}

function partText(
  field: Field,
  context: Context,
  codes: CodeTable | undefined,
  convert: Conversion | undefined,
): string | undefined {
  if (codes !== undefined) {
    const coded = lookUp(field, codes, context, true);
    return coded.state === 'known' ? coded.value : undefined;
  }
  if (convert === undefined) return textOf(field);
  const converted = convert([field], context, {});
  return typeof converted === 'string' ? converted : undefined;
}

type Row = SegmentFile['rows'][number];
type CompiledRow = (
  segment: Segment,
  repetition: number | undefined,
  draft: Draft,
  context: Context,
  trace: ((trace: Trace) => void) | undefined,
) => void;

function compileRow(
  row: Row,
  name: string,
  file: SegmentFile,
  reader: (place: string) => Reader,
  table: (codes: string | undefined) => CodeTable | undefined,
): CompiledRow {
  const target: Target = targetOf(row.to);
  const guide = row.guide === undefined ? row.own : `${file.guide ?? file.segment} ${row.guide}`;
  const element = `${file.resource}.${target.path}`;
  const { value } = row;
  if (row.from === undefined) {
    return (_segment, _repetition, draft, _context, trace) => {
      setFixed(draft, target, value, row.assumed);
      trace?.({ element, from: 'fixed', file: name, guide, value });
    };
  }
  const readers = [row.from].flat().map(reader);
  const codes = table(row.codes);
  const convert = (row.via === undefined ? undefined : conversions.get(row.via)?.convert) ?? idCode;
  const options: RowOptions = {
    ...(codes === undefined ? {} : { codes }),
    ...(row.system === undefined ? {} : { system: row.system }),
  };
  return (segment, repetition, draft, context, trace) => {
    const fields = readers.map((read) => asMeant(read(segment, repetition), context.emptyMeans ?? 'absent'));
    const converted = convert(fields, context, options);
    if (converted === undefined) return;
    setElement(draft, target, holdsControls(segment.message) ? cleaned(converted) : converted, row.assumed);
    if (trace === undefined) return;
    const sent = fields.filter((field) => valueOf(field) !== undefined);
    const from = sent.map((field) => whereOf(field)).join(', ');
    trace({ element, from, file: name, codes: row.codes, guide, value: converted });
  };
}
