// From decisions to outbox rows, in the transaction that decided: what is new is added for every destination, what has
// not been sent is dropped, what has been sent is taken back by the next revision. Each with its audit entry, or not
// at all (R40).
import { auditEntry } from '../audit/entry.ts';
import type { AuditEntry } from '../audit/entry.ts';
import type { Decision } from '../ips/decision.ts';
import type { RuleSet } from '../ips/rules.ts';
import type { Metrics } from '../metrics.ts';
import { writeAudit } from '../store/audit.ts';
import type { Tx } from '../store/database.ts';
import { addDecision, latestByKey, supersede } from '../store/outbox.ts';
import type { LatestEffect, Live } from '../store/outbox.ts';

/** Where effects go. */
export interface Route {
  readonly destination: string;
  readonly live: Live;
  readonly order: 'person' | 'destination';
}

export interface EffectDeps {
  readonly routes: readonly Route[];
  readonly rules: RuleSet;
  readonly metrics: Metrics;
}

export interface DecidedFor {
  /** Row number of the survivor. */
  readonly person: number;
  readonly inboxRow: number | undefined;
  readonly at: Date;
}

/** Whether an effect of this rule for this team is sent, or only shown. */
function isLive(route: Route, decision: Decision, rules: RuleSet): boolean {
  if (rules.rules.find((rule) => rule.name === decision.rule)?.observe === true) return false;
  return route.live === 'all' || (route.live !== 'none' && route.live.includes(decision.team.id));
}

/** Stores the decisions about one person. The caller holds the person's lock and has added our own rows. */
export async function storeDecisions(
  tx: Tx,
  decisions: readonly Decision[],
  subject: DecidedFor,
  deps: EffectDeps,
): Promise<void> {
  if (decisions.length === 0) return;
  const latest = new Map((await latestByKey(tx, subject.person)).map((effect) => [`${effect.destination}|${effect.key}`, effect])); // prettier-ignore
  const entries: AuditEntry[] = [];
  for (const decision of decisions) {
    for (const route of deps.routes) {
      const before = latest.get(`${route.destination}|${decision.key}`);
      entries.push(await storeOne(tx, decision, route, before, subject, deps));
    }
    deps.metrics.decisions.inc({ rule: decision.rule, action: decision.action });
  }
  await writeAudit(tx, entries);
}

async function storeOne(
  tx: Tx,
  decision: Decision,
  route: Route,
  before: LatestEffect | undefined,
  subject: DecidedFor,
  deps: EffectDeps,
): Promise<AuditEntry> {
  const { person, inboxRow, at } = subject;
  const detail = {
    key: decision.key,
    rule: decision.rule,
    ruleSet: decision.ruleSet,
    destination: route.destination,
  };
  if (decision.action === 'withdraw') {
    const droppable = before !== undefined && before.decision.action === 'make';
    if (droppable && (await supersede(tx, before.row))) {
      return auditEntry('superseded', at, { person, inboxRow, outboxRow: before.row }, { detail });
    }
    const untaken = before === undefined || ['superseded', 'cancelled'].includes(before.state);
    if (untaken || before.decision.action === 'withdraw') {
      // Nothing of it ever went out, or it is being taken back already.
      return auditEntry('withdrawn', at, { person, inboxRow }, { detail });
    }
  }
  const outboxRow = await addDecision(tx, {
    destination: route.destination,
    order: route.order,
    person,
    revision: (before?.revision ?? 0) + 1,
    // What has gone out is taken back even where the destination is no longer live for the team.
    state: decision.action === 'withdraw' || isLive(route, decision, deps.rules) ? 'pending' : 'observed',
    decision,
    inboxRow,
  });
  const action = decision.action === 'make' ? 'decided' : 'withdrawn';
  return auditEntry(
    action,
    at,
    { person, inboxRow, outboxRow },
    { detail: { ...detail, revision: (before?.revision ?? 0) + 1 } },
  );
}
