// Referrals to IPS that the EPR tells as such (REF: ServiceRequest), beside the caseload (EpisodeOfCare). One is known by
// the team that it asks (D05) or by one of the codes that count as IPS (SNOMED CT). It makes nobody a
// client of anybody; it only tells that nobody need propose IPS to this person now. Proposals of our own are none.
import type { ServiceRequest } from '@medplum/fhirtypes';
import { systems } from '../fhir/systems.ts';
import type { Team, TeamTable } from '../mapping/codes.ts';
import { currentRows, ownSource } from '../record/person.ts';
import type { PersonRecord, RecordedResource } from '../record/person.ts';
import { before, earliestInstant } from '../time.ts';
import type { Evidence } from './decision.ts';
import { ipsTeamType } from './programme.ts';

/** An open referral to IPS. */
export interface IpsRequest {
  readonly since?: string | undefined;
  /** `<feed>/<referral id>` */
  readonly referral: string;
  readonly evidence: Evidence;
}

/** Referral to IPS, referral to employment support, IPS, employment support: counted as IPS by NHS England (MHSDS). */
const counted: readonly string[] = [
  '1082611000000105',
  '1098041000000101',
  '1082621000000104',
  '1098051000000103',
];
/** Procedure context: refused. NHS England does not count it. */
const refused = ':408730004=443390004';

const ended: readonly string[] = ['revoked', 'completed'];

/**
 * The referrals to IPS that are open at `at`, earliest first: made, not refused, cancelled or run out, and not followed
 * by a time on an IPS caseload that is over.
 * @param context `leftOn`: when each time on an IPS caseload ended (FHIR dates)
 */
export function ipsRequests(
  record: PersonRecord,
  at: Date,
  zone: string,
  context: { readonly teams: TeamTable; readonly leftOn: readonly string[] },
): IpsRequest[] {
  return currentRows(record, 'ServiceRequest', at)
    .filter(({ source, resource }) => source !== ownSource && isReferral(resource))
    .flatMap((row): (IpsRequest & { readonly made: string })[] => {
      const { resource, source, sourceId } = row;
      const team = ipsTeam(resource, context.teams);
      if (team === undefined && !codesOf(resource).some((code) => counted.includes(code))) return [];
      const since = resource.occurrencePeriod?.start ?? resource.authoredOn;
      const made = since ?? row.at.toISOString();
      if (hasEnded(resource, at, zone) || context.leftOn.some((left) => before(made, left, zone) === true)) {
        return [];
      }
      return [{ since, made, referral: `${source}/${sourceId}`, evidence: evidenceOf(row, team, since) }];
    })
    .toSorted((one, other) => earliestInstant(one.made, zone) - earliestInstant(other.made, zone))
    .map(({ since, referral, evidence }) => ({ since, referral, evidence }));
}

/** What somebody proposes or plans is no referral yet. */
function isReferral({ intent }: ServiceRequest): boolean {
  return !['proposal', 'plan', 'option'].includes(intent);
}

function hasEnded(request: ServiceRequest, at: Date, zone: string): boolean {
  const { end } = request.occurrencePeriod ?? {};
  const isRefused = codesOf(request).some((code) => counted.some((one) => code === `${one}${refused}`));
  const isOver = end !== undefined && earliestInstant(end, zone) <= at.getTime();
  return ended.includes(request.status) || isRefused || isOver;
}

function ipsTeam({ performer }: ServiceRequest, teams: TeamTable): Team | undefined {
  return (performer ?? [])
    .flatMap(({ identifier }) =>
      identifier?.value !== undefined && identifier.system === teams.teamSystem
        ? (teams.find(identifier.value) ?? [])
        : [],
    )
    .find(({ type }) => type === ipsTeamType);
}

/** SNOMED CT ids and expressions of what is asked for. */
function codesOf({ code }: ServiceRequest): string[] {
  return (code?.coding ?? []).flatMap((coding) =>
    coding.system === systems.snomed ? (coding.code ?? []) : [],
  );
}

function evidenceOf(
  { source, sourceId }: RecordedResource,
  team: Team | undefined,
  date: string | undefined,
): Evidence {
  return {
    fact: 'ipsReferral',
    says: team === undefined ? 'referral to IPS' : `referral to ${team.name}`,
    ...(date === undefined ? {} : { date }),
    source,
    resource: `ServiceRequest/${sourceId}`,
  };
}
