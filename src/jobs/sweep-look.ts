// What the employment-goal sweep makes of one person: flagged, or not and why. Pure but for the owners' pace, which
// fills as people are looked at.
import type { Decision, Owner } from '../ips/decision.ts';
import type { Facts } from '../ips/fact.ts';
import { deriveFacts } from '../ips/facts.ts';
import { decide } from '../ips/decide.ts';
import { flagDecision } from '../ips/goal-flag.ts';
import type { Judgement, NotFlagged, judgeGoal } from '../ips/goal-flag.ts';
import { ownerFor } from '../ips/owner.ts';
import { latest } from '../pipeline/decided.ts';
import type { ProcessDeps } from '../pipeline/process.ts';
import type { PersonRecord } from '../record/person.ts';
import type { Pace } from './pace.ts';

/**
 * `owner-full`: their owner has as many as fit into a week · `no-owner`: there is nobody to ask · `no-destination`: nowhere
 * to show a flag · `flagged-before`: was flagged for this already · `failed`: a fault of ours.
 */
export type SweepOutcome =
  'flag' | NotFlagged | 'owner-full' | 'no-owner' | 'no-destination' | 'flagged-before' | 'failed';

export interface Looked {
  readonly record: PersonRecord;
  /** The moment of the facts: the due time, or later where more is known. */
  readonly at: Date;
  readonly outcome: SweepOutcome;
  /** In words, for whoever looks at one person. */
  readonly why: string;
  readonly team?: string;
  readonly owner?: Owner;
  /** The flag, and the clearing of one that no longer holds. */
  readonly decisions: readonly Decision[];
  /** Known to be no restricted record: may stand in a list. */
  readonly listable: boolean;
}

export interface LookDeps {
  readonly current: ProcessDeps;
  readonly pace: Pace;
  readonly judge: GoalJudge;
}

/** Who is flagged, and who is not and why: {@link judgeGoal}. */
export type GoalJudge = typeof judgeGoal;

/** The facts of a person for a run that was due at `dueAt`. */
export function factsFor(record: PersonRecord, dueAt: Date, { facts }: ProcessDeps): Facts {
  return deriveFacts(record, { ...facts, at: latest(dueAt, record) });
}

/** Whether one person is flagged by the run that was due at `dueAt`. Never throws: one person's fault is theirs alone. */
export function lookAt(record: PersonRecord, dueAt: Date, deps: LookDeps): Looked {
  try {
    const facts = factsFor(record, dueAt, deps.current);
    const decisions = cleared(record, facts, deps.current);
    const seen = { record, at: facts.at, listable: facts.restricted.state === 'absent', decisions };
    const judged = deps.judge(facts);
    if (judged.outcome !== 'flag') return { ...seen, outcome: judged.outcome, why: judged.why };
    return { ...seen, team: judged.team.id, ...flagging(record, facts, judged, deps) };
  } catch {
    const why = 'this record could not be judged: a fault of the program';
    return { record, at: dueAt, listable: false, outcome: 'failed', why, decisions: [] };
  }
}

/**
 * Flags that no longer hold although no message has said anything since: what counts as a goal was changed, or a
 * plan came to its end. Everything else about open prompts is decided by messages and their rules.
 */
function cleared(record: PersonRecord, facts: Facts, { rules }: ProcessDeps): Decision[] {
  const decided = decide(record, facts, [], { at: facts.at, ruleSet: rules });
  return decided.filter(({ action, effect }) => action === 'withdraw' && effect === 'flag-no-goal');
}

function flagging(
  record: PersonRecord,
  facts: Facts,
  judged: Extract<Judgement, { outcome: 'flag' }>,
  { current, pace }: LookDeps,
): Pick<Looked, 'outcome' | 'why' | 'owner'> & Partial<Pick<Looked, 'decisions'>> {
  const owner = ownerFor(facts, judged.team.id, current.mappings.teams);
  if (owner.kind === 'nobody') return { outcome: 'no-owner', why: owner.why };
  const decision = flagDecision(record.uid, facts, judged, current.rules.hash);
  if (decision === undefined) {
    return { outcome: 'flagged-before', owner, why: 'was flagged for this already' };
  }
  if (!current.routes.some((route) => route.carries(decision))) {
    return { outcome: 'no-destination', owner, why: 'no destination carries flag-no-goal' };
  }
  if (!pace.take(owner)) {
    return { outcome: 'owner-full', owner, why: 'as many people as fit into a week are with their owner' };
  }
  return {
    outcome: 'flag',
    owner,
    decisions: [decision],
    why: judged.reasons.map(({ say }) => say).join('; '),
  };
}
