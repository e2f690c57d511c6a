// A process of its own that takes a feed's lane and keeps it until it is killed: `node feed-worker.ts <url> <feed>`.
import { createLog } from '../../src/log.ts';
import { openStore } from '../../src/store/database.ts';
import { withFeedBatch } from '../../src/store/lanes.ts';

const [, , url = '', feed = ''] = process.argv;
const store = await openStore({ url: () => url }, { log: createLog('silent') });
await withFeedBatch(store, feed, 1, async (_tx, rows) => {
  process.stdout.write(`holding ${rows.length}\n`);
  await new Promise((resolve) => setTimeout(resolve, 60_000));
});
