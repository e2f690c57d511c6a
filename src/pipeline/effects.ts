// From decisions to outbox rows, in the transaction that decided: what is new is added for every destination, what has
// not been sent is dropped, what has been sent is taken back by the next revision. Each with its audit entry, or not
// at all (R40).
import { auditEntry } from '../audit/entry.ts';
import type { AuditEntry } from '../audit/entry.ts';
import type { Decision } from '../ips/decision.ts';
import type { RuleSet } from '../ips/rules.ts';
import type { Tx } from '../store/database.ts';
import { versionSent } from '../store/notes.ts';
import { addDecisions, latestByKey, supersede, supersedeKey } from '../store/outbox.ts';
import type { Live, NewEffect } from '../store/outbox.ts';

/** Where effects go. */
export interface Route {
  readonly destination: string;
  /** Whether an effect may go there at all: what its settings carry, and who may know of it. */
  readonly carries: (decision: Decision) => boolean;
  readonly live: Live;
  readonly order: 'person' | 'destination';
  /** Read by another organisation than the one whose record it is: what is restricted does not go there. */
  readonly outside?: true;
}

export interface Decided {
  readonly decision: Decision;
  /** Row number of the survivor. */
  readonly person: number;
  readonly inboxRow: number | undefined;
  readonly at: Date;
}

/** The latest revision of a key at a destination: a row, or one that this transaction is about to add. */
interface Latest {
  readonly revision: number;
  readonly action: Decision['action'];
  readonly dropped: boolean;
  readonly row?: number;
  /** Place among the rows to add. */
  readonly added?: number;
}

/** Whether an effect of this rule for this team is sent, or only shown. */
function isLive(route: Route, decision: Decision, rules: RuleSet): boolean {
  if (rules.rules.find((rule) => rule.name === decision.rule)?.observe === true) return false;
  return route.live === 'all' || (route.live !== 'none' && route.live.includes(decision.team.id));
}

/**
 * Stores decisions in their order; the audit entries that belong to them, for the caller to write in this transaction.
 * The caller holds the locks of the persons.
 */
export async function storeDecisions(
  tx: Tx,
  decided: readonly Decided[],
  routes: readonly Route[],
  rules: RuleSet,
): Promise<AuditEntry[]> {
  if (decided.length === 0 || routes.length === 0) return [];
  const latest = await readLatest(tx, decided);
  const additions: NewEffect[] = [];
  const entries: ((rows: readonly number[]) => AuditEntry)[] = [];
  for (const one of decided) {
    for (const route of routes) {
      const place = `${route.destination}|${one.decision.key}`;
      const before = latest.get(place);
      // What went there is taken back also where the destination does not carry such effects any more.
      const isTakenBack = one.decision.action === 'withdraw' && before !== undefined;
      if (!isTakenBack && !route.carries(one.decision)) continue;
      const told = entryOf(one, route);
      if (one.decision.action === 'withdraw') {
        const made = before?.action === 'make' ? before : undefined;
        const isDropped = made !== undefined && (await drop(tx, made, additions));
        if (isDropped) {
          latest.set(place, { ...made, dropped: true });
          entries.push((rows) => told('superseded', made.row ?? rows[made.added ?? 0]));
        }
        // Earlier versions of a note may be waiting too, or be there already: those have to be taken back.
        const earlier = made && (await dropEarlier(tx, route.destination, one.decision.key, additions));
        entries.push(...(earlier?.dropped ?? []).map((row) => () => told('superseded', row)));
        if (earlier?.wentOut !== true) {
          // Nothing of it ever went out, or it is being taken back already.
          if (!isDropped) entries.push(() => told('withdrawn'));
          continue;
        }
      }
      const added = additions.length;
      const revision = (before?.revision ?? 0) + 1;
      const isDue = isLive(route, one.decision, rules) || (await isCorrection(tx, one, route, revision));
      additions.push(newEffect(one, route, revision, isDue));
      latest.set(place, {
        revision,
        action: one.decision.action,
        dropped: false,
        added,
      });
      entries.push((rows) => told(one.decision.action === 'make' ? 'decided' : 'withdrawn', rows[added]));
    }
  }
  const rows = await addDecisions(tx, additions);
  return entries.map((entry) => entry(rows));
}

async function readLatest(tx: Tx, decided: readonly Decided[]): Promise<Map<string, Latest>> {
  const known = await latestByKey(
    tx,
    [...new Set(decided.map(({ person }) => person))],
    [...new Set(decided.map(({ decision }) => decision.key))],
  );
  return new Map(
    known.map(({ destination, key, row, revision, state, inDoubt, decision }) => {
      // What may have landed before it was given up has to be taken back like anything else that went out.
      const dropped = !inDoubt && (state === 'superseded' || state === 'cancelled');
      return [`${destination}|${key}`, { row, revision, action: decision.action, dropped }];
    }),
  );
}

/** Drops what has not gone out: a row that still waits, or one that is only about to be added. */
async function drop(tx: Tx, before: Latest, additions: NewEffect[]): Promise<boolean> {
  if (before.row !== undefined) return supersede(tx, before.row);
  const addition = before.added === undefined ? undefined : additions[before.added];
  if (before.added === undefined || addition === undefined || before.dropped) return false;
  additions[before.added] = { ...addition, state: 'superseded' };
  return true;
}

/** Drops what still waits of earlier revisions, and tells whether any of them went out, or may have. */
async function dropEarlier(
  tx: Tx,
  destination: string,
  key: string,
  additions: NewEffect[],
): Promise<{ readonly dropped: readonly number[]; readonly wentOut: boolean }> {
  for (const [place, addition] of additions.entries()) {
    const isEarlier = addition.destination === destination && addition.decision.key === key;
    if (isEarlier) additions[place] = { ...addition, state: 'superseded' };
  }
  return supersedeKey(tx, destination, key);
}

/** A note's later version goes where an earlier one went, whichever team the person has moved to since. */
async function isCorrection(tx: Tx, { decision }: Decided, route: Route, revision: number): Promise<boolean> {
  if (decision.note === undefined || revision === 1 || route.live === 'none') return false;
  const { destination } = route;
  return (await versionSent(tx, { destination, key: decision.key, revision })) !== undefined;
}

/** @param isDue it is sent, and not only shown */
function newEffect(one: Decided, route: Route, revision: number, isDue: boolean): NewEffect {
  const { decision, person, inboxRow } = one;
  // What has gone out is taken back even where the destination is no longer live for the team.
  const state = decision.action === 'withdraw' || isDue ? 'pending' : 'observed';
  return { destination: route.destination, order: route.order, person, revision, state, decision, inboxRow };
}

function entryOf({ decision, person, inboxRow, at }: Decided, { destination }: Route) {
  const detail = { key: decision.key, rule: decision.rule, ruleSet: decision.ruleSet, destination };
  return (action: 'decided' | 'withdrawn' | 'superseded', outboxRow?: number): AuditEntry =>
    auditEntry(action, at, { person, inboxRow, outboxRow }, { detail });
}
