// The listening side of the sandbox's integration engine: frames in, answers out, connections that can be cut.
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { createFramer, frame } from '../../hl7v2/framing.ts';

/** What is done with one message: an answer (without framing), silence, or the connection is cut. */
export type Response = { readonly answer: Buffer } | 'silence' | 'cut';

export interface MllpServer {
  readonly port: number;
  /** Refuses connections until `open`. */
  shut(): Promise<void>;
  open(): Promise<void>;
}

const longestMessage = 20 * 1024 * 1024;

/** Starts on 127.0.0.1; port 0 for any free one. */
export async function startMllpServer(
  port: number,
  respond: (message: Buffer) => Response,
): Promise<MllpServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // What an error means, 'close' tells.
    socket.on('error', () => undefined);
    const framer = createFramer(longestMessage);
    socket.on('data', (chunk) => {
      for (const message of framer.push(chunk).frames) {
        const response = respond(message);
        if (response === 'cut') socket.destroy();
        else if (response !== 'silence') socket.write(frame(response.answer));
      }
    });
  });
  const listen = (on: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject).listen(on, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  await listen(port);
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return {
    port: bound,
    shut: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
    open: () => listen(bound),
  };
}
