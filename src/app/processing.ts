// Processing: one lane for each feed, and one for the notes of employment specialists.
import { trustZone } from '../config.ts';
import type { Config } from '../config.ts';
import { notesFeed } from '../ips/notes/identity.ts';
import { processFeed } from '../pipeline/process.ts';
import type { ProcessFeed } from '../pipeline/process.ts';
import { startWorkers } from '../pipeline/workers.ts';
import type { Workers } from '../pipeline/workers.ts';

export function startProcessing(config: Config, deps: Parameters<typeof processFeed>[1]): Workers {
  const feeds = config.feeds.map(({ feed, mllp, mapping }): ProcessFeed => ({
    kind: 'hl7v2',
    id: feed,
    zone: mllp.zone,
    charset: { charset: mllp.charset, fallbackCharset: mllp.fallbackCharset },
    mapping,
  }));
  feeds.push({ kind: 'notes', id: notesFeed, zone: trustZone });
  let next = 0;
  // A claim goes round the feeds; a lane that another worker has is passed over.
  const step = async (): Promise<boolean> => {
    const first = next++;
    for (let turn = 0; turn < feeds.length; turn += 1) {
      const feed = feeds[(first + turn) % feeds.length];
      if (feed !== undefined && (await processFeed(feed, deps))) return true;
    }
    return false;
  };
  return startWorkers({ name: 'process', count: Math.min(feeds.length, 4), step, log: deps.log });
}
