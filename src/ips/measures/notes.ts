// What the measures read of progress notes: the one place that does. A note says that a specialist wrote something down;
// it is no contact in the national sense (MHSDS), and the report says so wherever a number comes from here.
import type { PersonRecord } from '../../record/person.ts';
import { currentRows } from '../../record/person.ts';
import { localDate } from '../../time.ts';
import { consentStood } from '../notes/disclosure.ts';
import { noteDetails } from '../notes/document.ts';
import { notesFeed } from '../notes/identity.ts';

export interface NoteCounts {
  /** Notes of any kind; the versions of one note count once. */
  readonly notes: number;
  /** Notes of a contact that say that the person was seen. */
  readonly contacts: number;
  /** Notes of an employer contact that named the person, without a consent to it on record for that day. */
  readonly withoutConsent: number;
}

/** Notes as they stood at `at`: the newest version of each, without those entered in error. */
export function noteCounts(record: PersonRecord, at: Date, zone: string): NoteCounts {
  const then = { ...record, rows: record.rows.filter((row) => row.at <= at) };
  const notes = currentRows(then, 'DocumentReference')
    .filter(({ source, resource }) => source === notesFeed && resource.status === 'current')
    .flatMap(({ resource }) => noteDetails(resource) ?? []);
  const dayOf = (date: string): string => (date.includes('T') ? localDate(new Date(date), zone) : date);
  return {
    notes: notes.length,
    contacts: notes.filter(({ kind, attended }) => kind === 'contact' && attended === 'seen').length,
    withoutConsent: notes.filter(
      ({ kind, date, personIdentifiedToEmployer }) =>
        kind === 'employer-contact' &&
        personIdentifiedToEmployer === 'yes' &&
        !consentStood(then, dayOf(date)),
    ).length,
  };
}
