// Whether what a row cites stands in the HL7 v2-to-FHIR guide: `guide: PID-8` in the table PID[Patient], `guide: '22.1'` by
// its sort order in a message table. guide-rows.json holds the identifiers of the guide's tables (Apache-2.0), which are
// needed wherever mappings are written, so it stands beside the code and not with the tests.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const schema = z.object({
  /** Table of a segment (`PID[Patient]`) → its field numbers, as ranges: `1-39,41`. */
  segments: z.record(z.string(), z.string()),
  /** Table of a data type (`TQ[Appointment]`) → its component numbers. */
  datatypes: z.record(z.string(), z.string()),
  /** Message table (`ADT_A01`) → the sort orders of its rows. */
  messages: z.record(z.string(), z.string()),
});

export interface Guide {
  readonly hasSegmentTable: (table: string) => boolean;
  /** Whether the table of a segment or data type has this field or component: `PID[Patient]`, 8. */
  readonly hasField: (table: string, field: number) => boolean;
  readonly hasMessageTable: (table: string) => boolean;
  /** Whether a message's table has a row of this sort order; without a table, whether any has. */
  readonly hasOrder: (order: string, table?: string) => boolean;
}

/** Reads the identifiers once. */
export function loadGuide(): Guide {
  const text = readFileSync(join(import.meta.dirname, 'guide-rows.json'), 'utf8');
  const { segments, datatypes, messages } = schema.parse(JSON.parse(text));
  const orders = new Map(Object.entries(messages).map(([table, list]) => [table, new Set(list.split(','))]));
  const ranges = new Map(
    Object.entries({ ...segments, ...datatypes }).map(([table, list]) => [
      table,
      list.split(',').map((range) => {
        const [first = '0', last = first] = range.split('-');
        return { first: Number(first), last: Number(last) };
      }),
    ]),
  );
  return {
    hasSegmentTable: (table) => ranges.has(table),
    hasField: (table, field) =>
      (ranges.get(table) ?? []).some(({ first, last }) => field >= first && field <= last),
    hasMessageTable: (table) => orders.has(table),
    hasOrder: (order, table) =>
      table === undefined
        ? [...orders.values()].some((list) => list.has(order))
        : orders.get(table)?.has(order) === true,
  };
}
