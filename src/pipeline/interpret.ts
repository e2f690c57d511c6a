// One message, from its segments to what is to be written: translate, bring each person's record forward, derive facts,
// evaluate the rules, decide. Nothing is written here, so a message that cannot be used has changed nothing.
import type { Finding } from '../errors.ts';
import type { IdentityEvent, UnknownCode } from '../fhir/canonical.ts';
import type { Message } from '../hl7v2/message.ts';
import { decide } from '../ips/decide.ts';
import type { Decision } from '../ips/decision.ts';
import { deriveFacts } from '../ips/facts.ts';
import type { FactContext } from '../ips/facts.ts';
import { evaluate } from '../ips/rules.ts';
import type { RuleSet } from '../ips/rules.ts';
import type { Mappings } from '../mapping/load.ts';
import { translate } from '../mapping/translate.ts';
import type { MessageSource } from '../mapping/translate.ts';
import { ownSource } from '../record/person.ts';
import type { PersonRecord } from '../record/person.ts';
import { planRows } from '../record/plan.ts';
import { lastSaidAt, replayedRows } from '../record/replay.ts';
import type { Completion, InboxRow } from '../store/inbox-rows.ts';
import type { PersonRow } from '../store/record.ts';
import { latest, ownRows } from './decided.ts';
import { checkIdentity, moveVisits, personsOf } from './identity.ts';
import { grown, personId, recordOf } from './people.ts';
import type { People } from './people.ts';

/** One consistent set of mappings and rules. */
export interface Interpreter {
  readonly mappings: Mappings;
  readonly rules: RuleSet;
  readonly facts: Omit<FactContext, 'at'>;
}

/** What one message leads to. */
export interface Work {
  readonly row: InboxRow;
  readonly completion: Completion;
  /** Of the message's codes, those that no table knows. */
  readonly unknownCodes?: readonly UnknownCode[];
  readonly resources: readonly PersonRow[];
  readonly decisions: readonly { readonly person: number; readonly decision: Decision }[];
  /** Who is who, to be applied before anything else of the message. */
  readonly identity: readonly IdentityEvent[];
}

/** The changes of identity in a message; a message that has any is carried through by itself. */
export function identityOf(translation: ReturnType<typeof translate>): readonly IdentityEvent[] {
  return translation.outcome === 'used' ? translation.identity : [];
}

/** Translates a row's message. @throws BridgeError as translate does */
export function translateRow(
  row: InboxRow,
  message: Message,
  feed: Omit<MessageSource, 'id' | 'receivedAt'>,
  { mappings }: Interpreter,
) {
  return translate(mappings, message, { ...feed, id: row.feed, receivedAt: row.receivedAt });
}

/**
 * What a translated message leads to. `people` is brought forward, but only when all of it has succeeded.
 * Its changes of identity have been applied to `people` before.
 */
export function interpret(
  row: InboxRow,
  translation: ReturnType<typeof translate>,
  people: People,
  interpreter: Interpreter,
): Work {
  if (translation.outcome === 'unused') {
    const { findings, reason } = translation;
    return {
      row,
      completion: { outcome: 'unused', findings, unusedReason: reason },
      resources: [],
      decisions: [],
      identity: [],
    };
  }
  // Of a message that is reprocessed, who is who was applied when it came first; it may have been undone since.
  const identity = row.reprocessed ? [] : translation.identity;
  const findings: Finding[] = [...translation.findings, ...checkIdentity(identity, people)];
  const moved = moveVisits(row, identity, people);
  const resources: PersonRow[] = [...moved.rows];
  const decisions: { person: number; decision: Decision }[] = [];
  const after: PersonRecord[] = [];
  const keys = [
    ...translation.identity.flatMap(personsOf),
    ...translation.resources.map((one) => one.person),
  ];
  for (const person of new Set(keys.map((key) => personId(people, key)))) {
    const before = moved.records.get(person) ?? recordOf(people, person);
    const named = keys.filter((key) => personId(people, key) === person);
    const at = arrivalOf(row, before);
    const said = translation.resources.filter((one) => personId(people, one.person) === person);
    // What was held is taken up again after later messages: what it does not mention may have come since.
    const lists = row.replayed ? [] : (translation.lists ?? []);
    const whole = lists.filter((one) => personId(people, one.person) === person);
    const plan = planRows(before, said, { source: row.feed, at, personUid: before.uid }, whole);
    const rows = row.replayed ? replayedRows(before, said, plan.rows, { source: row.feed, at, inboxRow: row.id }) : plan.rows; // prettier-ignore
    const record = grown(before, row.feed, rows);
    const decided = decideFor(record, latest(at, record), interpreter);
    findings.push(...plan.findings, ...decided.findings);
    resources.push(
      ...rows.map((each): PersonRow => {
        const key = said.find((one) => one.sourceId === each.sourceId)?.person ?? named[0];
        return { ...each, person, named: key, source: row.feed, inboxRow: row.id };
      }),
    );
    resources.push(
      ...decided.rows.map((each): PersonRow => ({
        ...each,
        person,
        named: named[0],
        source: ownSource,
        inboxRow: row.id,
      })),
    );
    decisions.push(...decided.decisions.map((decision) => ({ person, decision })));
    after.push(grown(record, ownSource, decided.rows));
  }
  for (const record of after) people.records.set(record.id, record);
  return {
    row,
    completion: { outcome: 'used', findings },
    unknownCodes: translation.unknownCodes,
    resources,
    decisions,
    identity: translation.identity,
  };
}

/**
 * When we learned what a message says: its receipt, but never before what its feed told us of this person earlier. The
 * clocks of two replicas differ, and order is arrival. A message that is taken up again keeps its own time, or the one
 * under which the record has what it said before: later ones have been processed since.
 */
function arrivalOf(row: InboxRow, record: PersonRecord): Date {
  if (row.replayed) return lastSaidAt(record, row.feed, row.id) ?? row.receivedAt;
  const own = record.rows.filter(({ source }) => source === row.feed).map(({ at }) => at.getTime());
  return new Date(Math.max(row.receivedAt.getTime(), ...own));
}

/** One evaluation of one person at one moment: what is decided, and our own rows that say so. */
export function decideFor(record: PersonRecord, at: Date, { facts: context, rules }: Interpreter) {
  const facts = deriveFacts(record, { ...context, at });
  const decisions = decide(record, facts, evaluate(rules, facts), { at, ruleSet: rules });
  return { decisions, findings: facts.findings, rows: ownRows(record, decisions, at) };
}
