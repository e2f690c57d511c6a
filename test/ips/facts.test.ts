import { describe, expect, it } from '@jest/globals';
import { ownerFor } from '../../src/ips/owner.ts';
import { isServed, programmeSettings, typesNotServed } from '../../src/ips/programme.ts';
import { Person, feed, programme, somebody, teams } from './support/people.ts';

const restricted = (code: string) => ({
  meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code }] },
});

describe('facts', () => {
  it('R51 silence means "no" only from the date on from which a feed is complete', () => {
    const lateFeed = { ...feed, supplies: { ...feed.supplies, declined: { completeFrom: '2026-02-01' } } };
    const person = somebody();
    expect(person.on('2026-01-31').facts([lateFeed]).declined.state).toBe('not-known');
    expect(person.on('2026-02-01').facts([lateFeed]).declined.state).toBe('absent');
    expect(person.facts([{ ...feed, supplies: {} }]).declined).toMatchObject({
      why: 'no decline is recorded, and no feed supplies this',
    });
  });

  it('a fact at a moment reads only what was known then', () => {
    const person = somebody().on('2026-03-02').answer('paid-job', '2026-03-01');
    expect(person.on('2026-03-01').facts().wantsWork.state).toBe('absent');
    expect(person.on('2026-03-03').facts().wantsWork).toMatchObject({
      value: 'paid-job',
      date: '2026-03-01',
    });
  });

  it('R52 an answer dates from its recorded date, else from when it was first seen', () => {
    const person = somebody().on('2026-03-02').answer('unsure').on('2026-05-02').answer('unsure');
    expect(person.facts().wantsWork).toMatchObject({ value: 'unsure', date: '2026-03-02T09:00:00.000Z' });
  });

  it('an answer dated after its receipt counts from its receipt', () => {
    const person = somebody()
      .on('2026-03-02')
      .answer('paid-job', '2029-01-01')
      .on('2026-04-02')
      .answer('no', '2026-04-01');
    expect(person.facts()).toMatchObject({ wantsWork: { value: 'no' }, declined: { date: '2026-04-01' } });
  });

  it('an employment status counts for twelve months; not stated is not known; recording one is not asking', () => {
    const person = somebody().on('2026-03-02').status('02', '2025-03-03');
    expect(person.facts().employmentStatus).toMatchObject({ state: 'present', value: '02' });
    expect(person.facts().lastAsked.state).toBe('absent');
    expect(person.on('2026-03-04').facts().employmentStatus.state).toBe('not-known');
    expect(person.status('ZZ', '2026-03-04').facts().employmentStatus.state).toBe('not-known');
  });

  it('a team counts as covered by its row, else by its type; D05 is IPS itself', () => {
    expect(somebody().facts().teams).toMatchObject({
      state: 'present',
      value: [{ id: 'CMHTN', served: true }],
    });
    const older = new Person().patient().referral('OLDER').referral('IPS');
    expect(older.facts().teams).toMatchObject({ value: [{ served: false }, { served: false }] });
    expect(older.facts().ipsReferral.state).toBe('present');
    expect(isServed(programme, { type: 'A07', served: true })).toBe(true);
    expect(isServed(programme, { type: 'A06', served: false })).toBe(false);
    expect(isServed(programme, { type: 'D05', served: true })).toBe(false);
  });

  it('R54 team types that the programme leaves out are listed', () => {
    expect(typesNotServed(programme, teams.all)).toEqual(['A07']);
    expect(programmeSettings.safeParse({ ...programme, serves: ['D05'] }).success).toBe(false);
  });

  it('an open referral to a team that the table does not list leaves open whether it is covered, or IPS', () => {
    const { teams: open, ipsReferral } = new Person().patient().referral('NOWHERE').facts();
    expect([open.state, ipsReferral.state]).toEqual(['not-known', 'not-known']);
    expect(somebody().referral('NOWHERE').facts().teams.state).toBe('present');
  });

  it('the end of the last open referral to a covered team is discharge from secondary care', () => {
    const person = somebody().referral('EIP').on('2026-03-02').referral('EIP', { end: '2026-03-01' });
    expect(person.facts().dischargedFromSecondaryCare.state).toBe('absent');
    person.on('2026-04-02').referral('CMHTN', { end: '2026-04-01' });
    expect(person.facts().dischargedFromSecondaryCare).toMatchObject({
      state: 'present',
      date: '2026-04-01',
    });
    expect(person.ward('finished').facts().teams.state).toBe('absent');
  });

  it.each([
    ['1990-05-17', { state: 'present', value: 35 }],
    ['1990', { state: 'present', value: 35 }],
    ['2010', { state: 'not-known' }],
    ['2010-01-05', { state: 'present', value: 16 }],
    ['2010-01-06', { state: 'present', value: 15 }],
    ['2030-01-01', { state: 'not-known' }],
  ])('born %s is as old as the birth date allows on 5 January 2026', (birthDate, expected) => {
    expect(new Person().patient({ birthDate }).facts().age).toMatchObject(expected);
  });

  it('no birth date is not known', () => {
    expect(new Person().facts().age.state).toBe('not-known');
  });

  it('a record is restricted by any marking other than normal, also one we do not know', () => {
    expect(new Person().patient(restricted('N')).facts().restricted.state).toBe('absent');
    expect(new Person().patient(restricted('R')).facts().restricted.state).toBe('present');
    expect(new Person().patient(restricted('XX')).facts().restricted.state).toBe('present');
    expect(new Person().patient().patient(restricted('V'), 'other').facts().restricted.state).toBe('present');
  });

  it('without a feed that supplies markings and knows the person, restriction is not known', () => {
    expect(somebody().facts([{ ...feed, restrictedMarkings: 'none' }]).restricted.state).toBe('not-known');
    expect(new Person().patient({}, 'elsewhere').facts().restricted.state).toBe('not-known');
  });

  it('a ward stay is present while it is in progress', () => {
    expect(somebody().ward('in-progress').facts().onWard).toMatchObject({
      state: 'present',
      date: '2026-01-02',
    });
    expect(somebody().ward('finished').facts().onWard.state).toBe('absent');
  });

  it.each([
    ['onleave', 'present'],
    ['planned', 'absent'],
    ['cancelled', 'absent'],
    ['unknown', 'absent'],
  ] as const)(
    'leave is still an admission, what is planned or cancelled is none: %s is %s',
    (status, state) => {
      expect(somebody().ward(status).facts().onWard.state).toBe(state);
    },
  );
});

describe('an end that was told in advance', () => {
  const withEnds = (end: string): Person =>
    new Person()
      .patient()
      .add('REF1', {
        resourceType: 'EpisodeOfCare',
        status: 'active',
        patient: {},
        period: { start: '2025-06-01', end },
        team: [{ identifier: { value: 'CMHTN' } }],
      })
      .coordinator('C1234', { start: '2025-06-01', end })
      .add('V1', {
        resourceType: 'Encounter',
        status: 'in-progress',
        class: { code: 'IMP' },
        period: { start: '2026-01-02', end },
      });

  it.each(['2026-03-10', '2026-03-10T08:00:00Z'])(
    'ends a team referral, a co-ordinator and a ward stay when %s has come, though all are still active',
    (end) => {
      const person = withEnds(end);
      const states = () => {
        const { teams: open, careCoordinator, onWard, dischargedFromSecondaryCare } = person.facts();
        return [open, careCoordinator, onWard, dischargedFromSecondaryCare].map(({ state }) => state);
      };
      person.on('2026-03-09T22:00:00Z');
      expect(states()).toEqual(['present', 'present', 'present', 'absent']);
      person.on('2026-03-10');
      expect(states()).toEqual(['absent', 'absent', 'absent', 'present']);
      expect(ownerFor(person.facts(), 'CMHTN', teams)).toMatchObject({ kind: 'champion' });
    },
  );
});

describe('the owner of a prompt', () => {
  it('is the current care co-ordinator, the latest begun of several', () => {
    const person = somebody().coordinator('C5678', { start: '2026-01-01' });
    expect(ownerFor(person.facts(), 'CMHTN', teams)).toMatchObject({
      kind: 'care-coordinator',
      value: 'C5678',
    });
  });

  it('R55 is never somebody whose role has ended or not begun: then the champion, then the duty queue', () => {
    const left = new Person().patient().coordinator('C1234', { start: '2025-01-01', end: '2026-01-05' });
    expect(ownerFor(left.facts(), 'CMHTN', teams)).toMatchObject({ kind: 'champion', value: 'C9001' });
    expect(ownerFor(left.facts(), 'EIP', teams)).toMatchObject({ kind: 'duty-queue', value: 'DUTYE' });
    expect(ownerFor(left.facts(), 'OLDER', teams)).toMatchObject({
      kind: 'nobody',
      where: 'codes/teams.csv',
    });
    const coming = new Person().patient().coordinator('C1234', { start: '2026-02-01' });
    expect(ownerFor(coming.facts(), 'CMHTN', teams)).toMatchObject({ kind: 'champion' });
  });

  it('of a restricted record is its own care co-ordinator or nobody', () => {
    expect(ownerFor(new Person().patient(restricted('R')).facts(), 'CMHTN', teams)).toEqual({
      kind: 'nobody',
      why: expect.stringContaining('the record is restricted'),
    });
    expect(ownerFor(somebody().patient(restricted('R')).facts(), 'CMHTN', teams)).toMatchObject({
      value: 'C1234',
    });
  });
});
