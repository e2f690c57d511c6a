// Stops the PostgreSQL of the test run and removes its folder.
import { rm } from 'node:fs/promises';

interface TestServer {
  stop: () => Promise<void>;
  folder: string | undefined;
}

/** Set by global-setup, which runs in the same process. */
export const testServer: TestServer = { stop: () => Promise.resolve(), folder: undefined };

export default async function teardown(): Promise<void> {
  await testServer.stop();
  if (testServer.folder !== undefined) await rm(testServer.folder, { recursive: true, force: true });
}
