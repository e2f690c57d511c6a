// What a listener hands to receive, and what it gets back. A receipt of kind `stored` or `duplicate` means that the
// row is on disk (fsynced); nothing else may be acknowledged positively.

/** One message as it came, with what the header peek found. */
export interface Arrival {
  readonly feed: string;
  /** MSH-3 and MSH-4, joined: with the feed, who sent it. */
  readonly sender: string;
  /** MSH-10. */
  readonly controlId: string;
  /** MSH-9.1 and 9.2: `ADT^A08`. */
  readonly event: string;
  readonly body: Buffer;
  readonly receivedAt: Date;
  /** The acknowledgement that will be sent if the row is stored; kept, and sent again for the same bytes. */
  readonly acknowledgement: Buffer | undefined;
}

export type Receipt =
  | { readonly outcome: 'stored'; readonly row: number; readonly reusedControlId: boolean }
  | { readonly outcome: 'duplicate'; readonly row: number; readonly acknowledgement: Buffer | undefined }
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
