// The facts of one person at one moment, computed on read from their rows with `at` <= that moment. Pure: the moment,
// the zone and everything configured come in.
import type { TeamTable } from '../mapping/codes.ts';
import type { PersonRecord } from '../record/person.ts';
import { workFacts } from './answers.ts';
import { careCoordinator, onWard, teamFacts } from './care.ts';
import { employmentGoal } from './employment-goal.ts';
import type { GoalDefinition } from './employment-goal.ts';
import { employmentStatus } from './employment.ts';
import type { Facts } from './fact.ts';
import { ownEffects } from './own.ts';
import { age, deceased, restricted } from './person-facts.ts';
import type { Programme } from './programme.ts';
import { silenceAt } from './silence.ts';
import type { FeedSupply } from './supply.ts';

export interface FactContext {
  /** Rows after this moment are not read; absences and ages are as of it. */
  readonly at: Date;
  /** IANA zone in which the trust keeps its dates. */
  readonly zone: string;
  readonly feeds: readonly FeedSupply[];
  readonly teams: TeamTable;
  readonly programme: Programme;
  /** What counts as an employment goal here; without it nothing can be told of care plans. */
  readonly goals?: GoalDefinition | undefined;
}

/** Derives every fact. Costs some tens of microseconds; nothing is cached. */
export function deriveFacts(record: PersonRecord, context: FactContext): Facts {
  const { at, zone, feeds, teams, programme, goals } = context;
  const silence = silenceAt(feeds, at, zone);
  return {
    at,
    zone,
    age: age(record, at, zone),
    ...teamFacts(record, at, zone, { teams, programme, silence }),
    employmentStatus: employmentStatus(record, at, zone, silence),
    ...workFacts(record, at, zone, silence),
    careCoordinator: careCoordinator(record, at, zone, silence),
    restricted: restricted(record, at, feeds),
    deceased: deceased(record, at, silence),
    onWard: onWard(record, at, zone, silence),
    employmentGoal: employmentGoal(record, { at, zone, silence, definition: goals }),
    own: ownEffects(record, at),
  };
}
