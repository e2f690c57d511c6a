// Which ADT events say who is who (HL7 table 0003; v2.5.1 §3.3). One that has no map must not pass as unused: the
// record would go on under a wrong identity. So it is refused, and process holds it until somebody decides.

/** Event → what it does, for people. */
export const identityEvents: ReadonlyMap<string, string> = new Map([
  ['A18', 'merges two patients'],
  ['A23', 'deletes a patient record'],
  ['A24', 'links two patients'],
  ['A29', 'deletes a person'],
  ['A30', 'merges two persons'],
  ['A34', 'merges two patients'],
  ['A35', 'merges two accounts'],
  ['A36', 'merges two patients and accounts'],
  ['A37', 'unlinks two patients'],
  ['A39', 'merges two persons'],
  ['A40', 'merges two patients'],
  ['A41', 'merges two accounts'],
  ['A42', 'merges two visits'],
  ['A43', 'moves a patient identifier'],
  ['A44', 'moves an account'],
  ['A45', 'moves a visit'],
  ['A46', 'changes a patient id'],
  ['A47', 'changes a patient identifier'],
  ['A48', 'changes an alternate patient id'],
  ['A49', 'changes an account number'],
  ['A50', 'changes a visit number'],
  ['A51', 'changes an alternate visit id'],
]);

/** What an ADT's MSH-9.2 can look like. */
export function isTrigger(trigger: string): boolean {
  return /^[A-Z]\d\d$/.test(trigger);
}

/** Whether an ADT of this trigger event says who is who, or may: behind a misspelt one there may be a merge. */
export function mayChangeIdentity(trigger: string): boolean {
  return identityEvents.has(trigger) || !isTrigger(trigger);
}
