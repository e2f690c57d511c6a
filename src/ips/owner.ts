// Who is asked (domain.md section 1): the active care co-ordinator, else the champion of the team, else its duty
// queue; never somebody whose role has ended.
import type { TeamTable } from '../mapping/codes.ts';
import type { Owner } from './decision.ts';
import type { Facts } from './fact.ts';

/** Why nobody can be asked. */
export interface Nobody {
  readonly kind: 'nobody';
  readonly why: string;
  /** The file in which it can be set right. */
  readonly where?: string;
}

/**
 * The owner of a prompt about somebody on this team's caseload, or why there is none. A record that is restricted, or not
 * known to be open, goes to its own care co-ordinator only: a champion or a shared queue would be a list of names in
 * front of people who may not see it.
 */
export function ownerFor(facts: Facts, teamId: string, teams: TeamTable): Owner | Nobody {
  if (facts.careCoordinator.state === 'present') return facts.careCoordinator.value;
  if (facts.restricted.state !== 'absent') {
    const marking = facts.restricted.state === 'present' ? 'restricted' : 'not known to be unrestricted';
    const why = `no active care co-ordinator, and the record is ${marking}: nobody else is asked about it`;
    return { kind: 'nobody', why };
  }
  const team = teams.find(teamId);
  if (team?.champion !== undefined) {
    return { kind: 'champion', system: teams.staffSystem, value: team.champion };
  }
  if (team?.dutyQueue !== undefined) {
    return {
      kind: 'duty-queue',
      system: teams.teamSystem,
      value: team.dutyQueue,
      display: `${team.name} duty queue`,
    };
  }
  const why = `no active care co-ordinator, and team ${teamId} has neither champion nor duty queue in codes/teams.csv`;
  return { kind: 'nobody', why, where: 'codes/teams.csv' };
}
