// Process: takes the head of a feed's lane and carries up to 50 rows through in one transaction, with the persons of all
// of them locked up front. Messages are interpreted in memory, one after another, and what they lead to is written in
// a few statements for many of them; a change of identity is carried through by itself. If writing fails because of one
// row, the batch is undone and done again row by row, each in a savepoint, so that only that row is held. A message
// that cannot be used is held and the lane goes on; a fault of the database undoes everything and the rows wait.
import { auditEntry } from '../audit/entry.ts';
import { asBridgeError } from '../errors.ts';
import type { BridgeError } from '../errors.ts';
import type { PersonKey } from '../fhir/canonical.ts';
import type { FeedCharset } from '../hl7v2/charset.ts';
import { eventLabel } from '../hl7v2/events.ts';
import { readMessage } from '../hl7v2/message.ts';
import type { Message } from '../hl7v2/message.ts';
import type { Log } from '../log.ts';
import { mayChangeIdentity } from '../mapping/events.ts';
import type { MappingSettings } from '../mapping/settings.ts';
import { namedPersons } from '../mapping/translate.ts';
import type { Metrics } from '../metrics.ts';
import { writeAudit } from '../store/audit.ts';
import type { Store, Tx } from '../store/database.ts';
import { completeRows, holdRow } from '../store/inbox-rows.ts';
import type { InboxRow } from '../store/inbox-rows.ts';
import { withFeedBatch } from '../store/lanes.ts';
import { personOfNote } from '../store/notes.ts';
import { holdIdentity, releaseIdentity } from '../store/persons.ts';
import { inSavepoint } from '../store/savepoint.ts';
import { isTransient } from '../store/transient.ts';
import { noteUnknownCodes } from '../store/unmapped.ts';
import type { ProcessedOutcome } from './arrival.ts';
import { writeDecided } from './decided.ts';
import type { Route } from './effects.ts';
import { codesThatHold } from './held-codes.ts';
import { applyIdentity } from './identity.ts';
import { identityOf, interpret, translateRow } from './interpret.ts';
import { interpretNote, readNoteRow } from './notes.ts';
import type { ReadNote } from './notes.ts';
import type { Interpreter, Work } from './interpret.ts';
import { loadPeople, personId } from './people.ts';
import type { People } from './people.ts';

/** Rows of a lane that share a transaction. */
const batchRows = 50;

/** What a feed's messages need to be read. */
export type ProcessFeed =
  | {
      readonly kind: 'hl7v2';
      readonly id: string;
      readonly zone: string;
      readonly charset: FeedCharset;
      /** How its messages are meant, as its file says. */
      readonly mapping?: MappingSettings;
    }
  | { readonly kind: 'notes'; readonly id: string; readonly zone: string };

/** Mappings, rules and destinations in force; swapped whole or not at all. */
export interface ProcessDeps extends Interpreter {
  readonly routes: readonly Route[];
}

export interface BatchDeps {
  readonly store: Store;
  readonly current: () => ProcessDeps;
  /** Hears of every row once its transaction has committed. */
  readonly tell: (row: number, outcome: ProcessedOutcome) => void;
  readonly log: Log;
  readonly metrics: Metrics;
}

interface Read {
  readonly row: InboxRow;
  readonly message: Message | ReadNote | BridgeError;
  readonly named: readonly PersonKey[];
  /** It says who is who, or may: while it is held, nothing is written about those it names. */
  readonly changesIdentity: boolean;
}

/** How one row ends. */
type End =
  { readonly row: InboxRow; readonly work: Work } | { readonly row: InboxRow; readonly error: BridgeError };

interface Batch {
  readonly tx: Tx;
  readonly feed: ProcessFeed;
  readonly current: ProcessDeps;
}

/** Processes the head of a feed's lane; false where nothing waits there or another worker has it. */
export async function processFeed(feed: ProcessFeed, deps: BatchDeps): Promise<boolean> {
  let ends: readonly End[] = [];
  const rows = await withFeedBatch(deps.store, feed.id, batchRows, async (tx, waiting) => {
    const batch = { tx, feed, current: deps.current() };
    const read: Read[] = [];
    for (const row of waiting) read.push(feed.kind === 'notes' ? await readNoteRow(tx, row) : readRow(row, feed.charset, batch.current)); // prettier-ignore
    try {
      ends = await inSavepoint(tx, () => carryThrough(batch, read));
    } catch (thrown) {
      if (isTransient(thrown)) throw thrown;
      ends = await oneByOne(batch, read);
    }
  });
  // Counted and told only once the transaction has committed.
  for (const end of ends) tellEnd(end, feed, deps);
  return rows !== undefined && rows > 0;
}

/** What mapping needs to know of the feed. */
function sourceOf(feed: ProcessFeed): Parameters<typeof translateRow>[2] {
  return { zone: feed.zone, ...(feed.kind === 'hl7v2' ? feed.mapping : {}) };
}

function readRow(row: InboxRow, charset: FeedCharset, { mappings }: ProcessDeps): Read {
  try {
    const message = readMessage(row.body, charset);
    const { messageCode, triggerEvent } = message.header;
    const changesIdentity = messageCode === 'ADT' && mayChangeIdentity(triggerEvent);
    return { row, message, named: namedPersons(message, mappings), changesIdentity };
  } catch (thrown) {
    return { row, message: asBridgeError(thrown, 'parse/unreadable'), named: [], changesIdentity: false };
  }
}

/** Carries rows through in their order; writes for many at once. What it throws is a fault of writing. */
async function carryThrough(batch: Batch, read: readonly Read[]): Promise<End[]> {
  const people = await loadPeople(batch.tx, read.flatMap(({ named }) => named)); // prettier-ignore
  const ends: End[] = [];
  let unwritten: End[] = [];
  const write = async (): Promise<void> => {
    await writeEnds(batch, unwritten, people, read);
    ends.push(...unwritten);
    unwritten = [];
  };
  for (const { row, message } of read) {
    if ('request' in message) {
      // What it corrects may have come just before it: first that is written, then looked whose it is.
      if (message.request.action !== 'create') await write();
      const filedFor = await personOfNote(batch.tx, message.request.id);
      const work = held(row, () => interpretNote(row, message, people, batch.current, filedFor));
      unwritten.push('error' in work ? work : { row, work: work.value });
      continue;
    }
    const translation = held(row, () => {
      if (message instanceof Error) throw message;
      return translateRow(row, message, sourceOf(batch.feed), batch.current);
    });
    if ('error' in translation) {
      unwritten.push(translation);
    } else if (identityOf(translation.value).length > 0) {
      // What a later step throws must undo the merge too: the batch is then done again row by row.
      await write();
      // Who is who has been applied when it was processed first; it may have been undone since.
      if (!row.reprocessed) await applyIdentity(batch.tx, row, identityOf(translation.value), people);
      unwritten.push({ row, work: interpret(row, translation.value, people, batch.current) });
    } else {
      const work = held(row, () => interpret(row, translation.value, people, batch.current));
      unwritten.push('error' in work ? work : { row, work: work.value });
    }
  }
  await write();
  return ends;
}

/** Each row in a savepoint of its own, with its own people; whatever one of them throws holds that one. */
async function oneByOne(batch: Batch, read: readonly Read[]): Promise<End[]> {
  const ends: End[] = [];
  for (const one of read) {
    try {
      ends.push(...(await inSavepoint(batch.tx, () => carryThrough(batch, [one]))));
    } catch (thrown) {
      if (isTransient(thrown)) throw thrown;
      const end = { row: one.row, error: asBridgeError(thrown) };
      await inSavepoint(batch.tx, async () => {
        const people = await loadPeople(batch.tx, one.changesIdentity ? one.named : []);
        await writeEnds(batch, [end], people, [one]);
      });
      ends.push(end);
    }
  }
  return ends;
}

/** What `work` gives, or that the row is held because of what it throws. Nothing of the database happens inside. */
function held<T>(
  row: InboxRow,
  work: () => T,
): { readonly value: T } | { readonly row: InboxRow; readonly error: BridgeError } {
  try {
    return { value: work() };
  } catch (thrown) {
    return { row, error: asBridgeError(thrown) };
  }
}

/** Writes what rows have led to: in a few statements, whatever their number. */
async function writeEnds(
  { tx, current }: Batch,
  ends: readonly End[],
  people: People,
  read: readonly Read[],
): Promise<void> {
  const works = ends.flatMap((end) => ('work' in end ? [end.work] : []));
  const resources = works.flatMap((work) => work.resources);
  const decided = works.flatMap(({ row, decisions }) =>
    decisions.map(({ person, decision }) => ({ decision, person, inboxRow: row.id, at: row.receivedAt })),
  );
  await writeDecided(tx, resources, decided, current);
  const completed = works.map(({ row, completion }) => ({ row: row.id, completion }));
  await completeRows(tx, completed);
  await noteUnknownCodes(tx, works);
  // Those whom a held message named may be written to again.
  for (const { row } of works) if (row.replayed) await releaseIdentity(tx, row.id);
  for (const end of ends) {
    const one = read.find(({ row }) => row.id === end.row.id);
    if ('error' in end && one !== undefined) await hold(tx, one, end.error, people, current);
  }
}

async function hold(
  tx: Tx,
  { row, message, named, changesIdentity }: Read,
  error: BridgeError,
  people: People,
  { mappings }: ProcessDeps,
): Promise<void> {
  await holdRow(tx, row.id, error);
  await noteUnknownCodes(tx, [{ row, unknownCodes: codesThatHold(message, error, mappings) }]);
  if (changesIdentity) {
    const persons = named.map((key) => personId(people, key));
    await holdIdentity(tx, row.id, persons);
  }
  const detail = { kind: error.kind };
  await writeAudit(tx, [
    auditEntry('held', row.receivedAt, { inboxRow: row.id }, { outcome: 'failure', detail }),
  ]);
}

function tellEnd(end: End, feed: ProcessFeed, { metrics, log, tell }: BatchDeps): void {
  const { row } = end;
  if ('error' in end) {
    tell(row.id, 'held');
    metrics.held.inc({ feed: feed.id, kind: end.error.kind });
    log.error('message-held', { feed: feed.id, row: row.id, event: row.event }, end.error);
    return;
  }
  tell(row.id, 'processed');
  const { completion, decisions } = end.work;
  metrics.processed.inc({ feed: feed.id, outcome: completion.outcome });
  if (completion.outcome === 'unused') metrics.unused.inc({ feed: feed.id, event: eventLabel(row.event) });
  if (!row.reprocessed) tellIdentity(end.work, feed, { metrics, log });
  for (const { kind } of completion.findings) metrics.findings.inc({ feed: feed.id, kind });
  for (const { decision } of decisions)
    metrics.decisions.inc({ rule: decision.rule, action: decision.action });
}

/** Changes of who is who are counted; a deletion that the source tells of is an alert, for somebody to look. */
function tellIdentity(
  { row, identity }: Work,
  feed: ProcessFeed,
  { metrics, log }: Pick<BatchDeps, 'metrics' | 'log'>,
): void {
  for (const { kind } of identity) {
    metrics.identity.inc({ feed: feed.id, kind });
    if (kind === 'mark')
      log.warn('record-deleted-at-source', { feed: feed.id, row: row.id, event: row.event });
  }
}
