// What two sets of mappings and rules leave standing for the same people after the same messages: proposals, asks and
// flags that only one of them makes, or that both make for other reasons. Pure: nothing here is written or sent.
import { isDeepStrictEqual } from 'node:util';
import type { Decision } from './decision.ts';

/** One decision, whom it is about (an opaque id), and the message that led to it. */
export interface Decided {
  readonly person: string;
  readonly decision: Decision;
  readonly row: number;
}

export interface DecisionChange {
  readonly effect: Decision['effect'];
  readonly rule: string;
  /** Local id of the team through which the person comes. */
  readonly team: string;
  /** `gained`: only the other set leaves it standing; `lost`: only this one; `changed`: both, for other reasons. */
  readonly change: 'gained' | 'lost' | 'changed';
  /** The message that led to it. */
  readonly row: number;
}

interface Standing {
  /** Made and not withdrawn since, by person, effect and rule. */
  readonly made: Map<string, Decided>;
  /** Withdrawals of what stood before the first of these messages, by effect and key. */
  readonly ended: ReadonlyMap<string, Decided>;
}

/** What stands after decisions in their order. A key is that of one thing, also once two people have become one. */
function standing(decided: readonly Decided[]): Standing {
  const open = new Map<string, Decided>();
  const ended = new Map<string, Decided>();
  for (const one of decided) {
    const key = `${one.decision.effect}|${one.decision.key}`;
    if (one.decision.action === 'make') open.set(key, one);
    else if (!open.delete(key)) ended.set(key, one);
  }
  return { made: new Map([...open.values()].map((one) => [subjectOf(one), one])), ended };
}

function subjectOf({ person, decision: { effect, rule } }: Decided): string {
  return `${person}|${effect}|${rule}`;
}

/** With what stood before and only the other set withdraws: its withdrawal names it. */
function withBefore({ made, ended }: Standing, other: Standing): ReadonlyMap<string, Decided> {
  const kept = [...other.ended].filter(([key]) => !ended.has(key));
  return new Map([...kept.map(([, one]) => [subjectOf(one), one] as const), ...made]);
}

/** What stands with one set and not with the other. */
export function compareDecisions(from: readonly Decided[], to: readonly Decided[]): DecisionChange[] {
  const [own, other] = [standing(from), standing(to)];
  const [before, after] = [withBefore(own, other), withBefore(other, own)];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((subject): DecisionChange[] => {
    const [one, then] = [before.get(subject), after.get(subject)];
    const told = then ?? one;
    if (told === undefined) return [];
    const change = one === undefined ? 'gained' : then === undefined ? 'lost' : 'changed';
    if (one !== undefined && then !== undefined && isDeepStrictEqual(grounds(one), grounds(then))) return [];
    const { effect, rule, team } = told.decision;
    return [{ effect, rule, team: team.id, change, row: told.row }];
  });
}

/** What a clinician would read otherwise, or somebody else would be asked: not when, nor by which set. */
function grounds({ decision: { team, reasons, key } }: Decided): unknown {
  const said = reasons.map(({ say, evidence }) => [say, evidence.map(({ says, date }) => [says, date])]);
  return [key, team.id, said];
}
