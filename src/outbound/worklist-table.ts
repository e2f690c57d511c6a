// One line of a worklist: what is asked about whom since when and why, for a team that opens the file in a spreadsheet.
// No name, no NHS number, no birth date: the local number is enough to find the person in the EPR. RFC 4180, every cell
// quoted, in UTF-8 with a byte-order mark (without it spreadsheets read another character set).
import { z } from 'zod';
import { BridgeError } from '../errors.ts';
import { urnOf } from '../fhir/ids.ts';
import type { Owner } from '../ips/decision.ts';
import { effectNames, promptLines } from '../ips/words.ts';
import type { DeliveryJob } from '../pipeline/destination.ts';
import { localDate } from '../time.ts';

const columns = ['Item', 'Local number', 'What', 'Since', 'For', 'Why'] as const;

const item = z.strictObject({
  /** Local team id: whose list it is. */
  team: z.string().min(1),
  /** `urn:uuid:…` of the decision's key, as everywhere else. */
  item: z.string().startsWith('urn:uuid:'),
  /** The cells, item first; null where the item is taken off the list. */
  row: z.array(z.string()).length(columns.length).nullable(),
});

/** What is frozen and sent: one item put on, or taken off, the list of a team. */
export type WorklistItem = z.output<typeof item>;

/** @throws BridgeError `internal/frozen-bytes` where the bytes are not ours */
export function itemOf(bytes: Buffer): WorklistItem {
  try {
    return item.parse(JSON.parse(bytes.toString()));
  } catch (cause) {
    throw new BridgeError('internal/frozen-bytes', 'the frozen bytes are no item of a worklist', { cause });
  }
}

/** @param zone IANA zone of the days */
export function itemFor({ decision, person, owner }: DeliveryJob, zone: string): WorklistItem {
  const urn = urnOf(decision.key);
  const numbers = person.keys.map(({ value }) => value).join(' / ');
  const since = localDate(new Date(decision.decidedAt), zone);
  const why = promptLines(decision, zone).join(' ');
  const row = [urn, numbers, effectNames[decision.effect], since, ownerText(owner), why];
  return { team: decision.team.id, item: urn, row };
}

/** A whole file. */
export function worklistText(items: readonly WorklistItem[]): string {
  const lines = items.flatMap(({ row }) => (row === null ? [] : [lineOf(row)]));
  return `\uFEFF${[lineOf(columns), ...lines].join('\r\n')}\r\n`;
}

/** Whether a file shows the item as it should be. A row that was changed by hand is not as it should be. */
export function shows(text: string, { item: urn, row }: WorklistItem): boolean {
  return row === null ? !text.includes(urn) : text.split('\r\n').includes(lineOf(row));
}

function ownerText(owner: Owner | undefined): string {
  if (owner === undefined) return '';
  const who = owner.display === undefined ? owner.value : `${owner.display} (${owner.value})`;
  return `${{ 'care-coordinator': 'Care co-ordinator', champion: 'Team champion', 'duty-queue': 'Duty queue' }[owner.kind]}: ${who}`;
}

function lineOf(cells: readonly string[]): string {
  return cells.map(cellOf).join(',');
}

/** What a spreadsheet would take for a formula gets an apostrophe (R34); a row stays on one line. */
function cellOf(text: string): string {
  const guarded = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return `"${guarded.replaceAll(/[\x00-\x1f\x7f\u2028\u2029]+/g, ' ').replaceAll('"', '""')}"`;
}
