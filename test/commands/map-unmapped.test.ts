// `map unmapped` and `map reprocess`, as an informatician calls them: the work list, what would be processed again, and back
// into the lane with it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { runCommand } from '../support/command.ts';
import type { CommandResult } from '../support/command.ts';
import { freshStore } from '../support/database.ts';
import type { FreshStore } from '../support/database.ts';
import { adt, testPerson } from '../support/epr-messages.ts';
import { mappingTree } from '../support/mapping.ts';
import { processing } from '../support/processing.ts';
import type { Processing } from '../support/processing.ts';
import { testTrust } from '../support/trust.ts';
import type { TestTrust } from '../support/trust.ts';

const amara = testPerson(31);
const table = 'codes/employment-status.csv';
let fresh: FreshStore;
let line: Processing;
/** The configuration before the table was extended, and after it. */
let trust: TestTrust;
let extended: TestTrust;

beforeAll(async () => {
  fresh = await freshStore();
  line = processing(fresh.store);
  const unused = Buffer.from(adt(amara, { controlId: '3' }).toString().replace('ADT^A08^ADT_A01', 'ORM^O01'));
  await line.receive([
    [adt(amara, { controlId: '1', status: ['UNEMP', '20260901'] })],
    [adt(amara, { controlId: '2', status: ['NONSUCH', '20260901'] })],
    [unused],
  ]);
  await line.run();
  const options = { feeds: 1, databaseUrl: fresh.url };
  const text = `${mappingTree().get(table)?.text.trimEnd() ?? ''}\nUNEMP,02,Unemployed and actively seeking work\n`;
  trust = await testTrust(options);
  extended = await testTrust({ ...options, mappingFiles: { [table]: text } });
});
afterAll(async () => {
  trust.remove();
  extended.remove();
  await fresh.drop();
});

function map(config: TestTrust, ...args: string[]): Promise<CommandResult> {
  return runCommand(['map', ...args, '--config', config.config], { databaseUrl: fresh.url });
}
const outcome = z.object({
  codesKnownNow: z.array(z.object({ table: z.string(), code: z.string(), messages: z.number() })),
  codesStillUnknown: z.number(), messages: z.number(), withoutBytes: z.number(), putBack: z.number(), serviceRuns: z.string(),
}); // prettier-ignore
const states = async () => (await line.inbox()).map(({ state }) => state);

describe('map unmapped', () => {
  it('lists each code with its table, place, event and feed', async () => {
    const { code, out } = await map(trust, 'unmapped');
    expect(code).toBe(0);
    expect(out).toMatch(/^TABLE +CODE +MESSAGES +FIRST SEEN +LAST SEEN +PLACE +EVENTS +FEEDS\n/);
    expect(out).toMatch(
      /^employment-status +UNEMP +1 +\d{4}-\d\d-\d\d +\d{4}-\d\d-\d\d +OBX-5 +ADT\^A08 +rio$/m,
    );
    expect(out).toMatch(/^employment-status +NONSUCH +1 /m);
    expect((await map(trust, 'unmapped', '--table', 'teams')).out).toBe('No code of a table called teams waits.\n'); // prettier-ignore
  });

  it('lists what is deliberately not used, by feed and event', async () => {
    const { out } = await map(trust, 'unmapped', '--events', '--json');
    expect(JSON.parse(out)).toMatchObject([{ feed: 'rio', event: 'ORM^O01', messages: 1, reason: 'ORM^O01 is not mapped' }]); // prettier-ignore
  });
});

describe('map reprocess --unmapped', () => {
  it('does nothing while no table knows the codes', async () => {
    const { code, out } = await map(trust, 'reprocess', '--unmapped');
    expect([code, out]).toEqual([
      0,
      '2 codes are still unknown (ips-bridge map unmapped lists them).\nThere is nothing to process again.\n',
    ]);
  });

  it('says with --dry-run how many there are, and that nothing tells what the service runs with', async () => {
    const { code, out, err } = await map(extended, 'reprocess', '--unmapped', '--dry-run');
    expect(code).toBe(0);
    expect(out).toContain('codes/employment-status: UNEMP is known now (1 messages)');
    expect(out).toContain('1 messages would be put back into their lanes.');
    expect(err).toContain('Let the service take the new tables first');
    expect(await states()).toEqual(['processed', 'processed', 'processed']);
  });

  it('puts exactly those back whose code is known now, with the operator’s name on the audit', async () => {
    const { code, out } = await map(extended, 'reprocess', '--unmapped', '--json');
    expect(code).toBe(0);
    expect(outcome.parse(JSON.parse(out))).toEqual({
      codesKnownNow: [{ table: 'employment-status', code: 'UNEMP', messages: 1 }],
      codesStillUnknown: 1, messages: 1, withoutBytes: 0, putBack: 1, serviceRuns: 'unknown',
    }); // prettier-ignore
    expect(await states()).toEqual(['received', 'processed', 'processed']);
    const audit = await fresh.store.other.selectFrom('audit').select(['actor', 'inbox_id']).where('action', '=', 'replayed').execute(); // prettier-ignore
    expect(audit).toEqual([{ actor: 'operator:tester', inbox_id: (await line.inbox())[0]?.id }]);
    expect((await map(extended, 'reprocess', '--unmapped')).out).toContain(
      'There is nothing to process again.',
    );
  });
});
