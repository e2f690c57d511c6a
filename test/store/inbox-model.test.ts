// The states of the inbox against a list, on a real database: whatever senders send again, however a batch dies, and
// whatever operators do (design: "States" in docs/architecture.md).
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import fc from 'fast-check';
import { freshStore } from '../support/database.ts';
import type { FreshStore } from '../support/database.ts';
import { inboxSteps } from '../support/inbox-commands.ts';
import type { InboxModel } from '../support/inbox-commands.ts';

describe('inbox', () => {
  let fresh: FreshStore;
  let run = 0;
  beforeAll(async () => {
    fresh = await freshStore();
  });
  afterAll(() => fresh.drop());

  it('R3 R4 R10 whatever arrives, dies or is replayed, each message is one row, processed once and in its order', async () => {
    const property = fc.asyncProperty(inboxSteps, async (steps) => {
      run += 1;
      const model: InboxModel = {
        feeds: [`north-${run}`, `south-${run}`], rows: [], processed: new Map(), replays: [], serial: 0,
      }; // prettier-ignore
      await fc.asyncModelRun(() => ({ model, real: fresh.store }), steps);
    });
    await fc.assert(property, { numRuns: 40 });
    // Where it fails, the shortest steps that do are looked for.
  }, 180_000);
});
