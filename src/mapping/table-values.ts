// What the codes of a table mean, against what may stand where the rows put it: a required binding of FHIR, a closed list,
// a SNOMED CT id whose check digit is right. A spreadsheet loses leading zeros and the end of long numbers, and a
// misspelt meaning would be read by nobody: a wish, a marking or a care co-ordinator would be missing without a word.
import type { Finding } from '../errors.ts';
import { requiredCodes } from '../fhir/bindings.ts';
import { closedList } from '../fhir/code-lists.ts';
import { isSnomedId } from '../fhir/snomed.ts';
import { systems } from '../fhir/systems.ts';
import type { CodeTable } from './codes.ts';
import { units } from './datatypes/tq-appointment.ts';
import type { SegmentFile } from './schema.ts';
import { tableFault } from './table.ts';

/** Conversions that give a table's values a system of their own. */
export const conversionSystems: Readonly<Record<string, string>> = {
  'cwe-role': systems.role,
  'id-confidentiality': systems.confidentiality,
  'id-confidentiality-without-visit': systems.confidentiality,
  'id-security-label': systems.confidentiality,
};

/** What conversions themselves can read of a table. */
const readByConversion: Readonly<Record<string, readonly string[]>> = {
  'appointment-start': units,
  'appointment-end': units,
};

/** Where, below the element of its row, a conversion puts a table's value. */
const elementsBelow: Readonly<Record<string, string>> = {
  'xpn-humanname': '.use',
  'appointment-participants': '.status',
};

/** Checks every table that rows name; what is wrong is added to `faults`, each once. */
export function checkTableValues(
  segments: ReadonlyMap<string, SegmentFile>,
  tables: ReadonlyMap<string, CodeTable>,
  faults: Finding[],
): void {
  const told = new Set<string>();
  for (const { resource, rows } of segments.values()) {
    for (const { codes, via, system, to } of rows) {
      const table = codes === undefined ? undefined : tables.get(codes);
      if (table === undefined) continue;
      const path = `${resource}.${to}${elementsBelow[via ?? ''] ?? ''}`;
      const bound = readByConversion[via ?? ''] ?? requiredCodes(path);
      for (const entry of table.entries.values()) {
        if (entry.value === undefined) continue;
        const named = entry.system ?? system ?? conversionSystems[via ?? ''];
        const message = faultOf(entry.value, bound, named);
        if (message === undefined || told.has(`${entry.where} ${message}`)) continue;
        told.add(`${entry.where} ${message}`);
        faults.push(tableFault(entry.where, message));
      }
    }
  }
}

function faultOf(
  value: string,
  bound: readonly string[] | undefined,
  system: string | undefined,
): string | undefined {
  const allowed = bound ?? (system === undefined ? undefined : closedList(system));
  if (allowed !== undefined) {
    return allowed.includes(value) ? undefined : `value must be one of ${allowed.join(', ')}, or blank`;
  }
  if (system === systems.snomed && !isSnomedId(value)) {
    return 'value is no SNOMED CT id: its check digit is wrong, or a spreadsheet has cut it';
  }
  return undefined;
}
