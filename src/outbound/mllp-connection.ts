// The one connection to a receiver: kept open from message to message, with one message in flight. After silence it is
// given up (mllp-client.ts), so that a late acknowledgement finds nobody to be mistaken for.
import { setImmediate as turn } from 'node:timers/promises';
import { asBridgeError } from '../errors.ts';
import { openMllpClient } from './mllp-client.ts';
import type { MllpClient, MllpClientOptions } from './mllp-client.ts';
import type { Attempted } from './mllp-outcome.ts';

export interface MllpConnection {
  /** Sends when what was sent before is answered or given up. An abort ends the connection. Never rejects. */
  send(message: Buffer, signal: AbortSignal): Promise<Attempted>;
  close(): Promise<void>;
}

/**
 * Firewalls forget a connection that rests, without telling; what is sent on it then is met by silence, and nobody knows
 * what became of it. A connection that has rested so long is replaced before it is used.
 */
const longestRestMs = 60_000;

interface Open {
  readonly client: MllpClient;
  readonly end: AbortController;
}

export function createMllpConnection(
  address: Pick<MllpClientOptions, 'host' | 'port' | 'timeoutMs'>,
  now: () => Date,
): MllpConnection {
  let open: Open | undefined;
  let lastUsed = 0;
  let last: Promise<unknown> = Promise.resolve();

  const connected = async (signal: AbortSignal): Promise<Open> => {
    // Where the receiver has hung up meanwhile, that is read first (one whole turn of the event loop), so that nothing
    // is written to a connection that has ended.
    await turn();
    await turn();
    if (open?.client.isOpen() === true && now().getTime() - lastUsed < longestRestMs) return open;
    await close();
    const end = new AbortController();
    const abort = (): void => end.abort();
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    try {
      open = { client: await openMllpClient({ ...address, signal: end.signal }), end };
      return open;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  };

  const close = async (): Promise<void> => {
    const closing = open;
    open = undefined;
    await closing?.client.close();
  };

  const send = async (message: Buffer, signal: AbortSignal): Promise<Attempted> => {
    let used: Open;
    try {
      used = await connected(signal);
    } catch (thrown) {
      return { outcome: 'not-connected', message: asBridgeError(thrown).message };
    }
    const abort = (): void => used.end.abort();
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    try {
      return await used.client.send(message);
    } finally {
      signal.removeEventListener('abort', abort);
      lastUsed = now().getTime();
    }
  };

  return {
    send: (message, signal) => {
      const sent = last.then(() => send(message, signal));
      last = sent;
      return sent;
    },
    close: async () => {
      await last;
      await close();
    },
  };
}
