// Who is flagged, who is not and why, and when a flag is cleared.
import { describe, expect, it } from '@jest/globals';
import type { CarePlan, Meta } from '@medplum/fhirtypes';
import { decide } from '../../src/ips/decide.ts';
import type { Decision } from '../../src/ips/decision.ts';
import { readGoalDefinition } from '../../src/ips/employment-goal.ts';
import type { Fact, Facts } from '../../src/ips/fact.ts';
import { deriveFacts } from '../../src/ips/facts.ts';
import { clearedBecause, flagDecision, judgeGoal, sweepRule } from '../../src/ips/goal-flag.ts';
import { ownResources } from '../../src/ips/own.ts';
import { evaluate } from '../../src/ips/rules.ts';
import type { FeedSupply } from '../../src/ips/supply.ts';
import { promptLines } from '../../src/ips/words.ts';
import { ownSource } from '../../src/record/person.ts';
import { mappingTree } from '../support/mapping.ts';
import type { Person } from './support/people.ts';
import { feed, programme, rules, somebody, teams, zone } from './support/people.ts';

const goals = readGoalDefinition(mappingTree());
const complete: FeedSupply = {
  ...feed,
  supplies: { ...feed.supplies, carePlans: { completeFrom: '2025-01-01' } },
};

function factsOf(person: Person, feeds = [complete]): Facts {
  return deriveFacts(person.record, { at: person.at, zone, feeds, teams, programme, goals });
}

/** Processes a message that says nothing new, as far as decisions go; what is decided is kept. */
function decided(person: Person): Decision[] {
  const facts = factsOf(person);
  return kept(
    person,
    decide(person.record, facts, evaluate(rules, facts), { at: person.at, ruleSet: rules }),
  );
}

function kept(person: Person, decisions: readonly Decision[]): Decision[] {
  for (const decision of decisions) {
    for (const own of ownResources(decision, person.record.keys[0]!))
      person.add(own.sourceId, own.resource, ownSource);
  }
  return [...decisions];
}

/** What a sweep does with one person: flags them where that is due. */
function swept(person: Person): Decision | undefined {
  const facts = factsOf(person);
  const judged = judgeGoal(facts);
  const decision = judged.outcome === 'flag' ? flagDecision(person.uid, facts, judged, 'hash') : undefined;
  return kept(person, decision === undefined ? [] : [decision])[0];
}

function withPlan(person: Person, text = 'Sleep better', more: Partial<CarePlan> = {}): Person {
  return person.add('CP1', {
    resourceType: 'CarePlan', status: 'active', intent: 'plan', subject: {}, description: text,
    category: [{ coding: [{ code: 'CARE' }] }], period: { start: '2025-06-01' }, ...more,
  }); // prettier-ignore
}

const planned = (): Person => withPlan(somebody().on('2026-03-02'));
const restricted: { meta: Meta } = {
  meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' }] },
};

describe('who is flagged', () => {
  it('somebody under a covered team whose care plan does not speak of work and who was never asked', () => {
    const decision = swept(planned());
    expect(decision).toMatchObject({
      action: 'make',
      effect: 'flag-no-goal',
      rule: 'employment-goal-sweep',
      key: 'employment-goal-sweep/person/person-1',
      team: { id: 'CMHTN', name: 'Northtown CMHT', type: 'A06' },
      decidedAt: '2026-03-02T09:00:00.000Z',
      ruleSet: 'hash',
    });
  });

  it('the flag says why in plain words, quotes no plan and presses nothing on anyone', () => {
    const text = promptLines(swept(withPlan(somebody().on('2026-03-02'), 'Sleep like a canary'))!, zone).join('\n');
    expect(text).toContain('- has a care plan in which nothing is said about work (care plan that does not speak of work, 1 June 2025)');
    expect(text).not.toMatch(/canary|must|should|benefit|is 16 or over|restricted|died/i);
  }); // prettier-ignore

  it('R51 zero exclusion: any age from 16 on, any status, an earlier decision of ours; only what is listed below keeps a flag away', () => {
    expect(swept(planned().patient({ birthDate: '1931-01-01' }))).toBeDefined();
    expect(swept(planned().status('08', '2026-02-01'))).toBeDefined();
  });

  const cases: readonly (readonly [string, (person: Person) => unknown])[] = [
    ['deceased', (person) => person.patient({ deceasedBoolean: true })],
    ['under-16', (person) => person.patient({ birthDate: '2011-05-01' })],
    ['restricted', (person) => person.patient(restricted)],
    ['not-covered', (person) => person.referral('CMHTN', { end: '2026-02-01' })],
    ['with-ips', (person) => person.referral('IPS')],
    ['answer-recorded', (person) => person.answer('no', '2026-02-01')],
    ['answer-recorded', (person) => person.answer('volunteering-or-study', '2024-02-01')],
    ['answer-recorded', (person) => person.unread('later', '2026-02-01')],
    ['goal-recorded', (person) => withPlan(person, 'Find paid work')],
    ['unclear', (person) => withPlan(person, 'Does not want to work at present')],
    ['content-not-available', (person) => withPlan(person, 'Sleep better', { status: 'completed' })],
    ['on-ward', (person) => person.ward('in-progress')],
    ['flag-open', (person) => swept(person)],
    ['prompt-open', (person) => kept(person, [{ ...swept(planned())!, effect: 'ask-wish', rule: 'seeking-work-not-asked', key: 'seeking-work-not-asked/status/1' }])],
  ]; // prettier-ignore
  it.each(cases)('%s: not flagged, and the reason is told', (outcome, change) => {
    const person = planned();
    change(person);
    const judged = judgeGoal(factsOf(person));
    expect(judged).toMatchObject({ outcome, why: expect.stringMatching(/\w{2,}/) });
    expect(swept(person)).toBeUndefined();
  });

  it('somebody who came to IPS through a proposal is not flagged when they have left it', () => {
    const made = swept(planned())!;
    const proposal = {
      ...made,
      effect: 'propose-referral',
      rule: 'wants-work',
      key: 'wants-work/wish/1',
    } as const;
    const person = planned();
    kept(person, [
      proposal,
      { ...proposal, action: 'withdraw', completed: true, because: 'is with IPS now' },
    ]);
    expect(judgeGoal(factsOf(person)).outcome).toBe('with-ips');
  });

  it.each(['cancelled', 'rejected', 'completed'] as const)('a goal of work that is %s is an answer of this year: nobody is asked about it at once', (lifecycleStatus) => {
    const person = planned().add('G1', { resourceType: 'Goal', lifecycleStatus, subject: {}, description: { text: 'Find paid work' } });
    expect(judgeGoal(factsOf(person)).outcome).toBe('unclear');
    expect(judgeGoal(factsOf(person.on('2027-03-20'))).outcome).toBe('flag');
  }); // prettier-ignore

  it('somebody whose IPS referral ended this year is not told to have had no conversation', () => {
    const person = planned().referral('IPS', { end: '2026-02-20' });
    expect(judgeGoal(factsOf(person))).toMatchObject({ outcome: 'with-ips' });
    expect(judgeGoal(factsOf(person.on('2027-03-20'))).outcome).toBe('flag');
  });

  it('a plan that has not begun is no plan in which something is missing', () => {
    const later = withPlan(somebody().on('2026-03-02'), 'Sleep better', { period: { start: '2026-05-01' } });
    expect(judgeGoal(factsOf(later)).outcome).toBe('content-not-available');
    const goal = withPlan(somebody().on('2026-03-02'), 'Find paid work', { period: { start: '2026-05-01' } });
    expect(judgeGoal(factsOf(goal)).outcome).toBe('goal-recorded');
  }); // prettier-ignore

  it('what is known comes before what is not, and a ward stay last: the order of reasons is fixed', () => {
    const person = planned().ward('in-progress').answer('no', '2026-02-01').patient(restricted).patient({ birthDate: '2011-05-01', ...restricted });
    expect(judgeGoal(factsOf(person)).outcome).toBe('under-16');
    expect(judgeGoal(factsOf(person.patient({ deceasedBoolean: true }))).outcome).toBe('deceased');
  }); // prettier-ignore

  it.each(['age', 'teams', 'ipsReferral', 'wantsWork', 'declined', 'lastAsked', 'restricted', 'deceased', 'onWard'] as const)(
    'R51 where %s is not known, nobody is flagged', (name) => {
      const facts = factsOf(planned());
      const why = 'nobody says so';
      const unknown: Fact<never> = { state: 'not-known', why };
      expect(judgeGoal(facts).outcome).toBe('flag');
      expect(judgeGoal({ ...facts, [name]: unknown })).toEqual({ outcome: 'cannot-tell', why });
    },
  ); // prettier-ignore

  it('R51 where no feed supplies care plans in full, nobody is flagged', () => {
    expect(judgeGoal(factsOf(planned(), [feed])).outcome).toBe('content-not-available');
  });
});

describe('an open flag', () => {
  const cleared: readonly (readonly [string, string, (person: Person) => unknown])[] = [
    ['a goal', 'an employment goal is recorded', (person) => withPlan(person, 'Find paid work')],
    ['a "no"', 'an answer about work is recorded', (person) => person.answer('no', '2026-03-04')],
    ['an answer that no table knows', 'an answer about work is recorded', (person) => person.unread('later')],
    ['IPS', 'is with IPS now', (person) => person.referral('IPS')],
    ['the end of the referral', 'is no longer on the caseload of a team that IPS covers', (person) => person.referral('CMHTN', { end: '2026-03-04' })],
    ['the end of the plan', 'the care plan it was about no longer stands', (person) => withPlan(person, 'Sleep better', { status: 'completed' })],
    ['another type of plan', 'the care plan it was about no longer stands', (person) => withPlan(person, 'Sleep better', { category: [{ coding: [{ code: 'CRISIS' }] }] })],
    ['a death', 'no further action is needed', (person) => person.patient({ deceasedDateTime: '2026-03-04' })],
    ['a restriction', 'no further action is needed', (person) => person.patient(restricted)],
    ['a corrected birth date', 'no further action is needed', (person) => person.patient({ birthDate: '2011-05-01' })],
  ]; // prettier-ignore
  it.each(cleared)('is cleared by %s, once: %s', (_what, because, change) => {
    const person = planned();
    const flag = swept(person);
    change(person.on('2026-03-05'));
    expect(decided(person)).toMatchObject([{ action: 'withdraw', effect: 'flag-no-goal', key: flag?.key, rule: sweepRule, because }]);
    expect(decided(person.on('2026-03-06'))).toEqual([]);
  }); // prettier-ignore

  it('what clears it quietly names no reason', () => {
    const person = planned();
    swept(person);
    const [withdrawn] = decided(person.on('2026-03-05').patient(restricted));
    expect(withdrawn?.reasons).toEqual([]);
  });

  it('is cleared when the plan speaks of work, also by a "no" in its text: somebody has asked', () => {
    const person = planned();
    swept(person);
    expect(decided(withPlan(person.on('2026-03-06'), 'Does not want to work'))).toMatchObject([
      { action: 'withdraw', because: 'the care plan or a goal speaks of work now' },
    ]);
  });

  it('R55 gives way to an ask that came with a person who was joined: one open prompt for one person', () => {
    const person = planned();
    const flag = swept(person)!;
    kept(person, [
      { ...flag, effect: 'ask-wish', rule: 'seeking-work-not-asked', key: 'seeking-work-not-asked/status/1' },
    ]);
    expect(decided(person.status('02', '2026-03-01').on('2026-03-05'))).toMatchObject([
      { action: 'withdraw', effect: 'flag-no-goal', because: 'another prompt about this person is open' },
    ]);
  });

  it('what an operator gave up is not made again after the person was joined with another', () => {
    const person = planned();
    const flag = swept(person)!;
    const facts = factsOf(person);
    const gaveUp = facts.own.map((own) => ({ ...own, state: 'given-up' as const }));
    const judged = judgeGoal({ ...facts, own: gaveUp });
    expect(flag.key).toBe('employment-goal-sweep/person/person-1');
    expect(judged.outcome === 'flag' && flagDecision('person-2', { ...facts, own: gaveUp }, judged, 'x')).toBeUndefined();
  }); // prettier-ignore

  it('stands while nothing is said, and on a ward', () => {
    const person = planned();
    swept(person);
    expect(decided(person.on('2026-03-05'))).toEqual([]);
    expect(decided(person.on('2026-03-07').ward('in-progress'))).toEqual([]);
  });

  it('R51 what is not known clears nothing', () => {
    const person = planned();
    swept(person);
    const flag = factsOf(person).own[0]!;
    const unknown = { state: 'not-known', why: 'x' } as const;
    const facts = factsOf(person.on('2026-03-05'), [feed]);
    expect(clearedBecause({ ...facts, teams: unknown, ipsReferral: unknown, lastAsked: unknown, age: unknown, restricted: unknown, deceased: unknown }, flag)).toBeUndefined();
    expect(clearedBecause(factsOf(withPlan(person, 'Find paid work')), flag)).toBeDefined();
  }); // prettier-ignore

  it('is cleared when the referral it came by ends, also where nobody can tell of all referrals', () => {
    const open = { ...complete, supplies: { ...complete.supplies, teams: {} } };
    const person = planned();
    const flag = swept(person)!;
    const own = factsOf(person).own[0]!;
    expect(own.team.id).toBe(flag.team.id);
    expect(clearedBecause(factsOf(person, [open]), own)).toBeUndefined();
    person.on('2026-03-05').referral('CMHTN', { end: '2026-03-04' });
    expect(factsOf(person, [open]).teams.state).toBe('not-known');
    expect(clearedBecause(factsOf(person, [open]), own)?.because).toBe('the referral to Northtown CMHT has ended');
  }); // prettier-ignore

  it('gives way to a stated wish: the proposal is made and the flag cleared at once', () => {
    const person = planned();
    swept(person);
    const brief = decided(person.on('2026-03-05').answer('paid-job', '2026-03-04')).map(({ action, effect }) => `${action} ${effect}`);
    expect(brief).toEqual(['withdraw flag-no-goal', 'make propose-referral']);
  }); // prettier-ignore

  it('R55 no ask is made beside it', () => {
    const person = planned();
    swept(person);
    expect(decided(person.on('2026-03-05').status('02', '2026-03-04'))).toEqual([]);
  });

  it('a new spell has a key of its own; what an operator gave up is not made again', () => {
    const person = planned();
    swept(person);
    decided(withPlan(person.on('2026-03-05'), 'Find paid work'));
    const again = swept(withPlan(person.on('2026-05-05'), 'Sleep better'));
    expect(again?.key).toBe('employment-goal-sweep/person/person-1/2');
    const facts = factsOf(person);
    const judged = judgeGoal(factsOf(planned()));
    const gaveUp = facts.own.map((own) => ({ ...own, state: own.state === 'open' ? ('given-up' as const) : own.state }));
    expect(judged.outcome === 'flag' && flagDecision(person.uid, { ...facts, own: gaveUp }, judged, 'x')).toBeUndefined();
  }); // prettier-ignore
});
