// Ports that stay ours between two listeners on them. What the system gives for port 0 may be given to somebody else, or
// to an outgoing connection, as soon as it is closed; these lie below the range that it gives from.
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((tell) => {
    server.once('error', () => tell(false));
    server.listen(port, '127.0.0.1', () => server.close(() => tell(true)));
  });
}

/** A port on which nobody listens, and which the system gives to nobody. */
export async function steadyPort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_000);
    if (await isFree(port)) return port;
  }
}
