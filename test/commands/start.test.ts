// What a start tells whoever reads the log, and what it does with effects whose rule has been switched off.
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { insertArrivals } from '../../src/store/inbox.ts';
import { freshStore } from '../support/database.ts';
import { message } from '../support/messages.ts';
import { linesOf, startService, testTrust } from '../support/trust.ts';
import type { Service, TestTrust } from '../support/trust.ts';

const fresh = await freshStore();
const { store } = fresh;
afterAll(() => fresh.drop());

let trust: TestTrust;
let service: Service;
afterEach(async () => {
  service.process.kill('SIGKILL');
  await service.ended;
  trust.remove();
});

async function start(given: Partial<Parameters<typeof testTrust>[0]>): Promise<void> {
  trust = await testTrust({ feeds: 1, databaseUrl: fresh.url, eprUrl: 'http://127.0.0.1:9/fhir', ...given });
  service = startService(trust);
  await service.ready;
}

async function addEffects(destination: string, rules: readonly string[]): Promise<void> {
  for (const rule of rules) {
    await sql`with p as (insert into person default values returning id)
      insert into outbox (destination, lane, person_id, key, revision, rule, team, decision, state)
      select ${destination}, id, id, ${rule} || id, 1, ${rule}, 'CMHT-N', '{"action":"make","effect":"propose-referral"}', 'observed' from p`.execute(
      store.other,
    );
  }
}

describe('a start', () => {
  it('tells rows that strand, teams that nobody knows, and whose service this is', async () => {
    await insertArrivals(store, [message('old', 'old', { feed: 'old-feed' })]);
    await addEffects('old-epr', ['wants-work', 'wants-work']);
    await start({ live: ['CMHT-X'], log: 'info' });
    const lines = linesOf(service.output());
    const told = (event: string) => lines.filter(({ message: name }) => name === event);
    expect(told('rows-stranded')).toMatchObject([
      { level: 'warn', feed: 'old-feed', rows: 1 },
      { level: 'warn', destination: 'old-epr', rows: 2 },
    ]);
    expect(told('live-team-unknown')).toMatchObject([{ level: 'warn', destination: 'epr', teams: 'CMHT-X' }]);
    expect(told('programme')).toMatchObject([{ text: expect.stringMatching(/^IPS \(test\), provided by IPS service/) }]); // prettier-ignore
  });

  it('sends what a rule that is on had observed, and nothing of one that is off, gone or not loaded', async () => {
    await addEffects('epr', ['wants-work', 'seeking-work-not-asked', 'taken-away']);
    // The EPR cannot be reached: what is to be sent stays pending.
    await start({ rules: { 'wants-work': 'on', 'seeking-work-not-asked': 'off' } });
    const rows = await store.other.selectFrom('outbox').select(['rule', 'state']).where('destination', '=', 'epr').where('state', '=', 'observed').orderBy('rule').execute(); // prettier-ignore
    expect(rows.map(({ rule }) => rule)).toEqual(['seeking-work-not-asked', 'taken-away']);
  });
});
