// The states of the outbox against a model, on a real database: whatever senders, askers, operators, rules, merges and
// crashes do, in whatever order (design: "States" in docs/architecture.md).
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import fc from 'fast-check';
import { sql } from 'kysely';
import { personKeyText } from '../../src/fhir/canonical.ts';
import { inTransaction } from '../../src/store/database.ts';
import { lockPersons } from '../../src/store/persons.ts';
import { freshStore } from '../support/database.ts';
import type { FreshStore } from '../support/database.ts';
import { outboxSteps } from '../support/outbox-commands.ts';
import type { RealOutbox } from '../support/outbox-commands.ts';
import type { OutboxModel } from '../support/outbox-model.ts';

describe('outbox', () => {
  let fresh: FreshStore;
  let run = 0;
  beforeAll(async () => {
    fresh = await freshStore();
  });
  afterAll(() => fresh.drop());

  async function begin(order: OutboxModel['order']): Promise<{ model: OutboxModel; real: RealOutbox }> {
    run += 1;
    const { store } = fresh;
    // Leases are taken back over all destinations: runs would meet in them.
    await sql`delete from outbox`.execute(store.other);
    const names = ['a', 'b', 'c'].map((name) => `${run}-${name}`);
    const keys = names.map((value) => ({ system: 'https://rzz.example/Id/patient', value }));
    const ids = await inTransaction(store, (tx) => lockPersons(tx, keys));
    const people = keys.map((key) => ids.get(personKeyText(key)) ?? 0);
    const model = { destination: `epr-${run}`, order, people, survivors: new Map<number, number>(), live: true, rows: [] }; // prettier-ignore
    return { model, real: { store, keys, before: [] } };
  }

  it('R10 R46 whatever happens in whatever order, every effect is in the state that the model says, and lanes keep their order', async () => {
    const orders = fc.constantFrom<OutboxModel['order']>('person', 'person', 'destination');
    const property = fc.asyncProperty(orders, outboxSteps, async (order, steps) => {
      const begun = await begin(order);
      await fc.asyncModelRun(() => begun, steps);
    });
    await fc.assert(property, { numRuns: 50 });
    // Where it fails, the shortest steps that do are looked for.
  }, 180_000);
});
