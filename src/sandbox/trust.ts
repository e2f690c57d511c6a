// What the synthetic trust's EPR holds before the first message comes: the same people, staff and teams that its
// messages speak of, as FHIR R4 resources.
import type { CareTeam, Patient, Practitioner, PractitionerRole, Resource } from '@medplum/fhirtypes';
import { extensions, systems } from '../fhir/systems.ts';
import type { Team } from '../mapping/codes.ts';
import { fhirDate } from './calendar.ts';
import { specialists } from './specialists.ts';
import type { Specialist } from './specialists.ts';
import type { Coordinator, SyntheticPerson } from './people.ts';

/** The invented trust; the code is not an ODS code in use. */
export const trust = {
  ods: 'RZZ',
  patient: 'https://rzz.example/Id/patient',
  staff: 'https://rzz.example/Id/staff',
  team: 'https://rzz.example/Id/team',
} as const;

const genders = { '0': 'unknown', '1': 'male', '2': 'female', '9': 'other' } as const;

function eprPatient(person: SyntheticPerson): Patient {
  const local = { system: trust.patient, value: person.localNumber };
  const nhs =
    person.nhsNumber === undefined
      ? []
      : [
          {
            system: systems.nhsNumber,
            value: person.nhsNumber,
            extension: [
              {
                url: extensions.nhsNumberVerification,
                valueCodeableConcept: {
                  coding: [{ system: systems.nhsNumberVerification, code: person.nhsNumberStatus }],
                },
              },
            ],
          },
        ];
  return {
    resourceType: 'Patient',
    active: true,
    identifier: [local, ...nhs],
    name: [{ use: 'official', family: person.family, given: [person.given] }],
    gender: genders[person.sex],
    birthDate: fhirDate(person.birthDate),
  };
}

function practitionerRole(id: string, display: string, ended?: string): PractitionerRole {
  return {
    resourceType: 'PractitionerRole',
    active: ended === undefined,
    identifier: [{ system: trust.staff, value: id }],
    practitioner: { identifier: { system: trust.staff, value: id }, display },
    code: [{ text: 'Care co-ordinator' }],
    ...(ended === undefined ? {} : { period: { end: fhirDate(ended) } }),
  };
}

function practitioner({ id, name }: Specialist): Practitioner {
  return {
    resourceType: 'Practitioner',
    active: true,
    identifier: [{ system: trust.staff, value: id }],
    name: [{ text: name }],
  };
}

function careTeam(id: string, name: string): CareTeam {
  return {
    resourceType: 'CareTeam',
    status: 'active',
    identifier: [{ system: trust.team, value: id }],
    name,
  };
}

/** Everything the EPR starts with. */
export function eprResources(
  people: readonly SyntheticPerson[],
  coordinators: readonly Coordinator[],
  teams: readonly Team[],
): Resource[] {
  const known = new Set(coordinators.map(({ id }) => id));
  const champions = new Set(
    teams.flatMap(({ champion }) => (champion === undefined || known.has(champion) ? [] : [champion])),
  );
  return [
    ...people.map(eprPatient),
    ...coordinators.map((one) => practitionerRole(one.id, `${one.given} ${one.family}`, one.ended)),
    ...[...champions].map((id) => practitionerRole(id, 'Employment champion')),
    ...specialists.map(practitioner),
    ...teams.map((team) => careTeam(team.id, team.name)),
    ...teams.flatMap(({ dutyQueue, name }) =>
      dutyQueue === undefined ? [] : [careTeam(dutyQueue, `${name}: duty queue`)],
    ),
  ];
}
