// What a row of a segment file would set, checked against FHIR and the conversion that it names: an element that does not
// exist, a value of another type or a table that is missing would otherwise be noticed by nobody but whom it concerns.
import { requiredCodes } from '../fhir/bindings.ts';
import { elementNames, elementType } from '../fhir/elements.ts';
import { conversions } from './conversions.ts';
import { targetOf } from './draft.ts';

export interface CheckedRow {
  readonly from?: string | readonly string[] | undefined;
  readonly value?: unknown;
  readonly to: string;
  readonly via?: string | undefined;
  readonly codes?: string | undefined;
}

/** A fault, and the key of the row that it stands at. */
interface RowFault {
  readonly key: 'to' | 'via' | 'codes' | 'from' | 'value';
  readonly message: string;
}

/** Everything that is wrong with what a row sets. */
export function rowFaults(resource: string, row: CheckedRow): RowFault[] {
  const type = elementType(resource, row.to);
  if (type === undefined) {
    const { element, part } = targetOf(row.to);
    const isNamed = elementType(resource, element) !== undefined;
    const message =
      isNamed && part !== undefined
        ? `${resource}.${element} has no part ${part} that a row can set`
        : `FHIR R4 has no element ${row.to} of ${resource}; there are: ${elementNames(resource).join(', ')}`;
    return [{ key: 'to', message }];
  }
  if (row.from === undefined) return valueFaults(`${resource}.${row.to}`, row.value);
  if (row.via === undefined) {
    return type === 'code' ? [] : [{ key: 'to', message: `is a ${type}: a row with codes alone sets a code; name a conversion in via` }]; // prettier-ignore
  }
  return viaFaults(row.via, type, row);
}

function viaFaults(name: string, type: string, row: CheckedRow): RowFault[] {
  const conversion = conversions.get(name);
  if (conversion === undefined) return [];
  const { makes, codes, fields = 1 } = conversion;
  const faults: RowFault[] = [];
  if (!makes.includes(type)) {
    const made = makes[0] === 'key' ? 'a part of a sourceId' : makes.join(' or ');
    faults.push({ key: 'via', message: `${name} makes ${made}, and ${row.to} is ${type}` });
  }
  if (codes === 'needs' && row.codes === undefined) faults.push({ key: 'via', message: `${name} needs codes (a table)` }); // prettier-ignore
  if (codes === undefined && row.codes !== undefined) faults.push({ key: 'codes', message: `${name} reads no table` }); // prettier-ignore
  if ([row.from].flat().length < fields) faults.push({ key: 'from', message: `${name} reads ${fields} fields together` }); // prettier-ignore
  return faults;
}

function valueFaults(path: string, value: unknown): RowFault[] {
  const allowed = requiredCodes(path);
  if (allowed === undefined || value === null || allowed.some((code) => code === value)) return [];
  return [{ key: 'value', message: `FHIR allows ${path} only: ${allowed.join(', ')}` }];
}

/** What is wrong with a conversion that a part of a sourceId names. */
export function partFault(name: string | undefined): string | undefined {
  const makes = name === undefined ? undefined : conversions.get(name)?.makes;
  if (makes === undefined || makes.some((type) => /^[a-z]+[A-Za-z]*$/.test(type) && type !== 'choice')) return undefined;
  return `${name ?? ''} makes ${makes.join(' or ')}, which is no text`;
} // prettier-ignore
