// A process of its own on an embedded database: `node store-process.ts <folder>` opens the store, says how many rows
// wait, and closes it when its standard input ends.
import { createLog } from '../../src/log.ts';
import { BridgeError } from '../../src/errors.ts';
import { openStore } from '../../src/store/database.ts';
import { inboxDepth } from './inbox-depth.ts';

try {
  const store = await openStore({ folder: process.argv[2] ?? '' }, { log: createLog('silent') });
  process.stdout.write(`open ${await inboxDepth(store)}\n`);
  process.stdin.resume();
  await new Promise((resolve) => process.stdin.once('end', resolve));
  await store.close();
} catch (thrown) {
  process.stdout.write(
    thrown instanceof BridgeError ? `${thrown.kind} ${thrown.message}\n` : `${String(thrown)}\n`,
  );
  process.exitCode = 1;
}
