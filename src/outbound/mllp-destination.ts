// An HL7v2 receiver as a destination: notes as MDM messages over MLLP (requirement R21).
import type { Mappings } from '../mapping/load.ts';
import type { Destination } from '../pipeline/destination.ts';
import type { MllpDestinationSettings } from './settings.ts';

export interface MllpDestinationParts {
  readonly now: () => Date;
  /** IANA zone of the local times that we write. */
  readonly zone: string;
  readonly mappings: Mappings;
}

export function createMllpDestination(
  settings: MllpDestinationSettings,
  _parts: MllpDestinationParts,
): Destination {
  const refused = { kind: 'unsupported/destination', message: 'not written yet' } as const;
  return {
    id: settings.id,
    asks: () => false,
    prepare: () => Promise.resolve({ outcome: 'refused', ...refused }),
    send: () => Promise.resolve({ outcome: 'permanent', ...refused }),
    ask: () => Promise.resolve({ outcome: 'unclear', ...refused }),
  };
}
