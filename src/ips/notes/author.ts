// Who may author a note: whoever codes/staff.csv has in a post on the day of the contact. A trust that keeps no such
// table refuses nobody. A withdrawal is never refused: what was written by mistake must go, whoever is left to say so.
import { BridgeError } from '../../errors.ts';
import type { StaffTable } from '../../mapping/staff.ts';
import { localDate } from '../../time.ts';
import type { ProgressNote } from './schema.ts';

/** @throws BridgeError `identity/unknown-author`, `identity/author-not-in-post`: the note is held until the table is right */
export function checkAuthor({ author, date }: ProgressNote, staff: StaffTable, zone: string): void {
  if (!staff.isKept) return;
  const day = date.includes('T') ? localDate(new Date(date), zone) : date;
  switch (staff.standingOf(author, day)) {
    case 'in-post':
      return;
    case 'unknown':
      throw new BridgeError('identity/unknown-author', 'codes/staff.csv has nobody of this staff number and system; add a row, restart and replay it', { where: 'author' }); // prettier-ignore
    case 'not-in-post':
      throw new BridgeError('identity/author-not-in-post', 'codes/staff.csv has this author in no post on the day of the contact; mend from and to, restart and replay it', { where: 'author' }); // prettier-ignore
  }
}
