// What deliver needs of a destination; implemented in outbound/. Outcomes, not exceptions: the class of a failure
// alone decides whether it is tried again.
import type { ErrorKind } from '../errors.ts';
import type { DocumentReference } from '@medplum/fhirtypes';
import type { Decision, EffectKind, Owner } from '../ips/decision.ts';
import type { Standing } from '../ips/standing.ts';
import type { PersonSummary } from '../record/summary.ts';

export interface DeliveryJob {
  readonly row: number;
  readonly key: string;
  readonly revision: number;
  readonly attempt: number;
  readonly decision: Decision;
  readonly person: PersonSummary;
  /** As the record says now, for destinations that have no EPR to ask (R18). */
  readonly standing: Standing;
  /** Who is asked, where the destination asks somebody and something is to be made. */
  readonly owner?: Owner;
  /**
   * Of `file-note`: that version of the note as the record has it (ips/notes/document.ts says how); it replaces the last
   * version that went out there, if one did. Of its withdrawal: the last version that went out there.
   */
  readonly note?: DocumentReference;
  /** The bytes of an earlier attempt; a retry sends the same ones. */
  readonly frozen?: Buffer;
}

interface Failure {
  readonly kind: ErrorKind;
  /** For people; no patient data. */
  readonly message: string;
}

export type Prepared =
  /** The bytes to freeze and send. */
  | { readonly outcome: 'ready'; readonly bytes: Buffer }
  /** The frozen bytes name somebody who has been merged into another since: to be rendered anew. */
  | { readonly outcome: 'readdressed' }
  /** Nothing is left to do (already accepted in the EPR, never made there). */
  | { readonly outcome: 'nothing-to-do'; readonly message: string }
  /** The person check failed, or nobody can be asked: held, alerted, no write. */
  | ({ readonly outcome: 'refused' } & Failure)
  | ({
      readonly outcome: 'transient';
      readonly retryAfterMs?: number;
      readonly pausesDestination: boolean;
    } & Failure);

export type Delivery =
  | { readonly outcome: 'delivered'; readonly references: readonly string[]; readonly confirmed: boolean }
  | ({
      readonly outcome: 'transient';
      readonly retryAfterMs?: number;
      /** Held after so many failures of its own; as many as for any other effect unless told. */
      readonly maxTries?: number;
      readonly pausesDestination: boolean;
    } & Failure)
  /** It may or may not have been done: asked about before anything is sent again. */
  | ({ readonly outcome: 'ambiguous'; readonly pausesDestination: boolean } & Failure)
  /** Somebody changed the resource in between: read again, decide again as the next revision. */
  | ({ readonly outcome: 'stale' } & Failure)
  /** Not to be tried again; `inDoubt` where something of it stands there, so that it has to be taken back. */
  | ({ readonly outcome: 'permanent'; readonly inDoubt?: true } & Failure);

export type Answer =
  /** Read back, unless `confirmed` says that it is there but could not be compared with what was sent. */
  | { readonly outcome: 'landed'; readonly references: readonly string[]; readonly confirmed?: false }
  /** To be sent again; `inDoubt` where nobody can tell whether it is there, and the same bytes again do no harm. */
  | { readonly outcome: 'not-landed'; readonly inDoubt?: true }
  | ({ readonly outcome: 'unclear' } & Failure)
  | ({
      readonly outcome: 'transient';
      readonly retryAfterMs?: number;
      readonly pausesDestination: boolean;
    } & Failure);

export interface Destination {
  readonly id: string;
  /** Whether an effect of this kind needs somebody who is asked; without one it is held. */
  asks(effect: EffectKind): boolean;
  /** Person check, references, rendering. Reads only. */
  prepare(job: DeliveryJob, signal: AbortSignal): Promise<Prepared>;
  /** Sends exactly these bytes, once. */
  send(job: DeliveryJob, bytes: Buffer, signal: AbortSignal): Promise<Delivery>;
  /** Asks whether an earlier send took effect. */
  ask(job: DeliveryJob, bytes: Buffer, signal: AbortSignal): Promise<Answer>;
  /** Lets go of connections, where it keeps any; after that nothing is asked of it. */
  readonly close?: () => Promise<void>;
}
