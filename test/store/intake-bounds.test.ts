import { afterAll, describe, expect, it } from '@jest/globals';
import { insertArrivals, keepRefusal } from '../../src/store/inbox.ts';
import { sweepRefusals, waitingUpTo } from '../../src/store/intake-bounds.ts';
import { freshStore } from '../support/database.ts';
import { message } from '../support/messages.ts';

const fresh = await freshStore();
const { store } = fresh;
afterAll(() => fresh.drop());

describe('the bounds of the intake', () => {
  it('R11 counts what waits no further than asked', async () => {
    await insertArrivals(store, ['a', 'b', 'c'].map((id) => message(id))); // prettier-ignore
    expect(await waitingUpTo(store, 2)).toBe(2);
    expect(await waitingUpTo(store, 100)).toBe(3);
  });

  it('R7 keeps the newest refused messages of each feed', async () => {
    for (const [feed, text] of [
      ['one', '1'],
      ['one', '2'],
      ['two', '3'],
      ['one', '4'],
    ] as const) {
      await keepRefusal(store, { feed, peer: 'p', kind: 'k/k', where: 'MSH', body: Buffer.from(text), at: new Date(0) }); // prettier-ignore
    }
    expect(await sweepRefusals(store, 'one', 3)).toBe(0);
    expect(await sweepRefusals(store, 'one', 2)).toBe(1);
    const left = await store.other.selectFrom('refused').select('body').orderBy('id').execute();
    expect(left.map(({ body }) => body.toString())).toEqual(['2', '3', '4']);
  });
});
