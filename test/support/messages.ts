// Invented messages for tests of the store and the intake: only what a header peek would have found.
import type { NewMessage } from '../../src/store/inbox.ts';

/** One message; whatever is not given is the same each time. */
export function message(controlId: string, text = controlId, given: Partial<NewMessage> = {}): NewMessage {
  return {
    feed: 'rio',
    sender: 'RIO|RZZ',
    controlId,
    event: 'ADT^A08',
    body: Buffer.from(`MSH|^~\\&|RIO|RZZ|||20260102||ADT^A08|${controlId}|P|2.4\r${text}\r`),
    receivedAt: new Date('2026-01-02T09:00:00Z'),
    acknowledgement: Buffer.from(`MSA|AA|${controlId}`),
    ...given,
  };
}
