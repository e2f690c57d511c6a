// Who waits for the end of a stored row: told once, by this process or by a look at the database, and nothing left
// behind on the connection's signal.
import { getEventListeners } from 'node:events';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { createLog } from '../../src/log.ts';
import { watchProcessed } from '../../src/pipeline/processed-watch.ts';
import type { ProcessedWatch } from '../../src/pipeline/processed-watch.ts';
import { insertArrivals } from '../../src/store/inbox.ts';
import { freshStore } from '../support/database.ts';
import { message } from '../support/messages.ts';

const fresh = await freshStore();
const { store } = fresh;
const watches: ProcessedWatch[] = [];
const watch = (): ProcessedWatch => {
  const opened = watchProcessed(store, { log: createLog('silent') });
  watches.push(opened);
  return opened;
};
afterEach(() => watches.splice(0).forEach((opened) => opened.close()));
afterAll(() => fresh.drop());

describe('the watch over stored rows', () => {
  it('leaves nothing on the signal of a connection whose messages have been answered', async () => {
    const { processed, tell } = watch();
    const connection = new AbortController();
    for (let row = 1; row <= 100; row += 1) {
      const answer = processed(row, connection.signal);
      tell(row, 'processed');
      expect(await answer).toBe('processed');
    }
    expect(getEventListeners(connection.signal, 'abort')).toEqual([]);
  });

  it('ends every wait of a connection that has gone, and one that has gone before', async () => {
    const { processed } = watch();
    const connection = new AbortController();
    const waits = [1, 1, 2].map((row) => processed(row, connection.signal));
    connection.abort();
    for (const wait of [...waits, processed(3, connection.signal)])
      await expect(wait).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('hears of rows that another process has carried through, however many wait before them', async () => {
    const waiting = Array.from({ length: 1_200 }, (_, place) => message(`w${place}`));
    const rows = (await insertArrivals(store, waiting)).map(({ row }) => row);
    const { processed } = watch();
    const connection = new AbortController();
    const answers = rows.map((row) => processed(row, connection.signal));
    answers.forEach((answer) => void answer.catch(() => undefined));
    const [last = 0, held = 0] = [rows.at(-1), rows.at(-2)];
    await sql`update inbox set state = 'processed' where id = ${last}`.execute(store.other);
    await sql`update inbox set state = 'held' where id = ${held}`.execute(store.other);
    expect(await Promise.all([answers.at(-1), answers.at(-2)])).toEqual(['processed', 'held']);
    connection.abort();
  });
});
