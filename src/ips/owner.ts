// Who is asked (domain.md section 1): the active care co-ordinator, else the champion of the team, else its duty
// queue; never somebody whose role has ended.
import type { TeamTable } from '../mapping/codes.ts';
import type { Owner } from './decision.ts';
import type { Facts } from './fact.ts';

/**
 * The owner of a prompt about somebody on this team's caseload; undefined where nobody can be asked. A record that is
 * restricted, or not known to be open, goes to its own care co-ordinator only: a champion or a shared queue would be
 * a list of names in front of people who may not see it.
 */
export function ownerFor(facts: Facts, teamId: string, teams: TeamTable): Owner | undefined {
  if (facts.careCoordinator.state === 'present') return facts.careCoordinator.value;
  if (facts.restricted.state !== 'absent') return undefined;
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
  return undefined;
}
