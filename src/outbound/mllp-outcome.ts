// What follows from how a message fared, by class alone (R21; HL7 v2.5.1 §2.9.2, table 0357 for ERR). Only silence and
// connection failures are the destination's and may pause it; a refusal is the message's own. Pure.
import type { ErrorKind } from '../errors.ts';
import type { Delivery } from '../pipeline/destination.ts';
import type { SendOutcome } from './mllp-client.ts';

/** A message's own refusals that may pass; then it is held for a person to look at. */
const maxTries = 5;

/** What is wrong with the message itself, and will be wrong with it the next time too. */
const ofTheMessage: ReadonlySet<string> = new Set([
  '100', '101', '102', '103', '200', '201', '202', '203', '204',
]); // prettier-ignore
/** Locked or broken at the moment, by no fault of the message. */
const passing: ReadonlySet<string> = new Set(['206', '207']);
const duplicate = '205';

export type Attempted =
  | SendOutcome
  /** No connection could be made. */
  | { readonly outcome: 'not-connected'; readonly message: string };

/** @param isRepeat these very bytes may have been sent before */
export function deliveryOf(attempted: Attempted, controlId: string, isRepeat: boolean): Delivery {
  switch (attempted.outcome) {
    case 'acknowledged':
      return ofAcknowledgement(attempted, controlId, isRepeat);
    case 'not-connected':
      return transient('delivery/not-connected', attempted.message, true);
    case 'closed':
      return attempted.sent
        ? ambiguous('the connection ended after it was sent and before it was acknowledged')
        : transient('delivery/not-connected', 'the connection ended before it was sent', true);
    case 'no-reply':
    case 'not-expected':
      return ambiguous('it was sent, and not acknowledged in time');
  }
}

function ofAcknowledgement(
  { code, conditions }: Extract<SendOutcome, { outcome: 'acknowledged' }>,
  controlId: string,
  isRepeat: boolean,
): Delivery {
  const delivered = { outcome: 'delivered', references: [`MDM/${controlId}`], confirmed: false } as const;
  if (code === 'AA' || code === 'CA') return delivered;
  if (isRepeat && conditions.includes(duplicate)) return delivered;
  const kind: ErrorKind = ['AE', 'AR', 'CE', 'CR'].includes(code) ? `delivery/ack-${code}` : 'delivery/ack';
  // Codes only: what the receiver says in words may quote the message.
  const known = conditions.filter((condition) => /^\d{1,5}$/.test(condition));
  const why = known.length === 0 ? '' : ` with error ${known.join(', ')}`;
  if (kind === 'delivery/ack') {
    return ambiguous('the answer is none of AA, CA, AE, CE, AR and CR');
  }
  const message = `the receiver answered ${code}${why}`;
  const mayPass =
    code === 'CE' ||
    (conditions.some((condition) => passing.has(condition)) &&
      !conditions.some((condition) => ofTheMessage.has(condition))) ||
    (code === 'AE' && conditions.length === 0);
  return mayPass ? transient(kind, message, false) : { outcome: 'permanent', kind, message };
}

function transient(kind: ErrorKind, message: string, pausesDestination: boolean): Delivery {
  return { outcome: 'transient', kind, message, pausesDestination, maxTries };
}

function ambiguous(message: string): Delivery {
  return { outcome: 'ambiguous', kind: 'delivery/no-acknowledgement', message, pausesDestination: true };
}
