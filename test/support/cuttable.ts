// A TCP relay in front of the test database that can be cut: what a service sees when its database goes away.
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { testServerAddress } from './database.ts';
import { steadyPort } from './ports.ts';

export interface CuttableDatabase {
  /** The address of a database, by way of the relay. */
  readonly urlOf: (url: string) => string;
  /** Breaks every connection and refuses new ones. */
  cut(): Promise<void>;
  /** Takes connections on, and passes nothing: a network that swallows. */
  swallow(): Promise<void>;
  restore(): Promise<void>;
}

export async function cuttableDatabase(): Promise<CuttableDatabase> {
  const { host, port, user, password } = testServerAddress();
  const open = new Set<Socket>();
  let isSwallowing = false;
  const keep = (socket: Socket): Socket => {
    open.add(socket);
    return socket.on('error', () => undefined).on('close', () => open.delete(socket));
  };
  const server = createServer((near) => {
    keep(near);
    if (isSwallowing) return;
    const far = keep(host.startsWith('/') ? connect(join(host, `.s.PGSQL.${port}`)) : connect(port, host));
    near.pipe(far).pipe(near);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  const listen = (on: number): Promise<void> =>
    new Promise((done) => server.listen(on, '127.0.0.1', () => done()));
  await listen(await steadyPort());
  const address = server.address();
  const own = typeof address === 'object' && address !== null ? address.port : 0;
  const breakAll = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    urlOf: (url) => {
      const name = url.split('/').at(-1) ?? '';
      return `postgresql://${user}:${encodeURIComponent(password)}@127.0.0.1:${own}/${name}`;
    },
    cut: () =>
      new Promise((done) => {
        server.close(() => done());
        breakAll();
      }),
    swallow: () => {
      isSwallowing = true;
      breakAll();
      return Promise.resolve();
    },
    restore: async () => {
      isSwallowing = false;
      breakAll();
      if (!server.listening) await listen(own);
    },
  };
}
