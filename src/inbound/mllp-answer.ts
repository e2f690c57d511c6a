// What becomes of one message from an MLLP connection: refused, stored, answered from store, or not stored; and the
// bytes that tell the sender so (design: HL7v2 acknowledgements). Content is never a reason to refuse.
import { asBridgeError } from '../errors.ts';
import type { ErrorKind } from '../errors.ts';
import { acknowledge, wanted } from '../hl7v2/acknowledgement.ts';
import type {
  AcknowledgedError,
  AcknowledgementCode,
  ConditionCode,
  Wanted,
} from '../hl7v2/acknowledgement.ts';
import { eventOf, peekHeader } from '../hl7v2/header.ts';
import type { Header } from '../hl7v2/header.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { ProcessedOutcome, Receipt, Receive, Refuse } from '../pipeline/arrival.ts';
import type { MllpSettings } from './mllp-settings.ts';

export interface MllpDeps {
  readonly receive: Receive;
  /** Rejects where the refused message could not be kept: then it is not answered AR or CR either. */
  readonly refuse: Refuse;
  /**
   * Resolves when a stored row has been processed or held, at once where it already is; only asked where a sender
   * wants an application acknowledgement. `signal` ends the wait (the connection has gone); it may then reject.
   */
  readonly processed: (row: number, signal: AbortSignal) => Promise<ProcessedOutcome>;
  /** False while nothing can be stored: new connections are refused meanwhile. */
  readonly ready: () => boolean;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly now: () => Date;
  /** MSH-10 of an acknowledgement: unique, at most 20 characters. */
  readonly newControlId: () => string;
}

export interface MllpFeed {
  readonly feed: string;
  readonly settings: MllpSettings;
  readonly deps: MllpDeps;
}

export interface ReceivedMessage {
  readonly body: Buffer;
  readonly receivedAt: Date;
  readonly peer: string;
}

/** An application acknowledgement that the sender waits for. */
export interface Awaited {
  readonly row: number;
  acknowledgementOf(outcome: ProcessedOutcome): Buffer | undefined;
}

export type Answer =
  /** `reply` goes out now (undefined: none was asked for), `awaited` after processing. */
  | { readonly outcome: 'answered'; readonly reply: Buffer | undefined; readonly awaited?: Awaited }
  /** Nothing was stored and nothing may be acknowledged. */
  | { readonly outcome: 'close' };

/** Never throws: what fails unexpectedly is a message that was not stored. */
export async function answerMessage(feed: MllpFeed, message: ReceivedMessage): Promise<Answer> {
  const { settings, deps } = feed;
  let header: Header;
  try {
    header = peekHeader(message.body, settings);
  } catch (thrown) {
    const { kind, where = 'MSH', message: text } = asBridgeError(thrown, 'parse/not-hl7v2');
    return refuseMessage(feed, message, undefined, { kind, where, code: unreadableCode(kind), text });
  }
  const fault = faultOf(header, settings);
  if (fault !== undefined) return refuseMessage(feed, message, header, fault);

  const wants = wanted(header, settings.acknowledge);
  const acknowledgement = wants.stored && build(feed, header, wants.stored);
  let receipt: Receipt;
  try {
    receipt = await deps.receive({
      feed: feed.feed,
      sender: `${header.sendingApplication}|${header.sendingFacility}`,
      controlId: header.controlId,
      event: eventOf(header),
      body: message.body,
      receivedAt: message.receivedAt,
      acknowledgement,
    });
  } catch (thrown) {
    deps.log.error('message-not-received', { feed: feed.feed, peer: message.peer }, thrown);
    return notStored(feed, header, wants);
  }
  if (receipt.outcome === 'not-stored') return notStored(feed, header, wants);

  const reply = receipt.outcome === 'duplicate' ? receipt.acknowledgement : acknowledgement;
  if (wants.processed === undefined && wants.held === undefined) return { outcome: 'answered', reply };
  const { row } = receipt;
  return { outcome: 'answered', reply, awaited: { row, acknowledgementOf: later(feed, header, wants) } };
}

interface Fault {
  readonly kind: ErrorKind;
  readonly where: string;
  readonly code: ConditionCode;
  readonly text: string;
}

/** Why a readable message is refused, if it is: without MSH-10 nothing could be acknowledged or told apart. */
function faultOf(header: Header, settings: MllpSettings): Fault | undefined {
  if (header.messageCode === 'ACK') {
    return {
      kind: 'unsupported/acknowledgement',
      where: 'MSH-9',
      code: '100',
      text: 'an acknowledgement was not expected here',
    };
  }
  if (header.controlId.trim() === '') {
    return { kind: 'field/missing-control-id', where: 'MSH-10', code: '101', text: 'MSH-10 is missing' };
  }
  const application = matching(header, header.sendingApplication);
  const facility = matching(header, header.sendingFacility);
  const allowed = settings.senders.filter((sender) => application(sender.application));
  if (!allowed.some((sender) => facility(sender.facility))) {
    const where = allowed.length === 0 ? 'MSH-3' : 'MSH-4';
    return {
      kind: 'identity/unknown-sender',
      where,
      code: '103',
      text: `the sender (${where}) is not allowed on this feed`,
    };
  }
  if (!settings.processingIds.includes(header.processingId)) {
    return {
      kind: 'unsupported/processing-id',
      where: 'MSH-11',
      code: '202',
      text: 'this processing id is not allowed on this feed',
    };
  }
  return undefined;
}

function matching(header: Header, sent: string): (allowed: string) => boolean {
  const first = sent.split(header.separators.component, 1)[0];
  return (allowed) => allowed === '*' || allowed === sent || allowed === first;
}

function unreadableCode(kind: ErrorKind): ConditionCode {
  return kind === 'parse/encoding-characters' ? '102' : '100';
}

/** The raw bytes are kept first: a refusal that leaves no trace would lose a message. */
async function refuseMessage(
  feed: MllpFeed,
  message: ReceivedMessage,
  header: Header | undefined,
  fault: Fault,
): Promise<Answer> {
  const { deps, settings } = feed;
  const wants = wanted(header, settings.acknowledge);
  try {
    const { kind, where } = fault;
    const { peer, body, receivedAt } = message;
    await deps.refuse({ feed: feed.feed, peer, kind, where, body, at: receivedAt });
  } catch (thrown) {
    deps.log.error('refusal-not-kept', { feed: feed.feed, peer: message.peer }, thrown);
    return notStored(feed, header, wants);
  }
  deps.log.warn('message-refused', {
    feed: feed.feed,
    peer: message.peer,
    kind: fault.kind,
    where: fault.where,
    bytes: message.body.length,
    ...(header === undefined ? {} : { sender: senderForLog(header) }),
  });
  // Answering an acknowledgement would make two machines answer each other for ever.
  if (wants.refused === undefined || header?.messageCode === 'ACK') {
    return { outcome: 'answered', reply: undefined };
  }
  const { where, code, text } = fault;
  return { outcome: 'answered', reply: build(feed, header, wants.refused, { where, code, text }) };
}

function senderForLog(header: Header): string {
  return `${header.sendingApplication}|${header.sendingFacility}`.slice(0, 100);
}

const notStoredError: AcknowledgedError = {
  where: 'MSH',
  code: '207',
  text: 'the message could not be stored; send it again later',
};

function notStored(feed: MllpFeed, header: Header | undefined, wants: Wanted): Answer {
  const { onStorageFailure } = feed.settings;
  // A sender that asked for no such answer would take silence for success: only closing tells it otherwise.
  if (onStorageFailure === 'close' || wants.failed === undefined) return { outcome: 'close' };
  const isError = onStorageFailure === 'AE';
  const code = wants.failed === 'accept' ? (isError ? 'CE' : 'CR') : onStorageFailure;
  return { outcome: 'answered', reply: build(feed, header, code, notStoredError) };
}

const heldError: AcknowledgedError = {
  where: 'MSH',
  code: '207',
  text: 'stored, and held for a person to look at; do not send it again',
};

function later(feed: MllpFeed, header: Header, wants: Wanted): Awaited['acknowledgementOf'] {
  return (outcome) => {
    if (outcome === 'processed') return wants.processed && build(feed, header, wants.processed);
    return wants.held && build(feed, header, wants.held, heldError);
  };
}

function build(
  feed: MllpFeed,
  header: Header | undefined,
  code: AcknowledgementCode,
  error?: AcknowledgedError,
): Buffer {
  const { deps, settings } = feed;
  return acknowledge(header, {
    code,
    controlId: deps.newControlId(),
    now: deps.now(),
    zone: settings.zone,
    ...(error === undefined ? {} : { error }),
  });
}
