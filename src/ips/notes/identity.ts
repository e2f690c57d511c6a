// What a progress note is called, everywhere: the source of its rows in the record, the key of its effect, and the key
// of each version, from which its FHIR identifier and its HL7v2 document number (TXA-12) are made.

/** The source of notes in the record, and their lane in the inbox: no feed may be called so. */
export const notesFeed = 'ips-notes';

/** The rule that the effects of notes carry. */
export const noteRule = 'progress-note';

/** The key of a note's effect: an amendment and a withdrawal are its next revisions. */
export function noteKey(id: string): string {
  return `note/${id}`;
}

/** The key of one version, and its `sourceId` in the record: `urnOf` it is the identifier that the EPR gets. */
export function noteVersionKey({ id, version }: { readonly id: string; readonly version: number }): string {
  return `note/${id}/${version}`;
}
