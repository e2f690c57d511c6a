// A loopback server that answers each connection's request with bytes as scripted, or not at all: for half bodies,
// endless bodies, silence and closed sockets.
import { createServer } from 'node:net';
import type { Socket } from 'node:net';

export interface ScriptedServer {
  readonly url: string;
  /** The requests as they came, headers and body. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** `play` gets the socket once the whole request (by its Content-Length) has arrived. */
export async function startScriptedServer(play: (socket: Socket) => void): Promise<ScriptedServer> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let text = '';
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (!isWhole(text)) return;
      requests.push(text);
      text = '';
      play(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('no port');
  return {
    url: `http://127.0.0.1:${address.port}/fhir`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
  return text.length >= end + 4 + length;
}

/** An HTTP/1.1 reply head that promises `length` bytes of FHIR JSON. */
export function head(length: number, status = '200 OK'): string {
  return `HTTP/1.1 ${status}\r\ncontent-type: application/fhir+json\r\ncontent-length: ${length}\r\n\r\n`;
}
