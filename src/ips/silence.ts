// What it means that nothing is recorded: known to be absent where a feed declares its silence to mean "no", else
// not known. The one place where an absence is concluded (R51).
import type { Fact } from './fact.ts';
import { notKnown } from './fact.ts';
import { silenceMeansNo } from './supply.ts';
import type { FeedSupply, SuppliedFact } from './supply.ts';

/** The fact when nothing is recorded. `says` in words: "no decline is recorded". */
export type Silence = (fact: SuppliedFact, says: string) => Exclude<Fact<never>, { state: 'present' }>;

/** How silence is to be read at `at`, given what the feeds declare. */
export function silenceAt(feeds: readonly FeedSupply[], at: Date, zone: string): Silence {
  return (fact, says) => {
    const supply = silenceMeansNo(feeds, fact, at, zone);
    if (supply === undefined) {
      const supplied = feeds.some((feed) => feed.supplies[fact] !== undefined);
      return notKnown(
        supplied
          ? `${says}, and no feed that supplies this was complete at that time`
          : `${says}, and no feed supplies this`,
      );
    }
    return {
      state: 'absent',
      evidence: [
        { fact, says, source: supply.feed, resource: `supplies.${fact}.completeFrom/${supply.completeFrom}` },
      ],
    };
  };
}
