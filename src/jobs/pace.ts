// The pace of our own asks (domain.md section 1): a week's digest to one owner holds at most ten people. What counts is
// everybody about whom something of ours is open with that owner, or was made in the seven days before, whether a job
// or a rule asked; a person counts once. Proposals follow a stated wish at once and have no pace.
import type { OwnKind, Owner } from '../ips/decision.ts';
import type { Facts } from '../ips/fact.ts';
import { ownerFor } from '../ips/owner.ts';
import type { TeamTable } from '../mapping/codes.ts';

const week = 7 * 24 * 3_600_000;
const paced: readonly OwnKind[] = ['ask-wish', 'flag-no-goal'];

export interface Pace {
  /** Counts somebody who has been put to an owner already. */
  readonly count: (facts: Facts, teams: TeamTable, at: Date) => void;
  /** Whether one more fits; if so, it is counted. */
  readonly take: (owner: Owner) => boolean;
}

export function createPace(perOwner: number): Pace {
  const people = new Map<string, number>();
  const key = ({ system, value }: Owner): string => `${system}|${value}`;
  const add = (owner: Owner): void => {
    people.set(key(owner), (people.get(key(owner)) ?? 0) + 1);
  };
  return {
    count: (facts, teams, at) => {
      const asked = facts.own.find(
        ({ effect, state, madeAt, elsewhere }) =>
          elsewhere !== true &&
          paced.includes(effect) &&
          (state === 'open' || Date.parse(madeAt) > at.getTime() - week),
      );
      const owner = asked === undefined ? undefined : ownerFor(facts, asked.team.id, teams);
      if (owner !== undefined && owner.kind !== 'nobody') add(owner);
    },
    take: (owner) => {
      if ((people.get(key(owner)) ?? 0) >= perOwner) return false;
      add(owner);
      return true;
    },
  };
}
