// A client who works for the trust itself: their colleagues read this record. Their employer's name is taken out of
// everything that is written of such a note, and the note gets the most restricted label (domain.md section 1).
import type { ProgressNote } from './schema.ts';

/** Whether the employer that the note is about is the trust whose record it goes to. */
export function isRestricted(note: ProgressNote): boolean {
  return note.kind === 'employer-contact' && note.employer?.isThisTrust === true;
}

/** The note without its employer's name, where that is the trust; any other note as it is. */
export function withoutEmployer(note: ProgressNote): ProgressNote {
  if (note.kind !== 'employer-contact' || note.employer?.isThisTrust !== true) return note;
  const name = wordsOf(note.employer.name);
  const hide = (text: string): string => text.replace(name, '[employer]');
  const { text, team, disclosure } = note;
  return {
    ...note,
    employer: { ...note.employer, name: '[employer]' },
    summary: hide(note.summary),
    ...(text === undefined ? {} : { text: hide(text) }),
    ...(team === undefined ? {} : { team: hide(team) }),
    ...(disclosure?.mayBeSaid === undefined
      ? {}
      : { disclosure: { ...disclosure, mayBeSaid: hide(disclosure.mayBeSaid) } }),
  };
}

/** The name as a whole, in any case, with any white space between its words. */
function wordsOf(name: string): RegExp {
  const words = name.split(/\s+/u).map((word) => word.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'));
  return new RegExp(`(?<![\\p{L}\\p{N}])${words.join('\\s+')}(?![\\p{L}\\p{N}])`, 'giu');
}
