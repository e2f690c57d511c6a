// What has become of a note, as its writer may see it: each write with its state, and where it was filed. Nothing of the
// note itself: whoever asks has it.
import type { Finding } from '../errors.ts';
import type { NoteEffect, NoteWrite } from '../store/notes.ts';

/** What the writer of a note may know of one destination. */
interface DestinationState {
  readonly destination: string;
  /**
   * waiting, sending · in-doubt: it may be there, and is being asked about · queued: an integration engine has it, which
   * does not mean that anybody can read it · delivered: the destination says that it has filed it · read-back: it stands in the record there · observed: decided, and not sent because nothing is live there · held:
   * a person must look at it · superseded, cancelled: it was never sent, and will not be.
   */
  readonly state: 'waiting' | 'sending' | 'in-doubt' | 'queued' | 'delivered' | 'read-back' | 'observed' | 'held' | 'superseded' | 'cancelled'; // prettier-ignore
  readonly at?: string;
  readonly problem?: { readonly kind: string; readonly message: string };
}

interface WriteState {
  readonly write: 'created' | 'amended' | 'entered-in-error';
  readonly received: string;
  /** The number of the version that it became, once it is on the record. */
  readonly version?: number;
  /**
   * received: on disk · held: a person must look at it · given-up: an operator has set it aside, with a reason ·
   * not-filed: a later write made it pointless · filed: on the record and on its way to the destinations · filed-nowhere:
   * on the record, and no destination carries notes · withdrawn: marked as entered in error.
   */
  readonly state: 'received' | 'held' | 'given-up' | 'not-filed' | 'filed' | 'filed-nowhere' | 'withdrawn';
  readonly problem?: { readonly kind: string; readonly message: string };
  readonly reason?: string;
  readonly findings: readonly Finding[];
  readonly destinations: readonly DestinationState[];
}

/** The states of a note's writes, oldest first. */
export function writeStates(
  writes: readonly NoteWrite[],
  effects: readonly NoteEffect[],
  queueing: ReadonlySet<string>,
): WriteState[] {
  let versions = 0;
  return writes.map((write) => {
    const kind = kindOf(write.event);
    const isFiled = write.state === 'processed' && write.outcome === 'used' && kind !== 'entered-in-error';
    if (isFiled) versions += 1;
    const destinations = effects
      .filter(({ inboxRow }) => inboxRow === write.row)
      .map((effect) => destinationState(effect, queueing));
    return {
      write: kind,
      received: write.receivedAt.toISOString(),
      ...(isFiled ? { version: versions } : {}),
      state: stateOf(write, kind, destinations.length),
      ...(write.state === 'held' && write.failure !== null ? { problem: write.failure } : {}),
      ...(write.outcome === 'unused' && write.unusedReason !== null ? { reason: write.unusedReason } : {}),
      findings: write.state === 'processed' ? write.findings : [],
      destinations,
    };
  });
}

function kindOf(event: string): WriteState['write'] {
  if (event === 'NOTE^withdraw') return 'entered-in-error';
  return event === 'NOTE^amend' ? 'amended' : 'created';
}

function stateOf(write: NoteWrite, kind: WriteState['write'], destinations: number): WriteState['state'] {
  if (write.state === 'received' || write.state === 'held') return write.state;
  if (write.state === 'skipped') return 'given-up';
  if (write.outcome === 'unused') return 'not-filed';
  if (kind === 'entered-in-error') return 'withdrawn';
  return destinations === 0 ? 'filed-nowhere' : 'filed';
}

const names = {
  pending: 'waiting',
  sending: 'sending',
  ambiguous: 'in-doubt',
  observed: 'observed',
  superseded: 'superseded',
  cancelled: 'cancelled',
} as const;

function destinationState(effect: NoteEffect, queueing: ReadonlySet<string>): DestinationState {
  const { destination, state, confirmedAt, failure } = effect;
  if (state === 'held') return { destination, state, ...(failure === null ? {} : { problem: failure }) };
  if (state !== 'delivered') return { destination, state: names[state] };
  if (confirmedAt !== null) return { destination, state: 'read-back', at: confirmedAt.toISOString() };
  return { destination, state: queueing.has(destination) ? 'queued' : 'delivered' };
}
