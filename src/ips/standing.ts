// What the record says of a person that decides whether they may be put on a list or prompted about, for destinations
// that have no EPR to ask (R18). Pure.
import type { Facts } from './fact.ts';

export interface Standing {
  /** Whether the record is marked as restricted; undefined where no feed that supplies markings knows the person. */
  readonly restricted: boolean | undefined;
  readonly deceased: boolean;
}

export function standingOf({ restricted, deceased }: Facts): Standing {
  return {
    restricted: restricted.state === 'not-known' ? undefined : restricted.state === 'present',
    deceased: deceased.state === 'present',
  };
}
