// Disclosure to employers, as the person decided it: a FHIR R4 Consent for each note that states it (consent.html), and
// whether a consent stood on a given day. A decision of the person's, never inferred: nothing on record means no.
import type { Consent, DocumentReference } from '@medplum/fhirtypes';
import { extensions, systems } from '../../fhir/systems.ts';
import { currentRows } from '../../record/person.ts';
import type { PersonRecord } from '../../record/person.ts';
import { notesFeed } from './identity.ts';
import type { DisclosureStatement } from './schema.ts';

/** The `sourceId` of what one note states about disclosure: an amendment restates it. */
export function disclosureSourceId(noteId: string): string {
  return `disclosure/${noteId}`;
}

/** The statement as a Consent, its source the note's version. */
export function disclosureConsent(statement: DisclosureStatement, note: DocumentReference): Consent {
  const { mayApproachEmployers, mayBeSaid, on, withdrawn } = statement;
  const [identifier] = note.identifier ?? [];
  return {
    resourceType: 'Consent',
    ...(mayBeSaid === undefined
      ? {}
      : { extension: [{ url: extensions.mayBeSaid, valueString: mayBeSaid }] }),
    status: withdrawn === undefined ? 'active' : 'inactive',
    scope: { coding: [{ system: systems.consentScope, code: 'patient-privacy' }] },
    category: [
      {
        coding: [{ system: systems.consentCategory, code: 'disclosure-to-employers' }],
        text: 'May the employment specialist approach employers for the person',
      },
    ],
    ...(note.subject?.identifier === undefined
      ? {}
      : { patient: { type: 'Patient', identifier: note.subject.identifier } }),
    dateTime: on,
    ...(identifier === undefined ? {} : { sourceReference: { type: 'DocumentReference', identifier } }),
    policyRule: { text: 'The person decides what employers learn, and may withdraw it at any time' },
    provision: {
      type: mayApproachEmployers === 'yes' ? 'permit' : 'deny',
      period: { start: on, ...(withdrawn === undefined ? {} : { end: withdrawn }) },
    },
  };
}

/**
 * Whether the person's consent stood on this day (YYYY-MM-DD): the last thing said up to that day was yes. A "no" and a
 * withdrawal count from their day on; of one day, what was stated later counts.
 */
export function consentStood(record: PersonRecord, day: string): boolean {
  const said = currentRows(record, 'Consent')
    .filter(({ source }) => source === notesFeed)
    .toSorted((one, other) => one.at.getTime() - other.at.getTime() || one.id - other.id)
    .flatMap(({ resource: { provision } }) => {
      const { start, end } = provision?.period ?? {};
      return [
        ...(start === undefined ? [] : [{ on: start, yes: provision?.type === 'permit' }]),
        ...(end === undefined ? [] : [{ on: end, yes: false }]),
      ];
    })
    .filter(({ on }) => on <= day)
    .toSorted((one, other) => (one.on === other.on ? 0 : one.on < other.on ? -1 : 1));
  return said.at(-1)?.yes === true;
}
