// PID, AIP, AIG and AIL → Appointment.participant (v2-to-FHIR guide, AIP[Appointment], AIG[Appointment],
// AIL[Appointment], PID[Appointment]; HL7 v2.5.1 §10.6.4-7): the person, who meets them, and for which team. Whoever
// booked or entered it (SCH-12, SCH-16, SCH-20), rooms and equipment are not taken.
import type { AppointmentParticipant, Practitioner, Reference } from '@medplum/fhirtypes';
import { segmentsNamed } from '../../hl7v2/message.ts';
import type { Segment } from '../../hl7v2/message.ts';
import { lookUp } from '../conversion.ts';
import type { Context, RowOptions } from '../conversion.ts';
import { textOf } from '../field.ts';
import type { Field } from '../field.ts';
import { personKeys } from './cx-identifier.ts';
import { plTeam, teamReference } from './pl-location.ts';
import { xcnPractitioner } from './xcn-practitioner.ts';

type Status = AppointmentParticipant['status'];

/** Where a segment says who or what takes part, its filler status, and how it is read. */
const resources = [
  { segment: 'AIP', who: 3, status: 12, read: (field: Field, context: Context) => practitioner(field, context) },
  { segment: 'AIG', who: 3, status: 14, read: (field: Field, context: Context) => teamReference(textOf(field), context) },
  { segment: 'AIL', who: 3, status: 12, read: plTeam },
] as const; // prettier-ignore

/**
 * `appointment-participants` (PID-3, AIP-3, AIG-3, AIL-3): everybody whom the message names. A message that has no AIP,
 * AIG or AIL says nothing of who takes part.
 */
export function appointmentParticipants(
  [person]: readonly Field[],
  context: Context,
  options: RowOptions,
): readonly AppointmentParticipant[] | undefined {
  if (person === undefined) return undefined;
  const { message } = person.segment;
  const listed = resources.flatMap((kind) =>
    segmentsNamed(message, kind.segment).map((segment) => ({ kind, segment })),
  );
  if (listed.length === 0) return undefined;
  const participants = listed.flatMap(({ kind, segment }): AppointmentParticipant[] => {
    if (isRemoved(segment)) return [];
    const actor = kind.read(fieldOf(segment, kind.who), context);
    return actor === undefined
      ? []
      : [{ actor, status: statusOf(fieldOf(segment, kind.status), context, options) }];
  });
  const [key] = personKeys(person, context.authorities);
  const self: AppointmentParticipant[] =
    key === undefined ? [] : [{ actor: { type: 'Patient', identifier: { ...key } }, status: 'needs-action' }];
  return distinct([...self, ...participants]);
}

function practitioner(field: Field, context: Context): Reference<Practitioner> | undefined {
  const { identifier, display } = xcnPractitioner([field], context) ?? {};
  if (identifier === undefined) return undefined;
  return { type: 'Practitioner', identifier, ...(display === undefined ? {} : { display }) };
}

/** AIP-2, AIG-2, AIL-2 (HL7 table 0206): taken off the appointment. */
function isRemoved(segment: Segment): boolean {
  return textOf(fieldOf(segment, 2)) === 'D';
}

/** What the table says of the filler status; `needs-action` where nobody has said whether they come. */
function statusOf(field: Field, context: Context, { codes }: RowOptions): Status {
  const coded = codes === undefined ? undefined : lookUp(field, codes, context);
  const value = coded?.state === 'known' ? coded.value : undefined;
  return statuses.find((status) => status === value) ?? 'needs-action';
}

const statuses = ['accepted', 'declined', 'tentative', 'needs-action'] as const;

function fieldOf(segment: Segment, number: number): Field {
  return { segment, number, component: undefined, repetition: undefined };
}

/** A team that stands in AIG and AIL takes part once. */
function distinct(participants: readonly AppointmentParticipant[]): readonly AppointmentParticipant[] {
  const keyOf = ({ type, identifier }: Reference): string =>
    `${type ?? ''}|${identifier?.system ?? ''}|${identifier?.value ?? ''}`;
  return [...new Map(participants.map((one) => [keyOf(one.actor ?? {}), one])).values()];
}
