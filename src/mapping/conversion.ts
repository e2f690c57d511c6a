// What a conversion is: a named function from fields to the value of one FHIR element. Conversions hold what a row
// cannot say as data; each is named for both sides (`cx-identifiers`), as the tables of the v2-to-FHIR guide are.
import type { ErrorKind, Finding } from '../errors.ts';
import type { UnknownCode } from '../fhir/canonical.ts';
import type { Authorities, CodeTable, TeamTable } from './codes.ts';
import type { EmptyMeans, Field } from './field.ts';
import { repetitionsOf, textOf, valueOf, whereOf } from './field.ts';

/** What stands outside the message and what conversions may look up. */
export interface Context {
  /** IANA zone of the sender's local times. */
  readonly zone: string;
  /** When the message was received: decides whether an end has passed. */
  readonly receivedAt: Date;
  readonly authorities: Authorities;
  readonly teams: TeamTable;
  readonly findings: Finding[];
  /** Codes that no table knows, for the work list of whoever keeps the tables. */
  readonly unknownCodes: UnknownCode[];
  /** What an empty field means in this feed; nothing, unless it says so. */
  readonly emptyMeans?: EmptyMeans;
}

export interface RowOptions {
  readonly codes?: CodeTable;
  /** Identifier or code system that the row names. */
  readonly system?: string;
}

/**
 * undefined: the message does not say, the record keeps what it has. null: delete. Anything else is the element's
 * value. A value that cannot be used is a finding in the context, and undefined.
 */
export type Conversion = (fields: readonly Field[], context: Context, options: RowOptions) => unknown;

/** In the work list of unknown codes: the authorities table has no row of kind staff for this one. */
export const staffAuthorities = 'assigning-authorities/staff';
/** In the work list: the authorities table does not know who gave this number of a person. */
export const personAuthorities = 'assigning-authorities/person';
/** In the work list: the fixed NHS list, which no table of the trust extends. */
export const ethnicCategoryList = 'ethnic-category';

/** Notes something about one place; the message must hold no value. */
export function note(context: Context, kind: ErrorKind, where: string, message: string): void {
  context.findings.push({ kind, where, message });
}

/** A code looked up: not sent, deleted, unknown to the table (a finding was noted), or known. */
export type Coded =
  | { readonly state: 'absent' }
  | { readonly state: 'deleted' }
  | { readonly state: 'unknown'; readonly code: string }
  | {
      readonly state: 'known';
      readonly code: string;
      /** undefined: the table says that the code means nothing here. */
      readonly value: string | undefined;
      readonly system: string | undefined;
      readonly display: string | undefined;
    };

/** Looks a field's code up in a table; an unknown code is noted once, unless `quiet`. */
export function lookUp(field: Field, table: CodeTable, context: Context, quiet = false): Coded {
  const code = valueOf(field);
  if (code === undefined) return { state: 'absent' };
  if (code === null) return { state: 'deleted' };
  if (isContradicted(field, code)) {
    const message = 'several different codes where one is read; none of them is';
    if (!quiet) note(context, 'field/several-values', whereOf(field), message);
    return { state: 'unknown', code };
  }
  const entry = table.entries.get(code);
  if (entry !== undefined) {
    const { value, system, display } = entry;
    return { state: 'known', code, value, system, display };
  }
  if (!quiet) {
    const where = whereOf(field);
    note(context, `code/unknown-${table.name}`, where, `not in codes/${table.name}.csv`);
    context.unknownCodes.push({ table: table.name, code, where });
  }
  return { state: 'unknown', code };
}

/** Whether another repetition of the field says something else: which of the two counts, nobody can tell. */
function isContradicted(field: Field, code: string): boolean {
  if (field.repetition !== undefined) return false;
  const repetitions = repetitionsOf(field);
  if (repetitions.length < 2) return false;
  return repetitions.some((repetition) => (textOf(field, { repetition }) ?? code) !== code);
}

/** The text beside a code (CE.2, CWE.2), or the code itself: what is kept of a code that no table knows. */
export function originalText(field: Field): string | undefined {
  return textOf(field, { component: 2 }) ?? textOf(field);
}
