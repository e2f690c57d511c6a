// Answers and statuses whose code no table knows: newer news that nobody can read puts older news in doubt.
import { describe, expect, it } from '@jest/globals';
import { systems } from '../../src/fhir/systems.ts';
import { somebody } from './support/people.ts';

const wished = () => somebody().on('2026-03-02').answer('paid-job', '2026-03-01');
const states = ({ wantsWork, declined, lastAsked }: ReturnType<ReturnType<typeof wished>['facts']>) => [
  wantsWork.state,
  declined.state,
  lastAsked.state,
];

describe('an answer that no table knows', () => {
  it('as the newest leaves the wish and the decline not known, and the person asked', () => {
    const facts = wished().on('2026-04-02').unread('Rather not', '2026-04-01').facts();
    expect(states(facts)).toEqual(['not-known', 'not-known', 'present']);
    expect(facts.wantsWork).toEqual({ state: 'not-known', why: expect.stringContaining('newest answer') });
    expect(JSON.stringify(facts)).not.toContain('Rather not');
    expect(facts.lastAsked).toMatchObject({ date: '2026-04-01' });
  });

  it('alone is an answer: not known, and nobody is prompted to ask', () => {
    const person = somebody().on('2026-03-02').status('02', '2026-03-01').unread('Rather not');
    expect(states(person.facts())).toEqual(['not-known', 'not-known', 'present']);
    expect(person.decide()).toEqual([]);
  });

  it('R51 proposes nothing, neither on the wish before it nor where a decline stood', () => {
    expect(wished().unread('Rather not', '2026-03-02').decide()).toEqual([]);
    const declined = wished().on('2026-04-02').answer('no', '2026-04-01').unread('Perhaps', '2026-04-02');
    expect(declined.facts().declined.state).toBe('not-known');
    expect(declined.decide()).toEqual([]);
  });

  it('older than the wish changes nothing, and a later answer that can be read ends the doubt', () => {
    const person = wished().unread('Rather not', '2026-02-01');
    expect(states(person.facts())).toEqual(['present', 'absent', 'present']);
    person.unread('Perhaps', '2026-04-01').on('2026-05-02').answer('keep-or-change', '2026-05-01');
    expect(person.facts().wantsWork).toMatchObject({ value: 'keep-or-change' });
  });

  it('of the same day as the wish counts by arrival, also once the table has learnt its code', () => {
    const person = wished().unread('Rather not', '2026-03-01T10:00:00Z');
    expect(person.facts().wantsWork.state).toBe('not-known');
    person.on('2026-03-09').answer('unsure', '2026-03-01T10:00:00Z');
    expect(person.facts().wantsWork).toMatchObject({ value: 'unsure' });
  });

  it('without a date counts from when its words were first seen', () => {
    const person = wished().on('2026-02-20').unread('Rather not');
    const before = somebody().on('2026-02-20').unread('Rather not').on('2026-03-02');
    expect(before.answer('paid-job', '2026-03-01').facts().wantsWork.state).toBe('present');
    expect(before.on('2026-04-02').unread('Rather not').facts().wantsWork.state).toBe('present');
    expect(before.on('2026-05-02').unread('Other words').facts().wantsWork.state).toBe('not-known');
    expect(person.facts().wantsWork.state).toBe('not-known');
  });

  it('whose answer field is empty says nothing', () => {
    const person = wished()
      .on('2026-04-02')
      .add('wants-work/unrecognised/20260401', {
        resourceType: 'Observation',
        status: 'final',
        code: { coding: [{ system: systems.question, code: 'wants-work' }] },
        effectiveDateTime: '2026-04-01',
      });
    expect(person.facts().wantsWork.state).toBe('present');
  });
});

describe('an employment status that no table knows', () => {
  it('as the newest leaves the status not known, with a why that is not "not stated"', () => {
    const person = somebody().on('2026-03-02').status('02', '2026-03-01', 'extract');
    expect(person.facts().employmentStatus.state).toBe('present');
    person.on('2026-04-02').status({ text: 'Zero hours contract' }, '2026-04-01');
    expect(person.facts().employmentStatus).toEqual({
      state: 'not-known',
      why: expect.stringContaining('does not know'),
    });
    expect(person.decide()).toEqual([]);
    person.status('ZZ', '2026-04-02');
    expect(person.facts().employmentStatus).toMatchObject({ why: expect.stringContaining('not stated') });
  });

  it('of the same day counts by arrival; without a date, from when its words were first seen', () => {
    const person = somebody().on('2026-03-02').status('02', '2026-03-01', 'extract');
    person.status({ text: 'Zero hours contract' }, '2026-03-01T10:00:00Z');
    expect(person.facts().employmentStatus.state).toBe('not-known');
    const undated = somebody().on('2026-02-02').status({ text: 'Zero hours contract' });
    undated.on('2026-03-02').status('02', undefined, 'extract');
    expect(undated.facts().employmentStatus).toMatchObject({ value: '02' });
    undated.on('2026-04-02').status({ text: 'Volunteer, paid' });
    expect(undated.facts().employmentStatus.state).toBe('not-known');
  });
});
