// A headless Chromium, where the machine has one: opens a file and tells what the page asked for and complained of, by
// the DevTools protocol. The browser's own requests are not the page's; they reach nobody, as no name resolves.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';

export const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => existsSync(path),
);

interface Seen {
  /** Errors of scripts, and what the browser logged of the page: refused by its policy, not found. */
  readonly complaints: string[];
  readonly requests: string[];
}

const event = z.object({
  id: z.number().optional(),
  method: z.string().optional(),
  params: z.record(z.string(), z.unknown()).optional(),
});
const targets = z.array(z.object({ type: z.string(), webSocketDebuggerUrl: z.string() }));

export async function openInBrowser(file: string): Promise<Seen> {
  const profile = mkdtempSync(join(tmpdir(), 'ips-bridge-browser-'));
  const child = spawn(browserPath ?? '', [
    '--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run',
    '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1', '--remote-debugging-port=0', '--remote-allow-origins=*',
    `--user-data-dir=${profile}`, 'about:blank',
  ]); // prettier-ignore
  const ended = new Promise((done) => child.once('exit', done));
  try {
    const port = await new Promise<string>((tell, fail) => {
      let said = '';
      child.once('error', fail);
      child.once('exit', () => fail(new Error(`the browser ended: ${said}`)));
      child.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        const found = /DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)/.exec(said)?.[1];
        if (found !== undefined) tell(found);
      });
    });
    const list: unknown = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
    const page = targets.parse(list).find(({ type }) => type === 'page');
    return await watch(page?.webSocketDebuggerUrl ?? '', pathToFileURL(file).href);
  } finally {
    child.kill('SIGTERM');
    await ended;
    // Its crash handler outlives it for a moment and would keep the pipes open.
    child.stdout.destroy();
    child.stderr.destroy();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

const complaining = new Set(['Log.entryAdded', 'Runtime.exceptionThrown', 'Runtime.consoleAPICalled']);

/** Opens the address and listens until the page has loaded, and a little longer. */
async function watch(socketUrl: string, address: string): Promise<Seen> {
  const seen: Seen = { complaints: [], requests: [] };
  const socket = new WebSocket(socketUrl);
  await new Promise((done, fail) => {
    socket.addEventListener('open', done);
    socket.addEventListener('error', () => fail(new Error('the browser does not answer')));
  });
  const answered = new Map<number, () => void>();
  let tellLoaded: () => void = () => undefined;
  const loaded = new Promise<void>((done) => (tellLoaded = done));
  socket.addEventListener('message', ({ data }) => {
    const { id, method, params } = event.parse(JSON.parse(String(data)));
    if (id !== undefined) answered.get(id)?.();
    if (method === 'Network.requestWillBeSent') {
      seen.requests.push(z.object({ request: z.object({ url: z.string() }) }).parse(params).request.url);
    }
    if (complaining.has(method ?? '')) seen.complaints.push(JSON.stringify(params));
    if (method === 'Page.loadEventFired') tellLoaded();
  });
  const ask = (id: number, method: string, params = {}): Promise<void> =>
    new Promise((done) => {
      answered.set(id, done);
      socket.send(JSON.stringify({ id, method, params }));
    });
  // Each is switched on for certain before the page is opened; else its first requests go unseen.
  for (const [index, domain] of ['Network', 'Log', 'Runtime', 'Page'].entries()) {
    await ask(index + 1, `${domain}.enable`);
  }
  await ask(9, 'Page.navigate', { url: address });
  await loaded;
  await new Promise((done) => setTimeout(done, 300));
  socket.close();
  return seen;
}
