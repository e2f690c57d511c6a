// A TCP relay between the service and what it depends on, that can fail as networks do: cut, reset, delay, swallow.
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';

export type ProxyMode =
  /** Passes everything. */
  | { readonly kind: 'pass' }
  /** Refuses new connections and breaks those that are open. */
  | { readonly kind: 'cut' }
  /** Passes every chunk late. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Takes everything and passes nothing: a half-open connection. */
  | { readonly kind: 'swallow' }
  /** Passes this many bytes of each answer, then resets: a truncated or lost reply. */
  | { readonly kind: 'truncate'; readonly bytes: number };

export interface Proxy {
  readonly port: number;
  set(mode: ProxyMode): void;
  /** Resets every open connection, once. */
  reset(): void;
  close(): Promise<void>;
}

/** With a reset where that exists: a Unix socket only closes. */
function breakOff(socket: Socket): void {
  if (socket.remoteFamily === undefined) socket.destroy();
  else socket.resetAndDestroy();
}

/** Where to connect: a port of this machine, or a Unix socket. */
export type Target = { readonly port: number } | { readonly path: string };

export async function startProxy(target: () => Target): Promise<Proxy> {
  const open = new Set<Socket>();
  let mode: ProxyMode = { kind: 'pass' };
  const keep = (socket: Socket): Socket => {
    open.add(socket);
    return socket.on('error', () => undefined).on('close', () => open.delete(socket));
  };
  const breakAll = (): void => {
    for (const socket of open) breakOff(socket);
  };

  const relay = (from: Socket, to: Socket, isAnswer: boolean): void => {
    let left = Infinity;
    from.on('data', (chunk: Buffer) => {
      const now = mode;
      switch (now.kind) {
        case 'pass':
          left = Infinity;
          to.write(chunk);
          return;
        case 'delay':
          setTimeout(() => to.writable && to.write(chunk), now.ms);
          return;
        case 'truncate': {
          if (!isAnswer) {
            to.write(chunk);
            return;
          }
          left = Math.min(left, now.bytes);
          to.write(chunk.subarray(0, left));
          left -= chunk.length;
          if (left <= 0) setTimeout(() => [from, to].forEach(breakOff), 5);
          return;
        }
        case 'swallow':
        case 'cut':
      }
    });
    from.on('end', () => to.end());
    from.on('close', () => to.destroy());
  };

  const server = createServer((near) => {
    keep(near);
    if (mode.kind === 'cut') {
      breakOff(near);
      return;
    }
    const place = target();
    const far = keep('path' in place ? connect(place.path) : connect(place.port, '127.0.0.1'));
    relay(near, far, false);
    relay(far, near, true);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', () => done()));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    set: (next) => {
      // What was swallowed is lost: a connection does not come back from that.
      if (next.kind === 'cut' || mode.kind === 'swallow') breakAll();
      mode = next;
    },
    reset: breakAll,
    close: () => {
      breakAll();
      return new Promise((done) => server.close(() => done()));
    },
  };
}
