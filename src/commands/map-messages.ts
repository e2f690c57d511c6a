// The messages that `map coverage` and `map diff` look at: those of a file or folder, as if one feed brought them now in
// the order of their names, or those that were received since a date, out of the inbox.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { operatorEntry } from '../audit/entry.ts';
import { operatorName } from '../config.ts';
import type { Config, FeedSettings } from '../config.ts';
import { BridgeError } from '../errors.ts';
import { messagesOf } from '../hl7v2/segments.ts';
import { writeAudit } from '../store/audit.ts';
import { inTransaction } from '../store/database.ts';
import type { Store } from '../store/database.ts';
import { countPast, nextPast, pastByRow } from '../store/past-messages.ts';
import type { PastMessage } from '../store/past-messages.ts';
import { readInput } from './output.ts';

export interface PastMessages {
  readonly total: number;
  /** All of them, oldest first. */
  readonly pages: () => AsyncIterable<readonly PastMessage[]>;
  /** Those with these row numbers, oldest first, and no more of them in memory at once than a page holds. */
  readonly byRow: (rows: readonly number[]) => AsyncIterable<PastMessage>;
  /** How an operator finds the message of a row again. */
  readonly nameOf: (row: number) => string;
}

/**
 * What the inbox has had since then, of the feeds that the configuration still has. Whoever reads messages of real people
 * is on the audit, before the first one is read.
 * @param command as it is named there: `map diff`
 */
export async function receivedSince(
  store: Store,
  { feeds }: Config,
  since: Date,
  command: string,
): Promise<PastMessages> {
  const day = since.toISOString().slice(0, 10);
  const entry = operatorEntry('viewed', new Date(), {}, operatorName(), `${command} --since ${day}`);
  await inTransaction(store, (tx) => writeAudit(tx, [entry]));
  const ids = feeds.map(({ feed }) => feed);
  const total = await countPast(store, ids, since);
  async function* pages(): AsyncIterable<readonly PastMessage[]> {
    for (let after = 0; ;) {
      const next = await nextPast(store, ids, since, after);
      const last = next.at(-1);
      if (last === undefined) return;
      yield next;
      after = last.row;
    }
  }
  async function* byRow(rows: readonly number[]): AsyncIterable<PastMessage> {
    for (let left = rows; left.length > 0;) {
      const next = await pastByRow(store, left);
      const last = next.at(-1)?.row ?? Infinity;
      yield* next;
      left = left.filter((row) => row > last);
    }
  }
  return { total, pages, byRow, nameOf: (row) => `row ${row}` };
}

/** @throws BridgeError field/file where there is no such file or folder */
export function messagesIn(path: string, { feed }: FeedSettings, now: Date): PastMessages {
  const places = filesOf(path).flatMap((file) =>
    messagesOf(readInput(file)).map((_, index) => ({ file, index })),
  );
  // Files are read one after another: a file of many messages is taken apart once, not for each of them.
  let open: { readonly file: string; readonly bodies: readonly Buffer[] } | undefined;
  const read = (row: number): PastMessage[] => {
    const place = places[row - 1];
    if (place === undefined) return [];
    if (open?.file !== place.file) open = { file: place.file, bodies: messagesOf(readInput(place.file)) };
    const body = open.bodies[place.index];
    return body === undefined ? [] : [{ row, feed, receivedAt: new Date(now.getTime() + row), body }];
  };
  async function* pages(): AsyncIterable<readonly PastMessage[]> {
    for (const [index] of places.entries()) yield await Promise.resolve(read(index + 1));
  }
  async function* byRow(rows: readonly number[]): AsyncIterable<PastMessage> {
    for (const row of [...rows].sort((one, other) => one - other)) yield* await Promise.resolve(read(row));
  }
  return {
    total: places.length,
    pages,
    byRow,
    nameOf: (row) => places[row - 1]?.file ?? '',
  };
}

function filesOf(path: string): string[] {
  if (!existsSync(path))
    throw new BridgeError('field/file', 'there is no such file or folder', { where: path });
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(hl7|hl7v2|txt|msg)$/i.test(name))
    .sort()
    .map((name) => join(path, name));
}

const dayMs = 86_400_000;

/** `30d` or a date (2026-03-01), as a moment. */
export function sinceOf(text: string, now: Date): Date {
  const days = /^(\d{1,4})d$/.exec(text)?.[1];
  if (days !== undefined) return new Date(now.getTime() - Number(days) * dayMs);
  const date = /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined;
  // 31 February would be taken for 3 March.
  if (date !== undefined && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)) return date;
  throw new InvalidArgumentError('say it in days (30d) or as a date (2026-03-01).');
}
