// What is written about a contact, as it comes in: strict where the person and the author are concerned, lenient in the rest.
export interface NoteRequest {
  readonly id: string;
}
