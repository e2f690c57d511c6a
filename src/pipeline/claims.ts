// Facts that a feed says it supplies and that the mappings in force can make of no message. A feed that is complete for
// such a fact would make its absence a "no": everybody would be without a team, and nobody proposed.
import type { FeedSupply, SuppliedFact } from '../ips/supply.ts';
import type { Mappings } from '../mapping/load.ts';

/** The resources that each fact is read from. */
const readFrom: Readonly<Record<SuppliedFact, readonly string[]>> = {
  age: ['Patient'],
  deceased: ['Patient'],
  teams: ['EpisodeOfCare'],
  ipsReferral: ['EpisodeOfCare', 'ServiceRequest'],
  careCoordinator: ['PractitionerRole'],
  employmentStatus: ['Observation'],
  wantsWork: ['Observation'],
  declined: ['Observation'],
  lastAsked: ['Observation'],
  onWard: ['Encounter'],
  carePlans: ['CarePlan', 'Goal'],
};

export interface EmptyClaim {
  readonly feed: string;
  readonly fact: SuppliedFact;
  /** What is missing, for people. */
  readonly message: string;
}

/** Every claim of a feed that the mappings cannot keep. */
export function emptyClaims(
  { events, tables }: Pick<Mappings, 'events' | 'tables'>,
  feeds: readonly FeedSupply[],
): EmptyClaim[] {
  const made = new Set(
    [...events.values()].flatMap(({ segments }) => segments.map(({ map }) => map.resource)),
  );
  const roles = [...(tables.get('roles')?.entries.values() ?? [])].map(({ value }) => value);
  const lacks = (fact: SuppliedFact): string | undefined => {
    const types = readFrom[fact];
    if (!types.some((type) => [...made].some((one) => one === type)))
      return `no message file leads to a map that makes ${types.join(' or ')}`;
    if (fact === 'careCoordinator' && !roles.includes('care-coordinator'))
      return 'no row of codes/roles.csv means care-coordinator';
    return undefined;
  };
  return feeds.flatMap(({ feed, supplies }) =>
    factsOf(supplies).flatMap((fact): EmptyClaim[] => {
      const lack = lacks(fact);
      if (lack === undefined) return [];
      return [{ feed, fact, message: `says that it supplies ${fact}, but ${lack}: map it, or take the fact out of the feed` }]; // prettier-ignore
    }),
  );
}

function factsOf(supplies: FeedSupply['supplies']): SuppliedFact[] {
  return Object.keys(readFrom).filter((name): name is SuppliedFact => Object.hasOwn(supplies, name));
}
