// Outbound message files, compiled once to closures, and the message that they write: segments ended by CR, in UTF-8,
// with the standard separators (HL7 v2.5.1 §2.5, §2.7).
import type { DocumentReference, Patient, ServiceRequest } from '@medplum/fhirtypes';
import { BridgeError } from '../../errors.ts';
import { parsePlace } from '../../hl7v2/place.ts';
import { encodingCharacters, standardSeparators } from '../../hl7v2/separators.ts';
import type { CodeTable } from '../codes.ts';
import { cellOfText, isEmpty, withComponent, withoutTrailing, writeCell } from './cell.ts';
import type { Cell } from './cell.ts';
import { outboundConversions, plainText } from './conversions.ts';
import type { OutboundContext } from './conversions.ts';
import type { MessageValue, OutboundFile, OutboundRow } from './schema.ts';

/** Everything that a message can be written from. */
export interface OutboundFacts {
  readonly message: Readonly<Record<MessageValue, string>>;
  readonly Patient: Patient;
  /** The note, where the message is about one. */
  readonly DocumentReference?: DocumentReference;
  /** The order, where the message is a referral. */
  readonly ServiceRequest?: ServiceRequest;
}

/** How one message is written. */
export interface OutboundMap {
  /** Path of the file below the mapping folder. */
  readonly file: string;
  /**
   * The message, without MLLP framing.
   * @throws BridgeError where something that it must have is not known or cannot be written
   */
  write(facts: OutboundFacts, context: OutboundContext): Buffer;
}

type Fields = Map<number, Cell>;
type WriteRow = (facts: OutboundFacts, context: OutboundContext, fields: Fields) => void;

/** Compiles one file. Every name in it was checked by its schema. */
export function compileOutbound(
  path: string,
  file: OutboundFile,
  tables: ReadonlyMap<string, CodeTable>,
): OutboundMap {
  const segments = file.segments.map(({ segment, rows }) => ({
    segment,
    rows: rows.map((row) => compileRow(row, tables)),
  }));
  return {
    file: path,
    write: (facts, context) => {
      const lines = segments.map(({ segment, rows }) => {
        const fields: Fields = new Map();
        for (const write of rows) write(facts, context, fields);
        return writeSegment(segment, fields);
      });
      return Buffer.from(lines.join(''), 'utf8');
    },
  };
}

function compileRow(row: OutboundRow, tables: ReadonlyMap<string, CodeTable>): WriteRow {
  const { field, component } = parsePlace(row.to);
  const convert = (row.via === undefined ? undefined : outboundConversions.get(row.via)) ?? plainText;
  const codes = row.codes === undefined ? undefined : tables.get(row.codes);
  const options = { where: row.to, codes, system: row.system, namespace: row.namespace };
  return (facts, context, fields) => {
    const cell =
      row.value === undefined
        ? convert(valuesAt(facts, row.from ?? ''), context, options)
        : cellOfText(row.value);
    if (isEmpty(cell)) {
      if (!row.required) return;
      throw new BridgeError('field/missing', 'a field that the message must have would be empty', {
        where: row.to,
      });
    }
    const [[part = ['']] = []] = cell;
    fields.set(
      field,
      component === undefined ? cell : withComponent(fields.get(field) ?? [], component, part),
    );
  };
}

/** What stands at `DocumentReference.context.period.start` or `message.controlId`: lists on the way are gone through. */
function valuesAt(facts: OutboundFacts, from: string): readonly unknown[] {
  if (from.startsWith('message.')) {
    const known: ReadonlyMap<string, string> = new Map(Object.entries(facts.message));
    return [known.get(from)].filter((value) => value !== undefined);
  }
  const [resource, ...steps] = from.split('.');
  const start: unknown =
    resource === undefined ? undefined : new Map<string, unknown>(Object.entries(facts)).get(resource);
  return steps.reduce<readonly unknown[]>(
    (values, step) =>
      values.flatMap((value): unknown[] => {
        if (typeof value !== 'object' || value === null) return [];
        const found: unknown = new Map<string, unknown>(Object.entries(value)).get(step);
        if (found === undefined || found === null) return [];
        return Array.isArray(found) ? found : [found];
      }),
    [start],
  );
}

function writeSegment(segment: string, fields: Fields): string {
  const written = (number: number): string => writeCell(fields.get(number) ?? []);
  // MSH-1 is the separator itself and MSH-2 is never escaped.
  const isHeader = segment === 'MSH';
  const first = isHeader ? ['MSH', encodingCharacters(standardSeparators)] : [segment];
  const from = isHeader ? 3 : 1;
  const last = Math.max(0, ...fields.keys());
  const rest = Array.from({ length: Math.max(0, last - from + 1) }, (_, index) => written(index + from));
  return `${withoutTrailing([...first, ...rest]).join(standardSeparators.field)}\r`;
}
