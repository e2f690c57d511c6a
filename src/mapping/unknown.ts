// Codes that no table knows, once the tables have changed: whether they are known now. And the unknown codes for which a
// message is held whole: who gave the numbers by which it names people, and who wrote a note.
import type { UnknownCode } from '../fhir/canonical.ts';
import { segmentsNamed } from '../hl7v2/message.ts';
import type { Message } from '../hl7v2/message.ts';
import { ethnicCategoryList, personAuthorities, staffAuthorities } from './conversion.ts';
import { readIdentifiers } from './datatypes/cx-identifier.ts';
import { textOf, whereOf } from './field.ts';
import type { Field } from './field.ts';
import type { Mappings } from './load.ts';

const staffTable = 'staff';
/** Whether somebody is in the table does not depend on it. */
const anyDay = '2000-01-01';

/** Whether the tables of this set know a code that an earlier set did not. */
export function knowsCode(
  { tables, teams, staff, authorities }: Mappings,
  { table, code }: Pick<UnknownCode, 'table' | 'code'>,
): boolean {
  switch (table) {
    case 'teams':
      return teams.find(code) !== undefined;
    case staffTable: {
      const [system = '', ...value] = code.split('|');
      return !staff.isKept || staff.standingOf({ system, value: value.join('|') }, anyDay) !== 'unknown';
    }
    case personAuthorities:
      return authorities.knows(code);
    case staffAuthorities:
      return authorities.systemOf('staff', code) !== undefined;
    case ethnicCategoryList:
      return false;
    default:
      return tables.get(table)?.entries.has(code) === true;
  }
}

/** The author of a note whom the table does not know. */
export function unknownStaff({
  system,
  value,
}: {
  readonly system: string;
  readonly value: string;
}): UnknownCode {
  return { table: staffTable, code: `${system}|${value}`, where: 'author' };
}

/** Authorities of PID-3 and MRG-1 that the table does not know: why a message may be held whose people they number. */
export function unknownAuthorities(message: Message, { authorities }: Mappings): UnknownCode[] {
  const places = [
    ...segmentsNamed(message, 'PID').map((segment) => ({ segment, number: 3 })),
    ...segmentsNamed(message, 'MRG').map((segment) => ({ segment, number: 1 })),
  ];
  return places.flatMap(({ segment, number }): UnknownCode[] => {
    const field: Field = { segment, number, component: undefined, repetition: undefined };
    return readIdentifiers(field, authorities).flatMap(({ kind, repetition }): UnknownCode[] => {
      const part = { repetition, component: 4 };
      const code = kind === 'unknown-authority' ? textOf(field, part) : undefined;
      return code === undefined ? [] : [{ table: personAuthorities, code, where: whereOf(field, part) }];
    });
  });
}
