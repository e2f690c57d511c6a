// An MLLP client: sends messages on one connection and matches each acknowledgement to its message by MSA-2 (HL7
// v2.5.1 §2.9.2). An acknowledgement of something else is passed over, and after silence the connection is given up,
// so that a late acknowledgement can never be taken for that of the next message.
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { BridgeError, errorCode } from '../errors.ts';
import { wanted } from '../hl7v2/acknowledgement.ts';
import { decodeText } from '../hl7v2/escape.ts';
import { createFramer, frame } from '../hl7v2/framing.ts';
import { peekHeader } from '../hl7v2/header.ts';
import type { Header } from '../hl7v2/header.ts';
import { readAcknowledgement } from './mllp-reply.ts';
import type { Reply } from './mllp-reply.ts';

interface MllpAddress {
  readonly host: string;
  readonly port: number;
}

export interface MllpClientOptions extends MllpAddress {
  /** Longest wait for one acknowledgement; 30 s unless given. */
  readonly timeoutMs?: number;
  /** Longest wait for the connection; 10 s unless given. */
  readonly connectTimeoutMs?: number;
  /** Messages in flight at once; 1 unless given, as most receivers expect. */
  readonly window?: number;
  /** Ends the connection; what is in flight then is `closed`. */
  readonly signal?: AbortSignal;
}

export type SendOutcome = { readonly controlId: string } & (
  | {
      readonly outcome: 'acknowledged';
      readonly code: string;
      /** Codes of HL7 table 0357, where it says what is wrong. */
      readonly conditions: readonly string[];
      readonly text?: string;
      readonly raw: Buffer;
    }
  /** Sent, and silence since: it may or may not have arrived. */
  | { readonly outcome: 'no-reply' }
  /** The connection ended first. `sent` tells whether a byte of the message had left. */
  | { readonly outcome: 'closed'; readonly sent: boolean }
  /** Sent; its MSH-15 and MSH-16 ask for no acknowledgement (or only for bad news, which did not come). */
  | { readonly outcome: 'not-expected' }
);

export interface MllpClient {
  /** Sends one message, given without framing, when a place in the window is free. Never rejects. */
  send(message: Buffer): Promise<SendOutcome>;
  readonly isOpen: () => boolean;
  close(): Promise<void>;
}

interface Sending {
  readonly message: Buffer;
  readonly controlId: string;
  readonly header: Header | undefined;
  readonly settle: (outcome: SendOutcome) => void;
  timer?: NodeJS.Timeout;
}

const maxReplyBytes = 1_048_576;

/** @throws BridgeError delivery/not-connected */
export async function openMllpClient(options: MllpClientOptions): Promise<MllpClient> {
  const { timeoutMs = 30_000, window = 1 } = options;
  const socket = await openSocket(options);
  const framer = createFramer(maxReplyBytes);
  const waiting: Sending[] = [];
  const inFlight = new Map<string, Sending>();
  // Application acknowledgements that are still to come after an accept acknowledgement, by control id.
  const owed = new Map<string, number>();
  let isOpen = true;

  const settle = (sending: Sending, outcome: SendOutcome): void => {
    clearTimeout(sending.timer);
    if (inFlight.get(sending.controlId) === sending) inFlight.delete(sending.controlId);
    sending.settle(outcome);
    sendNext();
  };

  const sendNext = (): void => {
    while (isOpen && inFlight.size < window) {
      // Two messages with one control id are never in flight together: their answers could not be told apart.
      const index = waiting.findIndex((sending) => !inFlight.has(sending.controlId));
      const next = waiting[index];
      if (next === undefined) return;
      waiting.splice(index, 1);
      transmit(next);
    }
  };

  const transmit = (sending: Sending): void => {
    inFlight.set(sending.controlId, sending);
    const { controlId } = sending;
    const expected = expectationOf(sending.header);
    socket.write(frame(sending.message), (failed) => {
      if (expected === 'none' && !failed) settle(sending, { controlId, outcome: 'not-expected' });
    });
    if (expected === 'none') return;
    sending.timer = setTimeout(() => {
      if (expected === 'bad-news') {
        settle(sending, { controlId, outcome: 'not-expected' });
        return;
      }
      isOpen = false;
      settle(sending, { controlId, outcome: 'no-reply' });
      socket.destroy();
    }, timeoutMs);
  };

  const receive = (reply: Reply): void => {
    const debt = owed.get(reply.controlId) ?? 0;
    if (debt > 0 && reply.code.startsWith('A')) {
      owed.set(reply.controlId, debt - 1);
      return;
    }
    const sending = inFlight.get(reply.controlId);
    if (sending === undefined) return;
    const { code, conditions, raw } = reply;
    const wants = wanted(sending.header, 'as-asked');
    if (code === 'CA' && (wants.processed ?? wants.held) !== undefined) owed.set(reply.controlId, debt + 1);
    const { controlId } = sending;
    const text = reply.text === undefined ? {} : { text: reply.text };
    settle(sending, { controlId, outcome: 'acknowledged', code, conditions, ...text, raw });
  };

  const fail = (): void => {
    isOpen = false;
    for (const sending of [...inFlight.values()]) {
      settle(sending, { controlId: sending.controlId, outcome: 'closed', sent: true });
    }
    for (const sending of waiting.splice(0)) {
      settle(sending, { controlId: sending.controlId, outcome: 'closed', sent: false });
    }
  };

  socket.on('data', (chunk) => {
    const { frames, overLimit } = framer.push(chunk);
    for (const raw of frames) {
      const reply = readAcknowledgement(raw);
      if (reply !== undefined) receive(reply);
    }
    if (overLimit) socket.destroy();
  });
  // Nothing more is sent from here on; what is in flight is settled at 'close'.
  const ended = (): void => {
    isOpen = false;
    socket.destroy();
  };
  socket.on('end', ended);
  socket.on('error', ended);
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      fail();
      resolve();
    });
  });
  const abort = (): void => void socket.destroy();
  options.signal?.addEventListener('abort', abort, { once: true });
  void closed.then(() => options.signal?.removeEventListener('abort', abort));

  return {
    send: (message) =>
      new Promise((resolve) => {
        const header = headerOf(message);
        const controlId = header === undefined ? '' : decodeText(header.controlId, header.separators);
        if (!isOpen) {
          resolve({ controlId, outcome: 'closed', sent: false });
          return;
        }
        waiting.push({ message, controlId, header, settle: resolve });
        sendNext();
      }),
    isOpen: () => isOpen,
    close: async () => {
      socket.end();
      const timer = setTimeout(() => socket.destroy(), 1_000);
      await closed;
      clearTimeout(timer);
    },
  };
}

/**
 * Sends messages in order and gives the outcome of each, in the same order. After silence or a closed connection the
 * rest goes on a new one; what was in flight is not sent again: that is for the caller to decide.
 * @throws BridgeError delivery/not-connected, only where the first connection fails
 */
export async function sendMessages(
  messages: readonly Buffer[],
  options: MllpClientOptions,
): Promise<SendOutcome[]> {
  const outcomes = new Map<number, SendOutcome>();
  let left = [...messages.entries()];
  while (left.length > 0) {
    let client: MllpClient;
    try {
      client = await openMllpClient(options);
    } catch (thrown) {
      if (outcomes.size === 0) throw thrown;
      break;
    }
    const round = await Promise.all(
      left.map(async ([index, message]) => ({ index, message, outcome: await client.send(message) })),
    );
    await client.close();
    const isUnsent = (outcome: SendOutcome): boolean => outcome.outcome === 'closed' && !outcome.sent;
    for (const { index, outcome } of round) if (!isUnsent(outcome)) outcomes.set(index, outcome);
    const unsent = round.filter(({ outcome }) => isUnsent(outcome));
    if (unsent.length === left.length) break;
    left = unsent.map(({ index, message }) => [index, message]);
  }
  return messages.map(
    (message, index) =>
      outcomes.get(index) ?? {
        controlId: headerOf(message)?.controlId ?? '',
        outcome: 'closed',
        sent: false,
      },
  );
}

/** `bad-news`: MSH-15/16 ask for errors only, so silence until the timeout means that all is well. */
function expectationOf(header: Header | undefined): 'reply' | 'bad-news' | 'none' {
  const wants = wanted(header, 'as-asked');
  if ((wants.stored ?? wants.processed) !== undefined) return 'reply';
  return (wants.refused ?? wants.held) === undefined ? 'none' : 'bad-news';
}

/** Undefined for what is no HL7v2 message: it is sent all the same, as an operator may want to see the refusal. */
function headerOf(message: Buffer): Header | undefined {
  try {
    return peekHeader(message);
  } catch (thrown) {
    if (thrown instanceof BridgeError) return undefined;
    throw thrown;
  }
}

function openSocket(options: MllpClientOptions): Promise<Socket> {
  const { host, port, connectTimeoutMs = 10_000, signal } = options;
  return new Promise((resolve, reject) => {
    const refuse = (reason: string, cause?: unknown): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      socket.destroy();
      const message = `no connection to the MLLP receiver (${reason})`;
      reject(new BridgeError('delivery/not-connected', message, { where: `${host}:${port}`, cause }));
    };
    const socket = connect({ host, port, noDelay: true, keepAlive: true });
    const timer = setTimeout(() => refuse('timed out'), connectTimeoutMs);
    const abort = (): void => refuse('aborted');
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted === true) abort();
    // Stays for the life of the socket: what an error means, 'close' tells.
    socket.on('error', (thrown) => {
      refuse(errorCode(thrown) ?? 'unknown reason', thrown);
    });
    socket.once('connect', () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      resolve(socket);
    });
  });
}
