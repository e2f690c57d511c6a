// Who an effect is about, whom it asks, and what becomes of the record when it is given up.
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { Answer, Delivery, Prepared } from '../../src/pipeline/destination.ts';
import type { Standing } from '../../src/ips/standing.ts';
import { cancelEffect } from '../../src/store/effects.ts';
import { freshStore } from '../support/database.ts';
import { mergeMessage, testPerson } from '../support/epr-messages.ts';
import { answered500, delivering, person, ready } from './scripted-destination.ts';

const fresh = await freshStore();
const { store } = fresh;
afterAll(() => fresh.drop());
const { deps, hear, says, effects, deliver, ask, hurry, rows, empty } = delivering(store);
const operator = { kind: 'operator', name: 'tester' } as const;
const survivor = testPerson(72);

const readdressed: Prepared = { outcome: 'readdressed' };
const unanswered: Delivery = { outcome: 'ambiguous', ...answered500 };

beforeEach(async () => {
  await empty();
  await says('PAID', '20260901');
});

async function survivorRow(): Promise<number> {
  const { rows: found } = await sql<{ id: number }>`
    select p.id from person p join person_identifier i on i.person_id = p.id where i.value = ${survivor.local}`.execute(
    store.other,
  );
  return found[0]!.id;
}

describe('who it is about', () => {
  it('R12 somebody merged while the person is being checked is not written to: the survivor is checked first', async () => {
    const sent: string[] = [];
    const merging = deps({
      prepare: async () => {
        if (sent.length === 0) await hear(mergeMessage(survivor, person, 'merge'));
        return ready;
      },
      send: () => {
        sent.push('sent');
        return Promise.resolve(unanswered);
      },
    });
    await deliver(merging);
    expect(sent).toEqual([]);
    expect(await rows()).toMatchObject([{ state: 'pending', person: await survivorRow() }]);
  });

  it('R12 what is rendered anew for a survivor is theirs, though the merge came after the claim', async () => {
    await deliver(
      deps({
        prepare: async () => {
          await hear(mergeMessage(survivor, person, 'merge'));
          return readdressed;
        },
      }),
    );
    const id = await survivorRow();
    expect(await rows()).toMatchObject([
      { state: 'superseded', revision: 1, person: id },
      { state: 'pending', revision: 2, person: id },
    ]);
  });

  it('nothing is rendered anew where a later decision stands already', async () => {
    await deliver(deps({ send: () => Promise.resolve(unanswered) }));
    await says('NO', '20260920');
    expect(await effects()).toEqual(['make ambiguous', 'withdraw pending']);
    await hurry();
    await ask(deps({}));
    await hurry();
    await deliver(deps({ prepare: () => Promise.resolve(readdressed) }));
    expect(await effects()).toEqual(['make superseded', 'withdraw pending']);
    await deliver(deps({}));
    expect(await effects()).toEqual(['make superseded', 'withdraw delivered']);
  });
});

describe('whom it asks', () => {
  const ownerOf = () => ({ kind: 'nobody', why: 'the record is restricted' }) as const;

  it('R55 nothing is made where nobody can be asked, and the reason is told', async () => {
    await deliver(deps({}, { ownerOf }));
    expect(await rows()).toMatchObject([
      { state: 'held', kind: 'delivery/no-owner', message: 'nobody to ask: the record is restricted' },
    ]);
  });

  it('a withdrawal, and a question whether something landed, need nobody to ask', async () => {
    await deliver(deps({ send: () => Promise.resolve(unanswered) }));
    await hurry();
    const there: Answer = { outcome: 'landed', references: ['Task/1'] };
    await ask(deps({ ask: () => Promise.resolve(there) }, { ownerOf }));
    await says('NO', '20260920');
    await deliver(deps({}, { ownerOf }));
    expect(await effects()).toEqual(['make delivered', 'withdraw delivered']);
  });
});

describe('a restricted record', () => {
  const sent: string[] = [];
  const send = (): Promise<Delivery> => {
    sent.push('sent');
    return Promise.resolve({ outcome: 'delivered', references: [], confirmed: true });
  };
  const standingOf = (): Standing => ({ restricted: true, deceased: false });
  const outside = {
    destination: 'epr',
    live: 'all',
    order: 'person',
    carries: () => true,
    outside: true,
  } as const;
  beforeEach(() => {
    sent.length = 0;
  });

  it('R18 nothing of it goes to another organisation; in its own record it is written', async () => {
    await deliver(deps({ send }, { standingOf, route: outside }));
    expect(sent).toEqual([]);
    expect(await effects()).toEqual(['make cancelled']);
    await says('PAID', '20261002');
    await deliver(deps({ send }, { standingOf }));
    expect(sent).toEqual(['sent']);
  });

  it('R18 nor does anything of a record that no feed with markings knows', async () => {
    const unknown = (): Standing => ({ restricted: undefined, deceased: false });
    await deliver(deps({ send }, { standingOf: unknown, route: outside }));
    expect(sent).toEqual([]);
  });

  it('R53 nothing goes to a destination that carries it no more: it is held, and dropped when it is withdrawn', async () => {
    await deliver(deps({ send }, { route: { ...outside, carries: () => false } }));
    expect([sent, await effects()]).toEqual([[], ['make held']]);
    await says('NO', '20260920');
    expect(await effects()).toEqual(['make superseded']);
  });

  it('R18 what went to another organisation before is taken back there', async () => {
    await deliver(deps({ send }, { route: outside }));
    await says('NO', '20260920');
    await deliver(deps({ send }, { standingOf, route: outside }));
    expect(await effects()).toEqual(['make delivered', 'withdraw delivered']);
  });
});

describe('what is given up', () => {
  const cancel = async (row: number) => cancelEffect(store, row, operator, 'no such patient', new Date());

  it('R52 by an operator: the same wish leads to nothing again, a new one to a new proposal', async () => {
    expect(await cancel(1)).toBe(true);
    await says('PAID', '20260901');
    expect(await effects()).toEqual(['make cancelled']);
    await says('PAID', '20261002');
    expect(await effects()).toEqual(['make cancelled', 'make pending']);
  });

  it('stays open on the record while another destination still has it', async () => {
    await sql`insert into outbox (destination, lane, person_id, key, revision, rule, team, decision, state)
      select 'tie', lane, person_id, key, revision, rule, team, decision, 'delivered' from outbox`.execute(
      store.other,
    );
    await cancel(1);
    await says('PAID', '20261002');
    expect(await effects()).toEqual(['make cancelled', 'make delivered']);
  });

  it('R18 because the EPR says that the person has died: a proposal is made again when that was an error', async () => {
    const died: Prepared = { outcome: 'nothing-to-do', message: 'the EPR says that the person has died' };
    await deliver(deps({ prepare: () => Promise.resolve(died) }));
    expect(await effects()).toEqual(['make cancelled']);
    await says('PAID', '20260901');
    expect(await effects()).toEqual(['make cancelled', 'make pending']);
  });

  it('held because something else was read back, it is taken back all the same once somebody has looked', async () => {
    const kind = 'delivery/read-back-differs';
    const alarm: Delivery = { outcome: 'permanent', kind, message: 'not what was filed', inDoubt: true };
    await deliver(deps({ send: () => Promise.resolve(alarm) }));
    expect(await rows()).toMatchObject([{ state: 'held', kind }]);
    await says('NO', '20260920');
    expect(await effects()).toEqual(['make held', 'withdraw pending']);
    await cancel(1);
    await deliver(deps({}));
    expect(await effects()).toEqual(['make cancelled', 'withdraw delivered']);
  });

  it('in doubt, it is taken back all the same when the person declines', async () => {
    await deliver(deps({ send: () => Promise.resolve(unanswered) }));
    expect(await cancel(1)).toBe(true);
    await says('PAID', '20261002');
    expect(await effects()).toEqual(['make cancelled']);
    await says('NO', '20261003');
    expect(await effects()).toEqual(['make cancelled', 'withdraw pending']);
  });
});
