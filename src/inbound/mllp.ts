// An MLLP listener for one feed: accepts within its limits, refuses while nothing can be stored, and closes in an
// orderly way. What a connection says is served by mllp-connection.ts.
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { BridgeError, errorCode } from '../errors.ts';
import { serveConnection } from './mllp-connection.ts';
import type { Connection } from './mllp-connection.ts';
import type { MllpDeps } from './mllp-answer.ts';
import type { MllpSettings } from './mllp-settings.ts';

export interface MllpListener {
  /** The port in use: the one asked for, or a free one where that was 0. */
  readonly port: number;
  /** Takes no more, answers the whole messages it already has, and is gone within 5 s. */
  close(): Promise<void>;
}

type RefusalReason = 'stopping' | 'not-ready' | 'too-many' | 'too-many-from-address';

/** Less than a stop gives to the intake (pipeline/shutdown.ts), half a second for the last answer included. */
const closeDrainMs = 4_000;
const keepAliveMs = 60_000;
/** Refused connections are told at most so often. */
const refusedEveryMs = 10_000;

/** @throws BridgeError config/cannot-listen */
export async function startMllpListener(
  settings: MllpSettings & { readonly feed: string },
  deps: MllpDeps,
): Promise<MllpListener> {
  const { feed, host } = settings;
  const open = new Map<Connection, string>();
  let isStopping = false;

  const reasonToRefuse = (address: string): RefusalReason | undefined => {
    if (isStopping) return 'stopping';
    if (settings.onStorageFailure === 'close' && !deps.ready()) return 'not-ready';
    if (open.size >= settings.maxConnections) return 'too-many';
    const fromAddress = [...open.values()].filter((other) => other === address).length;
    return fromAddress >= settings.maxConnectionsPerAddress ? 'too-many-from-address' : undefined;
  };

  // A sender that cannot connect tries again and again: one line says how often, and why the last time.
  let refused = 0;
  let toldAt = -Infinity;
  const tellRefused = (peer: string, outcome: RefusalReason): void => {
    refused += 1;
    const at = deps.now().getTime();
    if (at - toldAt < refusedEveryMs) return;
    deps.log.warn('mllp-connection-refused', { feed, peer, outcome, count: refused });
    [refused, toldAt] = [0, at];
  };

  const accept = (socket: Socket): void => {
    const address = socket.remoteAddress ?? '?';
    const reason = reasonToRefuse(address);
    if (reason !== undefined) {
      socket.on('error', () => undefined);
      socket.destroy();
      deps.metrics.closed.inc({ feed, reason });
      tellRefused(address, reason);
      return;
    }
    const connection = serveConnection(socket, { feed, settings, deps });
    open.set(connection, address);
    deps.metrics.connections.set({ feed }, open.size);
    void connection.closed.then(() => {
      open.delete(connection);
      deps.metrics.connections.set({ feed }, open.size);
    });
  };

  // Half-open: a sender that closes its side after the last message still gets the answers.
  const server = createServer(
    { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs },
    accept,
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', (thrown) => {
      reject(
        new BridgeError('config/cannot-listen', `cannot listen (${errorCode(thrown) ?? 'unknown reason'})`, {
          where: `${host}:${settings.port}`,
          cause: thrown,
        }),
      );
    });
    server.listen({ host, port: settings.port }, resolve);
  });
  server.removeAllListeners('error');
  server.on('error', (thrown) => deps.log.error('mllp-listener-error', { feed }, thrown));

  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : settings.port;
  deps.log.info('mllp-listening', { feed, host, port });

  const close = async (): Promise<void> => {
    isStopping = true;
    const stopped = new Promise<void>((resolve) => server.close(() => resolve()));
    await Promise.all([...open.keys()].map((connection) => connection.finish(closeDrainMs)));
    await stopped;
  };
  return { port, close };
}
