// A folder of worklists as a destination: one CSV file for each team, rewritten whole.
import type { Destination } from '../pipeline/destination.ts';
import type { WorklistDestinationSettings } from './settings.ts';

export interface WorklistDestinationParts {
  readonly now: () => Date;
  /** IANA zone for the days in texts. */
  readonly zone: string;
}

/** @param settings with `folder` as an absolute path */
export function createWorklistDestination(
  settings: WorklistDestinationSettings,
  _parts: WorklistDestinationParts,
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
