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

/** What still stands of decisions in their order: made and not withdrawn since. */
function standing(decided: readonly Decided[]): Map<string, Decided> {
  const open = new Map<string, Decided>();
  for (const one of decided) {
    const key = `${one.person}|${one.decision.effect}|${one.decision.key}`;
    if (one.decision.action === 'make') open.set(key, one);
    else open.delete(key);
  }
  const bySubject = new Map<string, Decided>();
  for (const one of open.values())
    bySubject.set(`${one.person}|${one.decision.effect}|${one.decision.rule}`, one);
  return bySubject;
}

/** What stands with one set and not with the other. */
export function compareDecisions(from: readonly Decided[], to: readonly Decided[]): DecisionChange[] {
  const [before, after] = [standing(from), standing(to)];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((subject): DecisionChange[] => {
    const [one, other] = [before.get(subject), after.get(subject)];
    const told = other ?? one;
    if (told === undefined) return [];
    const change = one === undefined ? 'gained' : other === undefined ? 'lost' : 'changed';
    if (one !== undefined && other !== undefined && isDeepStrictEqual(grounds(one), grounds(other)))
      return [];
    const { effect, rule, team } = told.decision;
    return [{ effect, rule, team: team.id, change, row: told.row }];
  });
}

/** What a clinician would read otherwise, or somebody else would be asked: not when, nor by which set. */
function grounds({ decision: { team, reasons, key } }: Decided): unknown {
  const said = reasons.map(({ say, evidence }) => [say, evidence.map(({ says, date }) => [says, date])]);
  return [key, team.id, said];
}
