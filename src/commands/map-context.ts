// What the subcommands of `map` share: the mapping set that a configuration and a trust name, the feed by which messages
// are read, and a progress bar for whoever waits at a terminal.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../config.ts';
import type { Config, FeedSettings } from '../config.ts';
import { BridgeError } from '../errors.ts';
import { loadMappings } from '../mapping/load.ts';
import type { Mappings } from '../mapping/load.ts';
import type { MessageSource } from '../mapping/translate.ts';
import { readMappingTree } from '../mapping/tree.ts';
import { complain } from './output.ts';

export interface MapOptions {
  readonly config: string;
  /** ODS code of the overlay to use; the configuration's own unless given. */
  readonly trust?: string;
  readonly json?: boolean;
}

/** The configuration with the trust that the options name. */
export function configOf({ config: folder, trust }: MapOptions): Config {
  const config = loadConfig(folder);
  if (trust === undefined) return config;
  if (!existsSync(join(config.mappings, 'trusts', trust)))
    complain(`there is no folder ${join(config.mappings, 'trusts', trust)}: this is the general set alone`);
  return { ...config, trust };
}

/** @throws BridgeError config/… with every fault of the set */
export function mappingsOf({ mappings: folder, trust }: Pick<Config, 'mappings' | 'trust'>): Mappings {
  return loadMappings(readMappingTree(folder, trust), trust);
}

/** The feed of this id; the first where none is named. @throws BridgeError config/no-feed */
export function feedOf({ feeds }: Config, id: string | undefined): FeedSettings {
  const feed = id === undefined ? feeds[0] : feeds.find((one) => one.feed === id);
  if (feed !== undefined) return feed;
  const there = feeds.map((one) => one.feed).join(', ');
  throw new BridgeError('config/no-feed', `there is no such feed; there are: ${there}`);
}

/** How a message that this feed brought at this moment is read. */
export function sourceOf(feed: FeedSettings, receivedAt: Date): MessageSource {
  return { id: feed.feed, zone: feed.mllp.zone, receivedAt, ...feed.mapping };
}

export interface Progress {
  /** Says how many of them are done. */
  readonly done: (count: number) => void;
  readonly end: () => void;
}

const barWidth = 30;

/** A bar on standard error while it is a terminal; silent elsewhere. `total` is 0 where nobody knows it. */
export function progressBar(what: string, total: number, stream = process.stderr): Progress {
  let shown = '';
  const draw = (count: number): void => {
    const share = total === 0 ? 0 : Math.min(1, count / total);
    const full = Math.floor(share * barWidth);
    const bar =
      total === 0 ? '' : `[${'#'.repeat(full)}${'.'.repeat(barWidth - full)}] ${Math.floor(share * 100)} % `;
    const line = `${bar}${count} ${what}`;
    if (line === shown) return;
    shown = line;
    stream.write(`\r${line}`);
  };
  return {
    done: (count) => {
      if (stream.isTTY && (count === total || count % 50 === 0)) draw(count);
    },
    end: () => {
      if (stream.isTTY && shown !== '') stream.write(`\r${' '.repeat(shown.length)}\r`);
    },
  };
}
