// Messages that say who is who, about invented people: the segments of ADT with the numbers of people and of visits.
import { adt, identityMessage, testPerson } from './epr-messages.ts';
import type { TestPerson } from './epr-messages.ts';

export const pid = ({ local, family, birthDate }: TestPerson): string =>
  `PID|1||${local}^^^RZZ^PI||${family}^Amara^^^^^L||${birthDate}|2`;
export const mrg = ({ local }: TestPerson, visit = ''): string => `MRG|${local}^^^RZZ^PI||||${visit}`;
export const pv1 = (visit: string, ...rest: readonly [string?, string?]): string =>
  `PV1|1|I|${'|'.repeat(16)}${visit}${'|'.repeat(25)}${rest.join('|')}`;

/** A stay as an update tells of it, from a day to a day. */
export const stay = (
  person: TestPerson,
  controlId: string,
  visit: string,
  from = '20260901',
  to = '',
): Buffer =>
  Buffer.from(
    adt(person, { controlId })
      .toString()
      .replace('PV1|1|N', pv1(visit, from, to)),
  );
export const renumber = (controlId: string, from: string, to: string, person = testPerson(1)): Buffer =>
  identityMessage('A50', 'ADT_A50', controlId, pid(person), mrg(person, from), pv1(to));
export const moveVisit = (
  controlId: string,
  from: TestPerson,
  to: TestPerson,
  visit: string,
  now = visit,
): Buffer => identityMessage('A45', 'ADT_A45', controlId, pid(to), mrg(from, visit), pv1(now));
