// How a comparison of two mapping sets reads: what becomes of messages, elements, codes and decisions, each with a message
// in which it can be looked at.
import type { DecisionChange } from '../ips/decision-diff.ts';
import { effectNames } from '../ips/words.ts';
import type { MessageDiff } from '../mapping/diff.ts';
import { table } from './output.ts';

export interface SetDiff extends MessageDiff {
  readonly unreadable: number;
  readonly people: number;
  readonly decisions: readonly DecisionChange[];
}

const decisionsShown = 20;

/** @param nameOf how an operator finds the message of a row again */
export function diffLines(diff: SetDiff, nameOf: (row: number) => string): string[] {
  const { messages, unreadable, people, outcomes, elements, unknownCodes, decisions } = diff;
  const head = `${messages} messages of ${people} groups of people${unreadable === 0 ? '' : `; ${unreadable} more that cannot be read`}`;
  if (outcomes.length + elements.length + unknownCodes.length + decisions.length === 0) {
    return [head, 'Both sets make the same of all of them.'];
  }
  const lines = [head, '"Gained": only the other set makes it. "Lost": only the set in force does.'];
  if (outcomes.length > 0) {
    const rows = outcomes.map((one) => [one.event, one.from, one.to, String(one.messages), nameOf(one.first)]);
    lines.push('\nWhat becomes of messages:', table([['EVENT', 'NOW', 'THEN', 'MESSAGES', 'FIRST IN'], ...rows]));
  }
  if (elements.length > 0) {
    const rows = elements.map((one) => [one.event, one.element, one.change, String(one.messages), nameOf(one.first)]);
    lines.push('\nElements:', table([['EVENT', 'ELEMENT', 'CHANGE', 'MESSAGES', 'FIRST IN'], ...rows]));
  }
  if (unknownCodes.length > 0) {
    const rows = unknownCodes.map((one) => [one.table, one.code, one.change, String(one.messages), nameOf(one.first)]);
    lines.push('\nCodes that no table knows:', table([['TABLE', 'CODE', 'CHANGE', 'MESSAGES', 'FIRST IN'], ...rows]));
  }
  lines.push(`\nProposals, asks and flags: ${decisions.length === 0 ? 'no difference' : countsOf(diff)}`);
  if (decisions.length > 0) {
    const rows = decisions.slice(0, decisionsShown).map((one) => [effectNames[one.effect], one.rule, one.team, one.change, nameOf(one.row)]);
    lines.push(table([['EFFECT', 'RULE', 'TEAM', 'CHANGE', 'BY'], ...rows]));
    if (decisions.length > decisionsShown) lines.push(`and ${decisions.length - decisionsShown} more (--json lists them)`);
  }
  return lines;
} // prettier-ignore

function countsOf({ decisions }: SetDiff): string {
  const count = (change: string): number => decisions.filter((one) => one.change === change).length;
  return `${count('gained')} gained, ${count('lost')} lost, ${count('changed')} changed`;
}
