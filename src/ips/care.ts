// Facts about care: open referrals to teams (EpisodeOfCare, never PV1), whether one of them or a ServiceRequest is to an
// IPS team, the care co-ordinator, a ward stay. Being on a ward never excludes; discharge from a ward (A03) is no
// discharge from secondary care (domain.md section 1).
import type { EpisodeOfCare } from '@medplum/fhirtypes';
import { systems } from '../fhir/systems.ts';
import type { TeamTable } from '../mapping/codes.ts';
import { currentRows } from '../record/person.ts';
import type { PersonRecord, RecordedResource } from '../record/person.ts';
import { addMonths, earliestInstant, localDate } from '../time.ts';
import type { Evidence, Owner } from './decision.ts';
import { notKnown } from './fact.ts';
import type { EndedReferral, Fact, OpenTeam } from './fact.ts';
import { ipsRequests } from './ips-requests.ts';
import type { IpsRequest } from './ips-requests.ts';
import { ipsTeamType, isServed } from './programme.ts';
import type { Programme } from './programme.ts';
import type { Silence } from './silence.ts';

export interface TeamFacts {
  readonly teams: Fact<readonly OpenTeam[]>;
  readonly ipsReferral: Fact<true>;
  readonly leftIps: readonly Evidence[];
  readonly endedReferrals: readonly EndedReferral[];
  readonly dischargedFromSecondaryCare: Fact<true>;
}

type Episode = RecordedResource<EpisodeOfCare>;

/** Open referrals to teams as they are recorded at `at`, whether or not the list of them is known to be complete. */
export interface OpenReferrals {
  /** Earliest first; a person may be on one team's caseload by two referrals. */
  readonly teams: readonly OpenTeam[];
  /** There is one to a team that codes/teams.csv does not list: it may be to any kind of team. */
  readonly unlisted: boolean;
}

interface TeamContext {
  readonly teams: TeamTable;
  readonly programme: Programme;
}

/** The open referrals to teams at `at`: for the measures, which count people by them, and for the facts below. */
export function openReferrals(
  record: PersonRecord,
  at: Date,
  zone: string,
  context: TeamContext,
): OpenReferrals {
  const open = episodesOf(record, at).filter((episode) => isOpen(episode, at, zone));
  const teams = open
    .flatMap((episode) => knownTeam(episode, context))
    .toSorted((one, other) => ((one.since ?? '') <= (other.since ?? '') ? -1 : 1));
  return { teams, unlisted: open.length > teams.length };
}

/** What the referrals to teams say at `at`. */
export function teamFacts(
  record: PersonRecord,
  at: Date,
  zone: string,
  context: TeamContext & { readonly silence: Silence },
): TeamFacts {
  const { teams, unlisted } = openReferrals(record, at, zone, context);
  const served = teams.filter((team) => team.served);
  const ips: IpsRequest[] = teams.filter((team) => team.type === ipsTeamType);
  const left = episodesOf(record, at).filter((one) => isIps(one, context) && !isOpen(one, at, zone));
  const leftOn = left.map((one) => one.resource.period?.end ?? one.at.toISOString());

  const ended = episodesOf(record, at).filter(
    (episode) => !isOpen(episode, at, zone) && knownTeam(episode, context).some((team) => team.served),
  );
  return {
    teams: openTeams(teams, served, unlisted, context.silence),
    ipsReferral: ipsReferral(
      [...ips, ...ipsRequests(record, at, zone, { teams: context.teams, leftOn })],
      unlisted,
      context.silence,
    ),
    leftIps: leftIps(left, at, zone),
    endedReferrals: endedReferrals(ended, served, context),
    dischargedFromSecondaryCare: discharged(ended, served, unlisted, context.silence),
  };
}

const leftForMonths = 12;

/** IPS referrals that ended in the last 12 months; one without an end date counts from when we learned of it. */
function leftIps(ended: readonly Episode[], at: Date, zone: string): Evidence[] {
  const yearAgo = earliestInstant(addMonths(localDate(at, zone), -leftForMonths), zone);
  return ended.flatMap((episode) => {
    const { end } = episode.resource.period ?? {};
    const left = end === undefined ? episode.at.getTime() : earliestInstant(end, zone);
    return left < yearAgo ? [] : [evidenceOf('leftIps', 'IPS referral that has ended', end, episode)];
  });
}

function isIps(episode: Episode, context: TeamContext): boolean {
  return knownTeam(episode, context).some(({ type }) => type === ipsTeamType);
}

function episodesOf(record: PersonRecord, at: Date): Episode[] {
  return currentRows(record, 'EpisodeOfCare', at).filter((row) => row.resource.status !== 'cancelled');
}

function isOpen({ resource }: Episode, at: Date, zone: string): boolean {
  return resource.status !== 'finished' && !hasEnded(resource.period?.end, at, zone);
}

/** The team of a referral, or nothing where the table of teams does not list it. */
function knownTeam(episode: Episode, { teams, programme }: TeamContext): OpenTeam[] {
  const id = teamIdOf(episode.resource);
  const team = id === undefined ? undefined : teams.find(id);
  if (team === undefined) return [];
  const since = episode.resource.period?.start;
  return [
    {
      id: team.id,
      name: team.name,
      type: team.type,
      served: isServed(programme, team),
      since,
      referral: `${episode.source}/${episode.sourceId}`,
      evidence: evidenceOf('teams', `open referral to ${team.name}`, since, episode),
    },
  ];
}

/**
 * Present where a covered team is among them, or where the list is known to be complete; otherwise one more team,
 * a covered one, could be missing from it.
 */
function openTeams(
  teams: readonly OpenTeam[],
  served: readonly OpenTeam[],
  unlisted: boolean,
  silence: Silence,
): Fact<readonly OpenTeam[]> {
  const [first] = served;
  if (first === undefined) {
    if (unlisted) return notKnown('there is an open referral to a team that codes/teams.csv does not list');
    const none = silence('teams', 'no open referral to a covered team is recorded');
    if (none.state === 'not-known' || teams.length === 0) return none;
  }
  return {
    state: 'present',
    value: teams,
    ...(first?.since === undefined ? {} : { date: first.since }),
    ...(first === undefined ? {} : { id: first.referral }),
    evidence: (first === undefined ? teams : served).map((team) => team.evidence),
  };
}

function ipsReferral(ips: readonly IpsRequest[], unlisted: boolean, silence: Silence): Fact<true> {
  const [first] = ips;
  if (first !== undefined) {
    return {
      state: 'present',
      value: true,
      ...(first.since === undefined ? {} : { date: first.since }),
      id: first.referral,
      evidence: ips.map((team) => ({ ...team.evidence, fact: 'ipsReferral' })),
    };
  }
  if (unlisted) return notKnown('there is an open referral to a team that codes/teams.csv does not list');
  return silence('ipsReferral', 'no open referral to IPS is recorded');
}

/** Ended referrals to covered teams, without those to whose team another one is open. */
function endedReferrals(
  ended: readonly Episode[],
  served: readonly OpenTeam[],
  context: TeamContext,
): EndedReferral[] {
  return ended.flatMap((episode) =>
    knownTeam(episode, context)
      .filter(({ id }) => !served.some((open) => open.id === id))
      .map(({ id, name }) => {
        const says = `the referral to ${name} has ended`;
        return { team: id, evidence: evidenceOf('teams', says, episode.resource.period?.end, episode) };
      }),
  );
}

/** The last open referral to a covered team has ended. */
function discharged(
  ended: readonly Episode[],
  served: readonly OpenTeam[],
  unlisted: boolean,
  silence: Silence,
): Fact<true> {
  if (served.length > 0) return { state: 'absent', evidence: served.map((team) => team.evidence) };
  if (unlisted) return notKnown('there is an open referral to a team that codes/teams.csv does not list');
  const none = silence('teams', 'no open referral to a covered team is recorded');
  const last = ended
    .toSorted((one, other) =>
      (one.resource.period?.end ?? '') < (other.resource.period?.end ?? '') ? -1 : 1,
    )
    .at(-1);
  if (none.state === 'not-known' || last === undefined) return none;
  const date = last.resource.period?.end;
  return {
    state: 'present',
    value: true,
    ...(date === undefined ? {} : { date }),
    evidence: [
      evidenceOf('dischargedFromSecondaryCare', 'the last referral to a covered team has ended', date, last),
    ],
  };
}

/** The current care co-ordinator; never one whose role has ended or has not begun. The latest begun of several. */
export function careCoordinator(record: PersonRecord, at: Date, zone: string, silence: Silence): Fact<Owner> {
  const roles = currentRows(record, 'PractitionerRole', at).flatMap((row) => {
    const { resource } = row;
    const isOurs = resource.code?.some((concept) =>
      concept.coding?.some(({ system, code }) => system === systems.role && code === 'care-coordinator'),
    );
    const { identifier, display } = resource.practitioner ?? {};
    if (isOurs !== true || resource.active === false || hasEnded(resource.period?.end, at, zone)) return [];
    const start = resource.period?.start;
    if (start !== undefined && earliestInstant(start, zone) > at.getTime()) return [];
    if (identifier?.system === undefined || identifier.value === undefined) return [];
    const owner: Owner = {
      kind: 'care-coordinator',
      system: identifier.system,
      value: identifier.value,
      ...(display === undefined ? {} : { display }),
    };
    return [{ owner, start, row }];
  });
  const begun = (start: string | undefined): number =>
    start === undefined ? Number.NEGATIVE_INFINITY : earliestInstant(start, zone);
  const latest = roles
    .toSorted((one, other) => {
      const [left, right] = [begun(one.start), begun(other.start)];
      return left === right ? one.row.id - other.row.id : left < right ? -1 : 1;
    })
    .at(-1);
  if (latest === undefined) return silence('careCoordinator', 'no current care co-ordinator is recorded');
  return {
    state: 'present',
    value: latest.owner,
    ...(latest.start === undefined ? {} : { date: latest.start }),
    evidence: [evidenceOf('careCoordinator', 'care co-ordinator', latest.start, latest.row)],
  };
}

/**
 * On a ward now: an inpatient stay in progress, or on leave from it (still an admission), whose end has not come. Only
 * ever a reason to wait.
 */
export function onWard(record: PersonRecord, at: Date, zone: string, silence: Silence): Fact<true> {
  const stay = currentRows(record, 'Encounter', at).find(
    ({ resource }) =>
      resource.class.code === 'IMP' &&
      (resource.status === 'in-progress' || resource.status === 'onleave') &&
      !hasEnded(resource.period?.end, at, zone),
  );
  if (stay === undefined) return silence('onWard', 'no ward stay is recorded');
  const date = stay.resource.period?.start;
  return {
    state: 'present',
    value: true,
    ...(date === undefined ? {} : { date }),
    evidence: [evidenceOf('onWard', 'is on a ward', date, stay)],
  };
}

/**
 * Whether an end has come, whatever the status still says: a feed that told of it in advance need not tell again. An
 * end on the very day counts as ended: better no owner than one who has left.
 */
function hasEnded(end: string | undefined, at: Date, zone: string): boolean {
  return end !== undefined && earliestInstant(end, zone) <= at.getTime();
}

function teamIdOf(episode: EpisodeOfCare): string | undefined {
  return episode.team?.find((team) => team.identifier?.value !== undefined)?.identifier?.value;
}

function evidenceOf(fact: string, says: string, date: string | undefined, row: RecordedResource): Evidence {
  return {
    fact,
    says,
    ...(date === undefined ? {} : { date }),
    source: row.source,
    resource: `${row.resource.resourceType}/${row.sourceId}`,
  };
}
