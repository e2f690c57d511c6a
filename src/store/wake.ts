// Wake-up calls: whoever adds inbox or outbox rows notifies in the same transaction, and one listening connection for
// each process passes it on. A call can be lost (connection gone, PgBouncer in transaction mode), so everyone who
// listens polls once a second as well.
import type pg from 'pg';
import type { Log } from '../log.ts';
import { connect } from './connection.ts';
import type { Store } from './database.ts';

export type WakeTopic = 'inbox' | 'outbox';

export interface Wake {
  close(): Promise<void>;
}

const pollMs = 1_000;

/**
 * Calls `awake` for a topic whenever rows were added to it, at least once a second, and after each reconnect. It may
 * be called without anything to do.
 */
export function openWake(store: Store, awake: (topic: WakeTopic) => void, deps: { readonly log: Log }): Wake {
  let client: pg.Client | undefined;
  let connecting: Promise<void> | undefined;
  let closed = false;

  const listen = async (): Promise<void> => {
    try {
      const fresh = await connect(store.address, 'wake');
      fresh.on('notification', ({ channel }) => {
        if (channel === 'ips_bridge_inbox') awake('inbox');
        if (channel === 'ips_bridge_outbox') awake('outbox');
      });
      fresh.on('end', () => {
        if (client === fresh) client = undefined;
      });
      client = fresh;
      await fresh.query('listen ips_bridge_inbox; listen ips_bridge_outbox');
    } catch (thrown) {
      deps.log.debug('wake-not-listening', { message: thrown instanceof Error ? thrown.name : 'unknown' });
      await client?.end().catch(() => undefined);
      client = undefined;
    }
  };
  const tick = (): void => {
    if (client === undefined) connecting ??= listen().finally(() => (connecting = undefined));
    awake('inbox');
    awake('outbox');
  };
  tick();
  const timer = setInterval(tick, pollMs);
  return {
    close: async () => {
      if (closed) return;
      closed = true;
      clearInterval(timer);
      await connecting;
      await client?.end().catch(() => undefined);
    },
  };
}
