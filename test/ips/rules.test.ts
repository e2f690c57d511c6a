import { describe, expect, it } from '@jest/globals';
import { BridgeError } from '../../src/errors.ts';
import { loadRules } from '../../src/ips/triggers.ts';
import { feed, programme, ruleTree, rules, somebody } from './support/people.ts';

const wantsWork = ruleTree(['wants-work']).get('triggers/wants-work.yaml')!.text;
const seeking = ruleTree(['seeking-work-not-asked']).get('triggers/seeking-work-not-asked.yaml')!.text;

/** The faults of a rule file, as `where: message`. */
function faultsOf(text: string, name = 'wants-work'): string[] {
  const file = `mappings/triggers/${name}.yaml`;
  try {
    const tree = new Map([[`triggers/${name}.yaml`, { file, text }]]);
    loadRules(tree, { feeds: [feed], programme: { ...programme, rules: {} }, hash: 'x' });
    return [];
  } catch (thrown) {
    if (!(thrown instanceof BridgeError)) throw thrown;
    return thrown.findings.map(({ where, message }) => `${where}: ${message}`);
  }
}

const withCondition = (say: string, that: string): string =>
  wantsWork.replace('when:\n', `when:\n  - say: ${say}\n    that: ${JSON.stringify(that)}\n`);

describe('loading rules', () => {
  it('the rules of the product load, with their examples', () => {
    expect(rules.rules.map(({ name }) => name)).toEqual(['wants-work', 'seeking-work-not-asked']);
    expect(rules.notLoaded).toEqual([]);
  });

  it('R51 a rule that rests on a fact which no feed supplies does not load, and says what is missing', () => {
    const { declined, ...supplies } = feed.supplies;
    expect(declined).toBeDefined();
    const poor = { ...feed, supplies, restrictedMarkings: 'none' as const };
    const set = loadRules(ruleTree(), { feeds: [poor], programme, hash: 'x' });
    expect(set.rules.map(({ name }) => name)).toEqual(['seeking-work-not-asked']);
    expect(set.notLoaded).toMatchObject([{ rule: 'wants-work', missing: ['declined', 'restricted'] }]);
    expect(set.notLoaded[0]?.message).toContain('supplies.declined, restrictedMarkings: supplied');
  });

  it('a rule that is switched off is not evaluated, one that nobody switched on observes', () => {
    const load = (switches: typeof programme.rules) =>
      loadRules(ruleTree(), { feeds: [feed], programme: { ...programme, rules: switches }, hash: 'x' }).rules;
    expect(load({ 'wants-work': 'off' }).map(({ name, observe }) => [name, observe])).toEqual([
      ['seeking-work-not-asked', true],
    ]);
    expect(() => load({ 'wants-wrok': 'on' })).toThrow('there is no rule wants-wrok');
  });

  it('every fault of every file is reported at once, with file and line', () => {
    const broken = wantsWork
      .replace('%ipsReferral.absent', '%ipsReferral.abcent')
      .replace('>= 16', '>= = 16');
    expect(faultsOf(broken)).toEqual([
      expect.stringMatching(
        /^mappings\/triggers\/wants-work\.yaml:13: .*%ipsReferral\.abcent does not exist/,
      ),
      expect.stringMatching(/^mappings\/triggers\/wants-work\.yaml:15: .*not a FHIRPath expression/),
    ]);
    expect(faultsOf(wantsWork.replace('once: wish', 'once: week'))[0]).toContain('wants-work.yaml:');
    expect(faultsOf(wantsWork, 'other')[0]).toContain('must be called wants-work.yaml');
  });

  it('a rule loads only with examples that come out, one of each answer', () => {
    expect(faultsOf(wantsWork.replace('expect: true', 'expect: false'))[0]).toContain(
      'example "wants a paid job" expects false and gets true',
    );
    expect(faultsOf(wantsWork.replaceAll('expect: cannot-tell', 'expect: false')).join()).toContain(
      'there is no example that expects cannot-tell',
    );
  });

  it.each([
    ["%wantsWork.value.matches('(a+)+b')", 'the function matches() is not allowed'],
    ["%wantsWork.value.replaceMatches('a', 'b') = 'x'", 'the function replaceMatches() is not allowed'],
    ['%wantsWork.date > @2026-01-01', 'is not allowed in a condition'],
    ['iif(true, %ipsReferral.absent, true)', 'the function iif() is not allowed'],
    ['%age.value + 1 >= 16', 'is not allowed in a condition'],
    ['%resource.exists()', '%resource is no fact'],
    ['Patient.name.exists()', 'does not exist'],
    ['%`teams`.where(served).exists()', 'without quotes'],
    ["%wantsWork.value contains 'x'", 'the operator contains is not allowed'],
  ])('R33 the condition %s is refused at load', (that, message) => {
    expect(faultsOf(withCondition('is tried', that)).join()).toContain(message);
  });
});

describe('the zero-exclusion linter', () => {
  it.each([
    ['%diagnosis.absent', 'diagnosis'],
    ['%riskLevel.absent', 'risk'],
    ['%substanceUse.absent', 'substance use'],
    ['%missedAppointments.absent', 'missed appointments'],
    ['%mhaSection.absent', 'Mental Health Act section'],
    ['%disability.absent', 'disability'],
    ['%ethnicCategory.present', 'for reporting only'],
    ['%benefitStatus.absent', 'never tied to benefits'],
    ['%previousReferral.absent', 'an earlier IPS episode'],
    ['%jobReadiness.present', 'job readiness'],
    ["%employmentStatus.value != '04'", 'an employment status'],
    ["(%employmentStatus.value = '04').not()", 'an employment status'],
    ["(%employmentStatus.value in ('04' | '08')) = false", 'an employment status'],
    ['%employmentStatus.absent', 'an employment status'],
    ['%age.value <= 65', 'an upper age'],
    ['%age.value >= 18', 'an upper age'],
    ['(%age.value >= 16).not()', 'an upper age'],
    ['%onWard.absent', 'being on a ward'],
    ['%teams.where(served).empty()', 'their team'],
    ["%wantsWork.value != 'no'", 'ask only which wish'],
    ["%wantsWork.value in ('unsure' | 'paid-job')", 'only the wish for a paid job'],
  ])('R54 the condition %s is refused with the principle that it breaks', (that, principle) => {
    const faults = faultsOf(withCondition('is tried', that));
    expect(faults.join()).toContain(principle);
    expect(faults[0]).toMatch(/^mappings\/triggers\/wants-work\.yaml:7: /);
  });

  it('R54 a team type is no criterion', () => {
    expect(faultsOf(withCondition('is tried', "%teams.where(type = 'A06').exists()")).join()).toContain(
      'type does not exist',
    );
  });

  it.each([
    [
      wantsWork,
      'wants-work',
      '%declined.absent or before(%declined.date, %wantsWork.date)',
      'a decline ends proposals',
    ],
    [wantsWork, 'wants-work', '%restricted.absent or %programme.partOfCareTeam', 'restricted record'],
    [seeking, 'seeking-work-not-asked', '%lastAsked.absent', 'asked again and again'],
  ])('R54 a rule without its safeguard is refused (%#)', (text, name, condition, principle) => {
    const without = text.replace(condition, '%ipsReferral.absent');
    expect(faultsOf(without, name).join()).toContain(principle);
  });

  it.each([
    ['%declined.present', 'declined'],
    ['before(%wantsWork.date, %declined.date)', 'declined'],
    ['%declined.absent or before(%declined.date, %wantsWork.date) or %age.value >= 16', 'declined'],
  ])('R54 a safeguard that is turned round or opened by an "or" is none: %s', (condition, fact) => {
    const turned = wantsWork.replace(
      '%declined.absent or before(%declined.date, %wantsWork.date)',
      condition,
    );
    expect(faultsOf(turned).join()).toContain(`must ask about ${fact}`);
  });

  it.each([
    ['%deceased.absent', '%deceased.present', 'has died'],
    ['%deceased.absent', '%deceased.absent or %ipsReferral.absent', 'has died'],
    ['%ipsReferral.absent', '%ipsReferral.present', 'with IPS already'],
    ['%restricted.absent or', '%restricted.present or', 'another organisation'],
    ['%teams.where(served).exists()', '%teams.where(true).exists()', 'their team'],
  ])('R54 %s may not become %s', (guard, evasion, principle) => {
    expect(faultsOf(wantsWork.replace(guard, evasion)).join()).toContain(principle);
  });

  it('R54 safeguards may stand together in one condition, joined by "and"', () => {
    const joined = wantsWork.replace("'%deceased.absent'", "'%deceased.absent and (%ipsReferral.absent)'");
    expect(faultsOf(joined)).toEqual([]);
  });

  it('R54 nobody waits for not being on a ward', () => {
    const turned = seeking.replace('%onWard.present', '%onWard.absent');
    expect(faultsOf(turned, 'seeking-work-not-asked').join()).toContain('nothing but a ward stay defers');
  });

  it('R54 an ask that a ward stay does not defer is refused', () => {
    const without = seeking.replace(/defer:\n.*\n.*\n/, '');
    expect(faultsOf(without, 'seeking-work-not-asked').join()).toContain('a ward stay defers an ask');
    const wrong = seeking.replace('%onWard.present', '%declined.present');
    expect(faultsOf(wrong, 'seeking-work-not-asked').join()).toContain('nothing but a ward stay defers');
  });

  it('an employment status may be asked by membership', () => {
    const faults = faultsOf(withCondition('is tried', "%employmentStatus.value in ('01' | '02')"));
    expect(faults.join()).not.toContain('zero exclusion');
  });
});

describe('evaluating rules', () => {
  it('a fact that is not known gives cannot tell, with the reason, and nothing is evaluated', () => {
    const noDeclines = { ...feed, supplies: { ...feed.supplies, declined: {} } };
    const person = somebody().on('2026-03-02').answer('paid-job', '2026-03-01');
    const [evaluation] = person.evaluations(rules, [noDeclines]);
    expect(evaluation?.answer).toBe('cannot-tell');
    expect(evaluation?.conditions.find(({ answer }) => answer === 'cannot-tell')).toMatchObject({
      say: 'has not declined since',
      unknown: [{ fact: 'declined' }],
    });
  });

  it('one condition that is false makes the rule false, whatever cannot be told', () => {
    const noDeclines = { ...feed, supplies: { ...feed.supplies, declined: {} } };
    expect(somebody().evaluations(rules, [noDeclines])[0]?.answer).toBe('false');
  });

  it('a decline and a wish on the same day cannot be told apart', () => {
    const person = somebody().on('2026-03-02').answer('no', '2026-03-01').answer('paid-job', '2026-03-01');
    expect(person.evaluations()[0]?.answer).toBe('cannot-tell');
  });
});
