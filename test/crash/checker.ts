// The history checker: what was acknowledged, against what is stored, what the EPR holds and what the audit tells. Each
// violation is a sentence; no violation, an empty list.
import { sql } from 'kysely';
import type { Epr } from '../../src/sandbox/epr/epr.ts';
import type { Store } from '../../src/store/database.ts';
import type { TestPerson } from '../support/epr-messages.ts';
import { storedMessages } from '../support/history.ts';
import type { StoredMessage } from '../support/history.ts';
import { declinesLater } from './driver.ts';
import type { Sent } from './driver.ts';

export interface Checked {
  readonly store: Store;
  readonly epr: Epr;
  readonly people: readonly TestPerson[];
  readonly history: readonly Sent[];
}

export async function violations(checked: Checked): Promise<string[]> {
  const stored = await storedMessages(checked.store);
  return [
    ...storedOnce(checked.history, stored),
    ...outOfOrder(checked.history, stored),
    ...heldWithoutReason(stored),
    ...(await wrongProposals(checked.epr, checked.people)),
    ...(await missingAudit(checked.store)),
  ];
}

/** Acknowledged ⇒ stored once, with the same bytes; and nothing is stored that was never sent. */
function storedOnce(history: readonly Sent[], stored: readonly StoredMessage[]): string[] {
  const byId = new Map<string, StoredMessage[]>();
  for (const row of stored) byId.set(row.controlId, [...(byId.get(row.controlId) ?? []), row]);
  const wrong = history.flatMap(({ controlId, body }) => {
    const rows = byId.get(controlId) ?? [];
    byId.delete(controlId);
    if (rows.length !== 1) return [`${controlId} was acknowledged and is stored ${rows.length} times`];
    return rows[0]?.body.equals(body) === true ? [] : [`${controlId} is stored with other bytes`];
  });
  return [
    ...wrong,
    ...[...byId.keys()].map((controlId) => `${controlId} is stored and was never acknowledged`),
  ];
}

/** Pairs of one feed where x was acknowledged before y was first sent, and y stands before x. */
function outOfOrder(history: readonly Sent[], stored: readonly StoredMessage[]): string[] {
  const ids = new Map(stored.map((row) => [row.controlId, row.id]));
  const wrong: string[] = [];
  for (const feed of new Set(history.map((one) => one.feed))) {
    const own = history.filter((one) => one.feed === feed);
    const bySent = own.toSorted((one, other) => one.firstSentAt - other.firstSentAt);
    const byAcknowledged = own.toSorted((one, other) => one.acknowledgedAt - other.acknowledgedAt);
    let [largest, next] = [0, 0];
    for (const y of bySent) {
      for (; (byAcknowledged[next]?.acknowledgedAt ?? Infinity) < y.firstSentAt; next += 1) {
        largest = Math.max(largest, ids.get(byAcknowledged[next]?.controlId ?? '') ?? 0);
      }
      if ((ids.get(y.controlId) ?? 0) < largest)
        wrong.push(`${y.controlId} was sent after, and stands before, another of ${feed}`);
    }
  }
  return wrong;
}

function heldWithoutReason(stored: readonly StoredMessage[]): string[] {
  return stored
    .filter(({ state }) => state !== 'processed')
    .map(
      ({ controlId, state, failureWhere }) =>
        `${controlId} is ${state}${failureWhere === null ? ' without a place' : ` at ${failureWhere}`}`,
    );
}

/** Everybody who wants a job: one open proposal. Who said no in the end: none, or one that was taken back. */
async function wrongProposals(epr: Epr, people: readonly TestPerson[]): Promise<string[]> {
  const patients = new Map(
    (await epr.resources('Patient')).map((one) => [`Patient/${one.id}`, one.identifier?.[0]?.value]),
  );
  const byPerson = new Map<string, string[]>();
  const note = (reference: string | undefined, text: string): void => {
    const local = patients.get(reference ?? '') ?? 'nobody';
    byPerson.set(local, [...(byPerson.get(local) ?? []), text]);
  };
  for (const request of await epr.resources('ServiceRequest'))
    note(request.subject.reference, `request ${request.status}`);
  for (const task of await epr.resources('Task')) note(task.for?.reference, `task ${task.status}`);
  return people.flatMap((person) => {
    const found = (byPerson.get(person.local) ?? []).toSorted().join(', ');
    const right = declinesLater(person)
      ? ['', 'request revoked, task cancelled']
      : ['request draft, task requested'];
    return right.includes(found)
      ? []
      : [`${person.local} has in the EPR: ${found === '' ? 'nothing' : found}`];
  });
}

/** Every effect was decided, every one that went out was announced before and noted after, all in the audit. */
async function missingAudit(store: Store): Promise<string[]> {
  const { rows } = await sql<{ id: number; missing: string }>`
    select o.id, needed.action as missing from outbox o
    cross join lateral (values
      (case o.decision->>'action' when 'make' then 'decided' else 'withdrawn' end,
        (o.decision->>'rereads') is null and o.state <> 'superseded'),
      ('sent', o.state = 'delivered'),
      ('delivered', o.state = 'delivered'),
      ('superseded', o.state = 'superseded')) as needed(action, applies)
    where needed.applies and (select count(*) from audit a where a.outbox_id = o.id and a.action = needed.action)
      <> case needed.action when 'sent' then greatest(1, (select count(*) from audit a where a.outbox_id = o.id and a.action = 'sent')) else 1 end
    order by o.id`.execute(store.other);
  return rows.map(({ id, missing }) => `effect ${id} has not exactly one audit entry "${missing}"`);
}
