// Invented people of a synthetic trust, with the dirt of real data: employment status missing, "not stated" or old,
// no NHS number, an unverified one, the same person registered twice. NHS numbers come from the 999 test range.
import { nhsNumberOf } from '../fhir/nhs-number.ts';
import { daysBefore } from './calendar.ts';
import { syntheticPlans } from './care-plans.ts';
import type { SyntheticPlan } from './care-plans.ts';
import type { Random } from './random.ts';
import { seededRandom } from './random.ts';
import { syntheticStory } from './story.ts';
import type { Story } from './story.ts';

/** An answer as the sandbox's EPR codes it (mappings/trusts/RZZ/codes/work-answers.csv). */
export type LocalAnswer = 'PAID' | 'KEEP' | 'UNSURE' | 'VOL' | 'NO';

interface Dated<T> {
  readonly value: T;
  /** `YYYYMMDD`, as the EPR recorded it. */
  readonly recorded: string;
}

export interface SyntheticPerson {
  readonly localNumber: string;
  /** A second registration of the same person, merged into `localNumber` later. */
  readonly duplicateNumber?: string;
  readonly nhsNumber?: string;
  readonly nhsNumberStatus: '01' | '02';
  readonly family: string;
  readonly given: string;
  readonly birthDate: string;
  /** PID-8 as the ITK writes it: 1 male, 2 female, 9 not specified, 0 not known. */
  readonly sex: '0' | '1' | '2' | '9';
  readonly ethnicCategory: string;
  readonly postcode: string;
  readonly team: string;
  readonly teamReferral: string;
  readonly teamSince: string;
  readonly coordinator?: Coordinator;
  readonly employmentStatus?: Dated<string>;
  readonly answers: readonly Dated<LocalAnswer>[];
  readonly onWard: boolean;
  readonly restricted: boolean;
  readonly plans: readonly SyntheticPlan[];
  /** With IPS before the sandbox begins: an open referral to the IPS team, `YYYYMMDD` of its receipt. */
  readonly ips?: { readonly referral: string; readonly since: string };
  readonly story: Story;
}

export interface Coordinator {
  readonly id: string;
  readonly family: string;
  readonly given: string;
  /** No longer in this role: nobody may be prompted through them. */
  readonly ended?: string;
}

const givenNames = ['Amara', 'Bela', 'Callum', 'Dilys', 'Edwin', 'Farah', 'Gethin', 'Hana', 'Imran', 'Jodie', 'Kwame', 'Leila', 'Marek', 'Nadia', 'Owen', 'Priya', 'Quentin', 'Rosa', 'Sanjay', 'Tamsin', 'Umar', 'Vera', 'Winston', 'Xenia', 'Yusuf', 'Zofia']; // prettier-ignore
const familyNames = ['Ashdown', 'Bellweather', 'Crowmarsh', 'Dunmore', 'Elderkin', 'Fairbrass', 'Goldhawk', 'Harrowgate', 'Inglethorpe', 'Juniper', 'Kestrelman', 'Larkspur', 'Merriweather', 'Nettlefold', 'Oakenshaw', 'Penhallow', 'Quillfeather', 'Ravenscar', 'Stonebridge', 'Thistlewood', 'Underhay', 'Vanterpool', 'Wetherall', 'Yarborough']; // prettier-ignore

/** Care co-ordinators of the trust; one of them has left their post. */
export function syntheticCoordinators(now: Date, count = 12): Coordinator[] {
  const random = seededRandom(7);
  return Array.from({ length: count }, (_, index) => ({
    id: `C${String(1001 + index)}`,
    given: random.pick(givenNames),
    family: random.pick(familyNames),
    ...(index === count - 1 ? { ended: daysBefore(now, 30) } : {}),
  }));
}

function employmentStatus(random: Random, now: Date): Dated<string> | undefined {
  const known = random.weighted({ missing: 30, notStated: 10, old: 18, current: 42 });
  if (known === 'missing') return undefined;
  const recorded = daysBefore(now, known === 'old' ? random.between(370, 1500) : random.between(3, 350));
  if (known === 'notStated') return { value: 'ZZ', recorded };
  const value = random.weighted({
    '01': 16, '02': 38, '03': 8, '04': 22, '05': 4, '06': 6, '07': 2, '08': 4,
  }); // prettier-ignore
  return { value, recorded };
}

function answers(random: Random, now: Date): Dated<LocalAnswer>[] {
  const asked = random.weighted({ never: 62, once: 30, changed: 8 });
  if (asked === 'never') return [];
  const first = random.between(60, 300);
  const value = random.weighted({ PAID: 45, KEEP: 12, UNSURE: 15, VOL: 8, NO: 20 });
  const answer = { value, recorded: daysBefore(now, first) };
  if (asked === 'once') return [answer];
  const second = random.weighted({ PAID: 40, NO: 60 });
  return [answer, { value: second, recorded: daysBefore(now, random.between(2, 50)) }];
}

/** `count` people on the caseloads of these teams, the same for the same seed and day. */
export function syntheticPeople(
  options: { readonly seed: number; readonly count: number; readonly now: Date },
  teams: readonly string[],
  coordinators: readonly Coordinator[],
): SyntheticPerson[] {
  const random = seededRandom(options.seed);
  const later = seededRandom(options.seed + 4);
  return Array.from({ length: options.count }, (_, index) => {
    const number = String(10_001 + index);
    const status = employmentStatus(random, options.now);
    const person: SyntheticPerson = {
      localNumber: `R${number}`,
      ...(random.chance(0.01) ? { duplicateNumber: `R9${number}` } : {}),
      ...(random.chance(0.02) ? {} : { nhsNumber: nhsNumberFor(index) }),
      nhsNumberStatus: random.chance(0.05) ? '02' : '01',
      given: random.pick(givenNames),
      family: random.pick(familyNames),
      birthDate: daysBefore(options.now, random.between(17 * 366, 67 * 365)),
      sex: random.weighted({ '1': 48, '2': 48, '9': 2, '0': 2 }),
      ethnicCategory: random.weighted({
        A: 52, B: 2, C: 6, D: 3, E: 1, F: 2, G: 2, H: 6, J: 5, K: 4, L: 2, M: 5, N: 5, P: 1, R: 1, S: 1, Z: 2,
      }), // prettier-ignore
      postcode: `ZZ${random.between(1, 99)} ${random.between(1, 9)}ZZ`,
      team: random.pick(teams),
      teamReferral: `TR${number}`,
      teamSince: daysBefore(options.now, random.between(5, 900)),
      ...(random.chance(0.9) ? { coordinator: random.pick(coordinators) } : {}),
      ...(status === undefined ? {} : { employmentStatus: status }),
      answers: answers(random, options.now),
      onWard: random.chance(0.03),
      restricted: random.chance(0.01),
      plans: syntheticPlans(number, later, options.now),
      ...(later.chance(0.05)
        ? { ips: { referral: `IR${number}`, since: daysBefore(options.now, later.between(20, 400)) } }
        : {}),
      story: syntheticStory(later),
    };
    return person;
  });
}

/** A valid NHS number of the test range; numbers whose check digit would be 10 do not exist and are passed over. */
function nhsNumberFor(index: number): string {
  for (let serial = 999_100_000 + index * 3; ; serial += 1) {
    const number = nhsNumberOf(String(serial));
    if (number !== undefined) return number;
  }
}
