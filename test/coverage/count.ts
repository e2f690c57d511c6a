// The independent count: from the truth about invented people, by plain filters, to what a report must say.
import { coveredTeams } from './people.ts';
import type { Truth } from './people.ts';

/** Which measures of the funnel somebody counts in, by the words of their definitions. */
export function measuresOf(truth: Truth): string[] {
  const caring = truth.teams.filter((team) => team !== 'IPS');
  if (truth.died || (caring.length === 0 && !truth.unlisted)) return [];
  if (!caring.some((team) => coveredTeams.includes(team))) {
    return ['on-caseload', truth.unlisted ? 'served-not-known' : 'not-served'];
  }
  const said = ['on-caseload', 'served'];
  if (truth.answer === undefined) return [...said, 'not-asked'];
  said.push('asked');
  if (truth.answer === 'unread') return [...said, 'answer-not-known'];
  if (truth.answer === 'unsure') return [...said, 'unsure'];
  if (truth.answer === 'no' || truth.answer === 'volunteering-or-study') return [...said, 'other-answer'];
  said.push('wants-work');
  if (truth.proposal === undefined || truth.proposal === 'withdrawn') return [...said, 'not-proposed'];
  said.push('proposed');
  const withIps = truth.teams.includes('IPS') || truth.proposal === 'completed';
  if (!withIps) return [...said, truth.unlisted ? 'accepted-not-known' : 'not-accepted'];
  return [...said, 'accepted', truth.note === 'seen' ? 'first-contact' : 'no-first-contact'];
}

/** Counts by `<measure>|<team>`; `<measure>|total` counts everybody once, `<measure>|` those of teams not listed. */
export function countByHand(people: readonly Truth[]): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);
  for (const truth of people) {
    for (const measure of measuresOf(truth)) {
      add(`${measure}|total`);
      for (const team of truth.teams) if (team !== 'IPS') add(`${measure}|${team}`);
      if (truth.unlisted) add(`${measure}|`);
    }
  }
  return counts;
}

export function howMany(people: readonly Truth[], holds: (truth: Truth) => boolean): number {
  return people.filter(holds).length;
}
