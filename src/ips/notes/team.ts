// Through which team a note's person comes: what a destination's `live` goes by. A note needs no covered team, so that
// there is always an answer.
import type { EpisodeOfCare } from '@medplum/fhirtypes';
import type { Team, TeamTable } from '../../mapping/codes.ts';
import { currentRows } from '../../record/person.ts';
import type { PersonRecord } from '../../record/person.ts';
import { earliestInstant } from '../../time.ts';
import type { DecisionTeam } from '../decision.ts';
import { isServed } from '../programme.ts';
import type { Programme } from '../programme.ts';

export interface TeamContext {
  readonly at: Date;
  readonly zone: string;
  readonly teams: TeamTable;
  readonly programme: Programme;
}

/** The first covered team that the person is open to, else any open one, else the one that ended last, else none. */
export function noteTeam(record: PersonRecord, { at, zone, teams, programme }: TeamContext): DecisionTeam {
  const referrals = currentRows(record, 'EpisodeOfCare', at)
    .filter(({ resource }) => resource.status !== 'cancelled')
    .flatMap(({ resource }) => {
      const team = teamOf(resource, teams);
      return team === undefined ? [] : [{ team, since: resource.period?.start ?? '', end: endOf(resource, at, zone) }]; // prettier-ignore
    });
  const open = referrals
    .filter(({ end }) => end === undefined)
    .toSorted((one, other) => (one.since < other.since ? -1 : one.since > other.since ? 1 : 0));
  const ended = referrals.toSorted((one, other) => (other.end ?? 0) - (one.end ?? 0));
  const { team } = open.find((one) => isServed(programme, one.team)) ?? open[0] ?? ended[0] ?? {};
  if (team === undefined) return { id: 'none', name: 'no team', type: '' };
  return { id: team.id, name: team.name, type: team.type };
}

function teamOf({ team }: EpisodeOfCare, teams: TeamTable): Team | undefined {
  const id = team?.find(({ identifier }) => identifier?.value !== undefined)?.identifier?.value;
  return id === undefined ? undefined : teams.find(id);
}

/** When it ended, in epoch milliseconds; undefined while it is open. */
function endOf({ status, period }: EpisodeOfCare, at: Date, zone: string): number | undefined {
  const end = period?.end === undefined ? undefined : earliestInstant(period.end, zone);
  if (end !== undefined && end <= at.getTime()) return end;
  return status === 'finished' ? at.getTime() : undefined;
}
