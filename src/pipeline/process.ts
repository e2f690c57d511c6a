// Process: takes the head of a feed's lane and carries up to 50 rows through in one transaction, each in a savepoint of
// its own, with the persons of all of them locked up front. A message that cannot be used is held and the lane goes
// on; a fault of the database undoes the transaction and the rows wait. No network call inside.
import { auditEntry } from '../audit/entry.ts';
import { asBridgeError } from '../errors.ts';
import type { BridgeError } from '../errors.ts';
import { personKeyText } from '../fhir/canonical.ts';
import type { PersonKey } from '../fhir/canonical.ts';
import { readMessage } from '../hl7v2/message.ts';
import type { Message } from '../hl7v2/message.ts';
import type { Log } from '../log.ts';
import { identityEvents } from '../mapping/events.ts';
import { namedPersons } from '../mapping/translate.ts';
import type { Metrics } from '../metrics.ts';
import { writeAudit } from '../store/audit.ts';
import type { Store, Tx } from '../store/database.ts';
import { holdRow } from '../store/inbox-rows.ts';
import type { InboxRow } from '../store/inbox-rows.ts';
import { withFeedBatch } from '../store/lanes.ts';
import { holdIdentity } from '../store/persons.ts';
import { inSavepoint } from '../store/savepoint.ts';
import { isTransient } from '../store/transient.ts';
import type { ProcessedOutcome } from './arrival.ts';
import { kindsOf, loadPeople, processMessage } from './process-message.ts';
import type { People, ProcessDeps, ProcessFeed } from './process-message.ts';

/** Rows of a lane that share a transaction. */
const batchRows = 50;

export interface BatchDeps {
  readonly store: Store;
  /** The set in force now. */
  readonly current: () => ProcessDeps;
  /** Hears of every row once its transaction has committed. */
  readonly tell: (row: number, outcome: ProcessedOutcome) => void;
  readonly log: Log;
  readonly metrics: Metrics;
}

interface Read {
  readonly row: InboxRow;
  readonly message: Message | BridgeError;
  readonly named: readonly PersonKey[];
}

/** Processes the head of a feed's lane; false where nothing waits there or another worker has it. */
export async function processFeed(feed: ProcessFeed, deps: BatchDeps): Promise<boolean> {
  const told: (() => void)[] = [];
  const rows = await withFeedBatch(deps.store, feed.id, batchRows, async (tx, waiting) => {
    told.length = 0;
    const current = deps.current();
    const read = waiting.map((row) => readRow(row, feed, current));
    const people = await loadPeople(
      tx,
      read.flatMap(({ named }) => named),
    );
    for (const one of read) told.push(await processRow(tx, one, feed, people, current, deps));
  });
  // Counted and told only once the transaction has committed.
  for (const tell of told) tell();
  return rows !== undefined && rows > 0;
}

function readRow(row: InboxRow, feed: ProcessFeed, { mappings }: ProcessDeps): Read {
  try {
    const message = readMessage(row.body, feed.charset);
    return { row, message, named: namedPersons(message, mappings) };
  } catch (thrown) {
    return { row, message: asBridgeError(thrown, 'parse/unreadable'), named: [] };
  }
}

async function processRow(
  tx: Tx,
  { row, message, named }: Read,
  feed: ProcessFeed,
  people: People,
  current: ProcessDeps,
  deps: BatchDeps,
): Promise<() => void> {
  try {
    if (message instanceof Error) throw message;
    const done = await inSavepoint(tx, () => processMessage(tx, row, message, feed, people, current));
    return () => {
      deps.tell(row.id, 'processed');
      deps.metrics.processed.inc({ feed: feed.id, outcome: done.outcome });
      for (const kind of kindsOf(done.findings)) deps.metrics.findings.inc({ feed: feed.id, kind });
    };
  } catch (thrown) {
    if (isTransient(thrown)) throw thrown;
    const error = await inSavepoint(tx, () => hold(tx, row, thrown, named, people));
    // The savepoint took back what this row had added to the records in memory.
    await loadPeople(tx, named, people);
    return () => {
      deps.tell(row.id, 'held');
      deps.metrics.held.inc({ feed: feed.id, kind: error.kind });
      deps.log.error('message-held', { feed: feed.id, row: row.id, event: row.event }, error);
    };
  }
}

async function hold(
  tx: Tx,
  row: InboxRow,
  thrown: unknown,
  named: readonly PersonKey[],
  people: People,
): Promise<BridgeError> {
  const error = await holdRow(tx, row.id, thrown);
  if (identityEvents.has(row.event.replace(/^ADT\^/, ''))) {
    const ids = named.map((key) => people.ids.get(personKeyText(key)));
    await holdIdentity(
      tx,
      row.id,
      ids.filter((id) => id !== undefined),
    );
  }
  await writeAudit(tx, [
    auditEntry(
      'held',
      row.receivedAt,
      { inboxRow: row.id },
      { outcome: 'failure', detail: { kind: error.kind } },
    ),
  ]);
  return error;
}
