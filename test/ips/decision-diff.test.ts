// What two sets leave standing for the same people: what is made, and what stood before and only one of them withdraws.
import { describe, expect, it } from '@jest/globals';
import type { Decision } from '../../src/ips/decision.ts';
import { compareDecisions } from '../../src/ips/decision-diff.ts';
import type { Decided } from '../../src/ips/decision-diff.ts';

function decided(action: Decision['action'], key: string, row: number, person = 'p'): Decided {
  return {
    person,
    row,
    decision: {
      action, key, effect: 'propose-referral', rule: 'wants-work', title: 'x', reasons: [], decidedAt: '2026-10-01T12:00:00Z',
      ruleSet: '', team: { id: 'N', name: 'North', type: 'A06' },
    },
  };
} // prettier-ignore
const changes = (from: readonly Decided[], to: readonly Decided[]) =>
  compareDecisions(from, to).map(({ change, row }) => `${change} ${row}`);

describe('a comparison of decisions', () => {
  it('tells what only one set makes', () => {
    const made = [decided('make', 'a', 1)];
    expect(changes([], made)).toEqual(['gained 1']);
    expect(changes(made, [])).toEqual(['lost 1']);
    expect(changes(made, made)).toEqual([]);
  });

  it('tells what stood before the first message and only one set withdraws', () => {
    const withdrawn = [decided('withdraw', 'before', 4)];
    expect(changes([], withdrawn)).toEqual(['lost 4']);
    expect(changes(withdrawn, [])).toEqual(['gained 4']);
    expect(changes(withdrawn, withdrawn)).toEqual([]);
  });

  it('tells what stood before and is made anew by one set as changed', () => {
    const anew = [decided('withdraw', 'before', 4), decided('make', 'before/2', 5)];
    expect(changes([], anew)).toEqual(['changed 5']);
  });

  it('follows what is withdrawn after two people became one', () => {
    const joined = [decided('make', 'a', 1, 'merged'), decided('withdraw', 'a', 3, 'survivor')];
    expect(changes(joined, [])).toEqual([]);
    expect(changes(joined, [decided('make', 'a', 1, 'merged')])).toEqual(['gained 1']);
  });
});
