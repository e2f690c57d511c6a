// One message, from bytes to effects, inside the transaction and savepoint of process: translate, apply changes of
// identity, save to each person's record, derive facts, evaluate the rules, store the decisions, complete the row.
import { auditEntry } from '../audit/entry.ts';
import type { ErrorKind, Finding } from '../errors.ts';
import { personKeyText } from '../fhir/canonical.ts';
import type { CanonicalResource, IdentityEvent, PersonKey } from '../fhir/canonical.ts';
import type { FeedCharset } from '../hl7v2/charset.ts';
import type { Message } from '../hl7v2/message.ts';
import { decide } from '../ips/decide.ts';
import { deriveFacts } from '../ips/facts.ts';
import type { FactContext } from '../ips/facts.ts';
import { ownResources } from '../ips/own.ts';
import { evaluate } from '../ips/rules.ts';
import type { Mappings } from '../mapping/load.ts';
import { translate } from '../mapping/translate.ts';
import { ownSource } from '../record/person.ts';
import type { PersonRecord } from '../record/person.ts';
import { planRows } from '../record/plan.ts';
import { writeAudit } from '../store/audit.ts';
import type { Tx } from '../store/database.ts';
import { completeRow } from '../store/inbox-rows.ts';
import type { InboxRow } from '../store/inbox-rows.ts';
import { mergePersons } from '../store/merge.ts';
import { lockPersons, releaseIdentity } from '../store/persons.ts';
import { appendResources, loadRecords } from '../store/record.ts';
import { storeDecisions } from './effects.ts';
import type { EffectDeps } from './effects.ts';

/** What a feed's messages need to be read. */
export interface ProcessFeed {
  readonly id: string;
  readonly zone: string;
  readonly charset: FeedCharset;
}

/** One consistent set of mappings and rules; swapped whole or not at all. */
export interface ProcessDeps extends EffectDeps {
  readonly mappings: Mappings;
  readonly facts: Omit<FactContext, 'at'>;
}

/** The people of a batch as they stand now: locked, loaded once, brought forward by each message. */
export interface People {
  /** Survivor's row number by {@link personKeyText}. */
  readonly ids: Map<string, number>;
  readonly records: Map<number, PersonRecord>;
}

export interface Processed {
  readonly outcome: 'used' | 'unused';
  readonly findings: readonly Finding[];
}

/** Locks and loads everyone these keys name. */
export async function loadPeople(tx: Tx, keys: readonly PersonKey[], into?: People): Promise<People> {
  const ids = await lockPersons(tx, keys);
  const records = await loadRecords(tx, [...new Set(ids.values())]);
  const people = into ?? { ids: new Map(), records: new Map() };
  for (const [key, id] of ids) people.ids.set(key, id);
  for (const [id, record] of records) people.records.set(id, record);
  return people;
}

/** Processes one message whose people are locked. What it throws undoes its savepoint. */
export async function processMessage(
  tx: Tx,
  row: InboxRow,
  message: Message,
  feed: ProcessFeed,
  people: People,
  deps: ProcessDeps,
): Promise<Processed> {
  const at = row.receivedAt;
  const translation = translate(deps.mappings, message, { id: feed.id, zone: feed.zone, receivedAt: at });
  if (translation.outcome === 'unused') {
    const { findings, reason } = translation;
    await completeRow(tx, row.id, { outcome: 'unused', findings, unusedReason: reason });
    return translation;
  }
  await applyIdentity(tx, translation.identity, row, people);
  const findings = [...translation.findings];
  for (const person of personsOf(translation.resources, translation.identity, people)) {
    const said = translation.resources.filter((one) => people.ids.get(personKeyText(one.person)) === person);
    const record = await save(tx, person, said, row, people, findings);
    findings.push(...(await decideFor(tx, record, row, people, deps)));
  }
  await completeRow(tx, row.id, { outcome: 'used', findings });
  return { outcome: 'used', findings };
}

async function applyIdentity(
  tx: Tx,
  events: readonly IdentityEvent[],
  row: InboxRow,
  people: People,
): Promise<void> {
  for (const { survivor, merged } of events) {
    const { changed, survivor: id } = await mergePersons(tx, {
      survivor,
      merged,
      inboxRow: row.id,
      at: row.receivedAt,
    });
    await loadPeople(tx, [survivor, merged], people);
    if (changed)
      await writeAudit(tx, [auditEntry('merged', row.receivedAt, { person: id, inboxRow: row.id })]);
  }
  // It may have been held before: those whom it names may be written to again.
  if (events.length > 0) await releaseIdentity(tx, row.id);
}

/** Everyone whom the message says something about, each once, in the order of the message. */
function personsOf(
  resources: readonly CanonicalResource[],
  identity: readonly IdentityEvent[],
  people: People,
): number[] {
  const keys = [...identity.map((event) => event.survivor), ...resources.map((one) => one.person)];
  const ids = keys.map((key) => people.ids.get(personKeyText(key)));
  return [...new Set(ids)].filter((id) => id !== undefined);
}

/** Saves what the message says of one person; the record with the new rows, which also stands in `people`. */
async function save(
  tx: Tx,
  person: number,
  said: readonly CanonicalResource[],
  row: InboxRow,
  people: People,
  findings: Finding[],
): Promise<PersonRecord> {
  const record = recordOf(people, person);
  const plan = planRows(record, said, { source: row.feed, at: row.receivedAt, personUid: record.uid });
  findings.push(...plan.findings);
  return append(tx, record, row.feed, row, plan.rows, people);
}

function recordOf(people: People, person: number): PersonRecord {
  const record = people.records.get(person);
  if (record === undefined) throw new RangeError('a locked person has no record');
  return record;
}

async function append(
  tx: Tx,
  record: PersonRecord,
  source: string,
  row: InboxRow,
  rows: Parameters<typeof appendResources>[4],
  people: People,
): Promise<PersonRecord> {
  if (rows.length === 0) return record;
  const added = await appendResources(tx, record.id, source, row.id, rows);
  const inOrder = [...record.rows, ...added].sort(
    (one, other) => one.at.getTime() - other.at.getTime() || one.id - other.id,
  );
  const grown = { ...record, rows: inOrder };
  people.records.set(record.id, grown);
  return grown;
}

/** One evaluation of one person at the message's time, and what follows from it. */
async function decideFor(
  tx: Tx,
  record: PersonRecord,
  row: InboxRow,
  people: People,
  deps: ProcessDeps,
): Promise<readonly Finding[]> {
  const at = row.receivedAt;
  const facts = deriveFacts(record, { ...deps.facts, at });
  const decisions = decide(record, facts, evaluate(deps.rules, facts), { at, ruleSet: deps.rules });
  const [key] = record.keys;
  if (key !== undefined && decisions.length > 0) {
    const own = decisions.flatMap((decision) => ownResources(decision, key));
    const rows = own.map(({ sourceId, resource }) => ({ sourceId, resource, at }));
    await append(tx, record, ownSource, row, rows, people);
    await storeDecisions(tx, decisions, { person: record.id, inboxRow: row.id, at }, deps);
  }
  return facts.findings;
}

/** A finding without its number, for the metric: `type/timestamp`. */
export function kindsOf(findings: readonly Finding[]): ErrorKind[] {
  return findings.map((finding) => finding.kind);
}
