// The same message in every form that senders give it, through the real database: one person, one spelling, a finding
// where the bytes contradict what was declared.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { messagesOf } from '../../src/hl7v2/segments.ts';
import { summarise } from '../../src/record/summary.ts';
import { freshStore } from '../support/database.ts';
import type { FreshStore } from '../support/database.ts';
import { processing } from '../support/processing.ts';

const lines = (charset: string, nhs = '9990000018'): string[] => [
  `MSH|^~\\&|PAS|RZZ|IPS-BRIDGE|RZZ|20260301115900||ADT^A31|TEST1|P|2.4||||||${charset}`,
  'EVN|A31|20260301115900',
  `PID|1||R1^^^RZZ^PI~${nhs}^^^NHS^NH||Ashdown^Amara||19800312|2`,
  'PV1|1|N',
  'ZCP|1|CP1|CARE^Care plan|20250601||A job in a café',
];
const bytes = (charset: string, end: string, encoding: BufferEncoding = 'utf8'): Buffer =>
  Buffer.from(lines(charset).join(end) + end, encoding);
const mark = Buffer.from([0xef, 0xbb, 0xbf]);
const batch = Buffer.from(
  ['FHS|^~\\&|PAS', 'BHS|^~\\&|PAS', ...lines('UNICODE'), 'BTS|1', 'FTS|1'].join('\r'),
);

let fresh: FreshStore;
beforeAll(async () => {
  fresh = await freshStore();
});
afterAll(async () => {
  await fresh.drop();
});

interface Stored {
  readonly resource: { readonly description?: unknown };
  readonly findings: readonly { readonly kind: string }[];
  readonly nhs: string | null;
}

let people = 0;

/** What messages become of this type; each call is about a person of its own. */
async function stored(type: 'Patient' | 'CarePlan', ...bodies: Buffer[]): Promise<readonly Stored[]> {
  const number = `R${(people += 1)}^^^`;
  const line = processing(fresh.store, ['pas']);
  const inbox = await line.receive(
    bodies.map((body) => [Buffer.from(body.toString('latin1').replace('R1^^^', number), 'latin1')]),
    'pas',
  );
  await line.run();
  expect((await line.inbox()).filter(({ state }) => state !== 'processed')).toEqual([]);
  const { rows } = await sql<Stored>`
    select r.body as resource, i.findings, r.nhs_number as nhs from resource r join inbox i on i.id = r.inbox_id
    where r.type = ${type} and i.id = any(${inbox}) order by r.id`.execute(fresh.store.other);
  return rows;
}

describe('a message as senders write it', () => {
  it.each([
    ['UNICODE, meaning UTF-8', bytes('UNICODE', '\r'), []],
    ['UNICODE UTF-8 with a byte-order mark', Buffer.concat([mark, bytes('UNICODE UTF-8', '\r')]), []],
    ['line feeds', bytes('UNICODE', '\n'), []],
    ['CRLF, and one more at the end', bytes('UNICODE', '\r\n'), []],
    ['no line end after the last segment', Buffer.from(lines('UNICODE').join('\r')), []],
    ['8859/1', bytes('8859/1', '\r', 'latin1'), []],
    ['bytes of Windows declared as UTF-8', bytes('UNICODE', '\r', 'latin1'), ['code/charset']],
    ['bytes of Windows and nothing declared', bytes('', '\r', 'latin1'), ['code/charset']],
    ['a character set that nobody knows', bytes('EBCDIC', '\r'), ['code/unknown-charset']],
    ['a byte-order mark that contradicts MSH-18', Buffer.concat([mark, bytes('8859/1', '\r')]), []],
    ['a batch with FHS and BHS', batch, []],
  ])('R8 %s', async (_form, body, kinds) => {
    const plans = await stored('CarePlan', ...messagesOf(body));
    expect(plans.map(({ resource }) => resource.description)).toEqual(['A job in a café']);
    expect(plans.flatMap(({ findings }) => findings.map(({ kind }) => kind))).toEqual(kinds);
  });
});

describe('an NHS number with a wrong check digit', () => {
  it('is kept with a finding, stands in no column, and is nobody’s NHS number', async () => {
    const [patient] = await stored('Patient', Buffer.from(lines('UNICODE', '9990000019').join('\r')));
    expect(patient?.findings.map(({ kind }) => kind)).toEqual(['identity/invalid-nhs-number']);
    expect(JSON.stringify(patient?.resource)).toContain('"urn:x-ips-bridge:invalid-nhs-number"');
    expect(patient?.nhs).toBeNull();
    const resource = {
      resourceType: 'Patient' as const,
      identifier: [{ system: 'urn:x-ips-bridge:invalid-nhs-number', value: '9990000019' }],
    };
    const key = { system: 'https://rzz.example/Id/patient', value: 'R1' };
    const row = { id: 1, source: 'pas', sourceId: `${key.system}|R1`, at: new Date(), resource };
    // Whatever leaves names a person by this summary, never by the Patient itself.
    expect(summarise({ id: 1, uid: 'u1', keys: [key], rows: [row] })).toEqual({ uid: 'u1', keys: [key] });
  });
});
