import { describe, expect, it } from '@jest/globals';
import { Person, programme, rules, ruleTree, feed, somebody } from './support/people.ts';
import { loadRules } from '../../src/ips/triggers.ts';
import { ownSource } from '../../src/record/person.ts';

const brief = (decisions: readonly { action: string; rule: string }[]): string[] =>
  decisions.map(({ action, rule }) => `${action} ${rule}`);

describe('decide', () => {
  it('a stated wish makes one proposal, with its reasons and evidence, for the covered team', () => {
    const [decision, ...more] = somebody().on('2026-03-02').answer('paid-job', '2026-03-01').decide();
    expect(more).toEqual([]);
    expect(decision).toMatchObject({
      action: 'make',
      effect: 'propose-referral',
      rule: 'wants-work',
      team: { id: 'CMHTN', name: 'Northtown CMHT', type: 'A06' },
      decidedAt: '2026-03-02T09:00:00.000Z',
      ruleSet: 'hash-of-rules',
    });
    expect(decision?.key).toMatch(/^wants-work\/wish\/[0-9a-f-]{36}$/);
    const wish = decision?.reasons.find(({ say }) => say.startsWith('has said they want'));
    expect(wish?.evidence).toEqual([
      {
        fact: 'wantsWork',
        says: 'said they want a paid job',
        date: '2026-03-01',
        source: 'rio',
        resource: 'Observation/wants-work/paid-job/2026-03-01',
      },
    ]);
  });

  it('R52 the same wish sent twenty times makes one proposal', () => {
    const person = somebody();
    const made = Array.from({ length: 20 }, (_, day) =>
      person
        .on(`2026-03-${String(day + 2).padStart(2, '0')}`)
        .answer('paid-job', '2026-03-01')
        .decide(),
    );
    expect(made.flat()).toHaveLength(1);
  });

  it('R52 a decline, then the same wish again: none; then a newer wish: one', () => {
    const person = somebody().on('2026-03-02').answer('paid-job', '2026-03-01');
    expect(brief(person.decide())).toEqual(['make wants-work']);
    const declined = person.on('2026-04-02').answer('no', '2026-04-01').decide();
    expect(brief(declined)).toEqual(['withdraw wants-work']);
    expect(declined[0]?.because).toContain('has said they want a paid job');
    expect(person.on('2026-04-10').answer('paid-job', '2026-03-01').decide()).toEqual([]);
    const again = person.on('2026-05-02').answer('paid-job', '2026-05-01').decide();
    expect(brief(again)).toEqual(['make wants-work']);
    expect(again[0]?.key).not.toBe(declined[0]?.key);
  });

  it('R52 an undated wish that returns after a decline is no new wish', () => {
    const person = somebody().on('2026-03-02').answer('paid-job');
    expect(brief(person.decide())).toEqual(['make wants-work']);
    expect(brief(person.on('2026-04-02').answer('no').decide())).toEqual(['withdraw wants-work']);
    // Another feed begins to send the old answer.
    expect(person.on('2026-05-02').answer('paid-job', undefined, { source: 'extract' }).decide()).toEqual([]);
    expect(
      person.on('2026-06-02').answer('paid-job', undefined, { status: 'entered-in-error' }).decide(),
    ).toEqual([]);
    expect(person.on('2026-07-02').answer('paid-job').decide()).toEqual([]);
    expect(person.facts().findings.map(({ kind }) => kind)).toContain('field/undated-answer');
  });

  it('R52 a decline ends a proposal whose rule has been switched off, and nothing older does', () => {
    const person = somebody().on('2026-02-02').answer('no', '2026-02-01');
    person.on('2026-03-02').answer('paid-job', '2026-03-01').decide();
    const off = { ...rules, rules: [] };
    expect(person.on('2026-03-09').decide(off)).toEqual([]);
    const declined = person.on('2026-04-02').answer('no', '2026-04-01').decide(off);
    expect(declined).toMatchObject([{ action: 'withdraw', rule: 'wants-work', because: 'has declined' }]);
    expect(person.on('2026-04-03').decide(off)).toEqual([]);
  });

  it('a corrected wish withdraws the proposal, and says which condition failed', () => {
    const person = somebody().on('2026-03-02').answer('paid-job', '2026-03-01');
    const [made] = person.decide();
    const removed = person
      .on('2026-03-09')
      .answer('paid-job', '2026-03-01', { status: 'entered-in-error' })
      .decide();
    expect(removed).toMatchObject([{ action: 'withdraw', key: made?.key, team: made?.team }]);
    expect(removed[0]?.because).toBe(
      'this no longer holds: has said they want a paid job, or help to keep or change one',
    );
  });

  it('what was withdrawn is made again under a key of its own when it is true again', () => {
    const person = somebody().on('2026-03-02').answer('paid-job', '2026-03-01');
    const [first] = person.decide();
    person.on('2026-03-09').referral('CMHTN', { end: '2026-03-08' }).decide();
    const [again] = person.on('2026-03-20').referral('EIP').decide();
    expect(again).toMatchObject({ action: 'make', key: `${first?.key ?? ''}/2`, team: { id: 'EIP' } });
    expect(person.on('2026-03-21').decide()).toEqual([]);
  });

  it('an IPS referral in the EPR completes the proposal, and the same wish proposes nothing when it ends', () => {
    const person = somebody().on('2026-03-02').answer('paid-job', '2026-03-01');
    person.decide();
    const done = person.on('2026-03-20').referral('IPS', { start: '2026-03-19' }).decide();
    expect(done).toMatchObject([{ action: 'withdraw', completed: true, because: 'is with IPS now' }]);
    expect(person.on('2026-09-20').referral('IPS', { end: '2026-09-19' }).decide()).toEqual([]);
    expect(brief(person.on('2026-10-02').answer('keep-or-change', '2026-10-01').decide())).toEqual([
      'make wants-work',
    ]);
  });

  it('after a merge the earlier of two open proposals stands', () => {
    const one = somebody('one').on('2026-03-02').answer('paid-job', '2026-03-01');
    const other = somebody('other').on('2026-02-02').answer('keep-or-change', '2026-02-01');
    one.decide();
    const [earlier] = other.decide();
    const merged = new Person('one').on('2026-03-10');
    const rows = [
      ...one.rows,
      ...other.rows.map((row) => ({
        ...row,
        sourceId: row.source === ownSource ? row.sourceId : `o-${row.sourceId}`,
      })),
    ];
    merged.rows = rows
      .sort((a, b) => a.at.getTime() - b.at.getTime())
      .map((row, index) => ({ ...row, id: index + 1 }));
    const decisions = merged.decide();
    expect(decisions).toMatchObject([{ action: 'withdraw' }]);
    expect(decisions[0]?.key).not.toBe(earlier?.key);
    expect(merged.on('2026-03-11').decide()).toEqual([]);
  });

  it('a death withdraws what is open without a word about it, and nothing is made afterwards', () => {
    const person = somebody().on('2026-03-02').answer('paid-job', '2026-03-01');
    person.decide();
    const withdrawn = person.on('2026-03-09').patient({ deceasedDateTime: '2026-03-08' }).decide();
    expect(withdrawn).toMatchObject([
      { action: 'withdraw', because: 'no further action is needed', reasons: [] },
    ]);
    expect(person.on('2026-03-10').answer('paid-job', '2026-03-03').decide()).toEqual([]);
  });

  it('a restricted record makes no proposal to another organisation', () => {
    const restricted = {
      meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' }] },
    };
    const person = somebody().on('2026-03-02').patient(restricted).answer('paid-job', '2026-03-01');
    expect(person.decide()).toEqual([]);
    const ownProvider = { ...programme, provider: { ...programme.provider, partOfCareTeam: true } };
    const within = loadRules(ruleTree(), { feeds: [feed], programme: ownProvider, hash: 'x' });
    expect(brief(person.decide(within))).toEqual(['make wants-work']);
  });

  it('a record that becomes restricted takes the proposal back without telling why', () => {
    const person = somebody().on('2026-03-02').answer('paid-job', '2026-03-01');
    person.decide();
    const security = [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' }];
    const withdrawn = person.on('2026-03-09').patient({ meta: { security } }).decide();
    expect(withdrawn).toMatchObject([
      { action: 'withdraw', because: 'no further action is needed', reasons: [] },
    ]);
  });

  it('R51 what cannot be told neither makes nor withdraws', () => {
    const noDeclines = { ...feed, supplies: { ...feed.supplies, declined: {} } };
    const person = somebody().on('2026-03-02').answer('paid-job', '2026-03-01');
    expect(person.decide(rules, [noDeclines])).toEqual([]);
    expect(brief(person.decide())).toEqual(['make wants-work']);
    expect(person.on('2026-03-03').decide(rules, [noDeclines])).toEqual([]);
  });

  it('seeking work and never asked: one ask, however often the status is sent; the answer ends it', () => {
    const person = somebody().on('2026-03-02').status('02', '2026-03-01');
    expect(person.decide()).toMatchObject([{ effect: 'ask-wish', rule: 'seeking-work-not-asked' }]);
    expect(person.on('2026-03-03').status('02', '2026-03-01').decide()).toEqual([]);
    const answered = person.on('2026-04-02').answer('keep-or-change', '2026-04-01').decide();
    expect(brief(answered)).toEqual(['withdraw seeking-work-not-asked', 'make wants-work']);
  });

  it('a ward stay makes the ask wait, and never the proposal', () => {
    const person = somebody().on('2026-03-02').ward('in-progress').status('02', '2026-03-01');
    expect(person.decide()).toEqual([]);
    expect(person.evaluations().find(({ effect }) => effect === 'ask-wish')).toMatchObject({
      answer: 'true',
      deferred: 'is on a ward now',
    });
    expect(brief(person.on('2026-03-09').ward('finished').decide())).toEqual(['make seeking-work-not-asked']);
    expect(brief(somebody().ward('in-progress').answer('paid-job', '2026-01-02').decide())).toEqual([
      'make wants-work',
    ]);
  });
});
