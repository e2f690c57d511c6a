// Damaged messages: whatever stands in one of the corpus's, it is used, unused or refused, in time, and no character that
// nobody knows comes out of it. On a real database every one of them ends processed or held.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sql } from 'kysely';
import { BridgeError } from '../../src/errors.ts';
import { peekHeader } from '../../src/hl7v2/header.ts';
import { readMessage } from '../../src/hl7v2/message.ts';
import { namedPersons, translate } from '../../src/mapping/translate.ts';
import { corpus, damaged, damages } from '../support/damage.ts';
import { freshStore } from '../support/database.ts';
import type { FreshStore } from '../support/database.ts';
import { mappingsWith, pasFeed } from '../support/mapping.ts';
import { processing } from '../support/processing.ts';

/** The authorities of the corpus as a trust's own, so that its messages go all the way. */
const mappings = mappingsWith({
  'codes/assigning-authorities.csv': [
    'authority,kind,system,default',
    ...['test1', 'BCBS', '1', 'ADT1'].map((name) => `${name},person,https://corpus.example/${name},no`),
    'USSSA,other,,no',
    'RZZ,person,https://rzz.example/Id/patient,yes',
    'RZZ,staff,https://rzz.example/Id/staff,yes',
    'RZZ,team,https://rzz.example/Id/team,yes',
  ].join('\n'),
});

/** Everything that a message becomes, or is refused with, as text. */
function resultOf(body: Buffer): string {
  try {
    const message = readMessage(body);
    const translation = translate(mappings, message, pasFeed);
    return JSON.stringify({ translation, named: namedPersons(message, mappings) });
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    return JSON.stringify({ kind: error.kind, message: error.message, findings: error.findings });
  }
}

describe('any damage to any of the 33 corpus messages', () => {
  it.each([...corpus.keys()])('R8 to %s ends in an outcome, in time, without U+FFFD', (name) => {
    const body = corpus.get(name) ?? Buffer.alloc(0);
    fc.assert(
      fc.property(damages, (places) => {
        const before = performance.now();
        expect(resultOf(damaged(body, places))).not.toMatch(/\uFFFD/);
        expect(performance.now() - before).toBeLessThan(10_000);
      }),
      { numRuns: 40 },
    );
  });

  it('a message made to be slow is read in time: many separators, many repetitions, many escapes', () => {
    const many = 20_000;
    const slow = ['|', '^', '~', '&', '\\', '\\.br', '\\X41', '\\.sp9\\', '\\E', '""~', ' '].map((text) => text.repeat(many));
    for (const text of slow) {
      const head = 'MSH|^~\\&|PAS|RZZ|||20260301||ADT^A08|S1|P|2.4\r';
      const before = performance.now();
      resultOf(Buffer.from(`${head}PID|1||R1^^^RZZ~${text}||${text}||${text}\rZCP|1|P1|${text}|||${text}`));
      expect(performance.now() - before).toBeLessThan(10_000);
    }
  }); // prettier-ignore
});

describe('a batch of damaged messages on a real database', () => {
  let fresh: FreshStore;
  beforeAll(async () => {
    fresh = await freshStore();
  });
  afterAll(async () => {
    await fresh.drop();
  });

  it('R8 loses none: every row ends processed or held, and nothing stored holds U+FFFD', async () => {
    const line = processing(fresh.store, ['rio'], { mappings });
    const bodies = [...corpus.values()].flatMap((body, index) =>
      fc.sample(damages, { numRuns: 6, seed: index + 1 }).map((places) => damaged(body, places)),
    );
    const readable = [...bodies, Buffer.from(`MSH|^~\\&|A|RZZ|||20260301||ADT^A08|NUL|P|2.4\rPID|1||R1^^^RZZ||Ash\\X00\\down^A\u0000B\rOBX|1|CE|EMPSTATUS||Q\\X00\\7`)].filter(hasHeader);
    expect(readable.length).toBeGreaterThan(100);
    const rows = await line.receive(readable.map((body) => [body]));
    await line.run();
    const inbox = await line.inbox();
    expect(inbox.map(({ id }) => id)).toEqual(rows);
    expect(inbox.filter(({ state }) => state !== 'processed' && state !== 'held')).toEqual([]);
    expect(inbox.filter(({ kind }) => kind?.startsWith('internal/') === true)).toEqual([]);
    const { rows: unknown } = await sql`
      select id from resource where position(chr(65533) in body::text) > 0
      union all select id from inbox where position(chr(65533) in findings::text) > 0`.execute(fresh.store.other);
    expect(unknown).toEqual([]);
  }, 60_000); // prettier-ignore
});

function hasHeader(body: Buffer): boolean {
  try {
    peekHeader(body);
    return true;
  } catch (error) {
    if (error instanceof BridgeError) return false;
    throw error;
  }
}
