// What a listener hands to receive, and what it gets back. A receipt of kind `stored` or `duplicate` means that the
// row is on disk (fsynced); nothing else may be acknowledged positively.

import type { Insertion, NewMessage } from '../store/inbox.ts';

/** One message as it came, with what the header peek found. */
export type Arrival = NewMessage;

export type Receipt =
  | Insertion
  /** Nothing is stored. `retryAfter` in seconds. */
  | {
      readonly outcome: 'not-stored';
      readonly reason: 'storage-failed' | 'full' | 'stopping';
      readonly retryAfter: number;
    };

/** A message that we refuse (AR, CR): kept by itself for people to look at, never queued. */
export interface Refusal {
  readonly feed: string;
  readonly peer: string;
  readonly kind: string;
  readonly where: string;
  readonly body: Buffer;
  readonly at: Date;
}

export type Receive = (arrival: Arrival) => Promise<Receipt>;
export type Refuse = (refusal: Refusal) => Promise<void>;

/** How the processing of a stored row ended, for whoever waits to send an application acknowledgement. */
export type ProcessedOutcome = 'processed' | 'held';
