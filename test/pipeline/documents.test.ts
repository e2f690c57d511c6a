// Documents, referrals and results on their way through process: what comes back of our own does nothing twice, an IPS
// referral of the EPR keeps a proposal away, and a wish is a wish in whichever message it is said.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { uuidOf } from '../../src/fhir/ids.ts';
import { noteVersionKey } from '../../src/ips/notes/identity.ts';
import { personByKey } from '../../src/store/persons.ts';
import { loadRecords } from '../../src/store/record.ts';
import { freshStore } from '../support/database.ts';
import type { FreshStore } from '../support/database.ts';
import { adt, testPerson } from '../support/epr-messages.ts';
import { noteId, noteLine, written } from '../support/notes.ts';
import type { NoteLine } from '../support/notes.ts';
import { processing } from '../support/processing.ts';
import type { Processing } from '../support/processing.ts';

const amara = testPerson(1);
const pid = `PID|1||${amara.local}^^^RZZ^PI||${amara.family}^Amara^^^^^L||${amara.birthDate}|2`;
const ours = uuidOf(noteVersionKey({ id: noteId('a'), version: 1 }));
const author = { system: 'https://ips.example/Id/staff', value: 'ES7', name: 'Jo Marsh' };
const person = { system: 'https://rzz.example/Id/patient', value: amara.local };
const note = { kind: 'contact', person, author, date: '2026-11-02', summary: 'Talked about jobs.' };

let controlId = 100;
function message(event: string, ...segments: readonly string[]): [Buffer] {
  controlId += 1;
  const header = `MSH|^~\\&|EPR|RZZ|IPS-BRIDGE|RZZ|20261103120000||${event}|${controlId}|P|2.5.1||||||UNICODE`;
  return [Buffer.from([header, ...segments].join('\r'))];
}
const mdm = (event: string, txa: string) => message(`MDM^${event}`, `EVN|${event}|20261103120000`, pid, 'PV1|1|N', txa); // prettier-ignore
const ourTxa = `TXA|1|IPS-CONTACT|FT|20261102||20261103115900|||ES7^Jo Marsh|||${ours}^IPS-BRIDGE|||||DO|U|AV`;
const referral = (event: string) =>
  message(`REF^${event}`, 'RF1|A||IPS|||RF0001|20261001', 'PRD|RT||||||IPS', pid);
const report = (day: string, value: string) => message('ORU^R01', pid, `OBR|1|||EMPFORM|||${day}|||||||||||||||20261103`, `OBX|1|CE|WORKWISH||${value}||||||F`); // prettier-ignore

describe('MDM, REF and ORU in process', () => {
  let fresh: FreshStore;
  let epr: Processing;
  let notes: NoteLine;
  beforeEach(async () => {
    fresh = await freshStore();
    epr = processing(fresh.store);
    notes = noteLine(fresh.store);
    await epr.receive([[adt(amara, { controlId: '1' })]]);
    await epr.run();
  });
  afterEach(() => fresh.drop());

  const hears = async (...messages: readonly [Buffer][]): Promise<void> => {
    await epr.receive(messages);
    await epr.run();
  };
  const documents = async () => {
    const id = await personByKey(fresh.store, person);
    const [record] = (await loadRecords(fresh.store, id === undefined ? [] : [id])).values();
    return (record?.rows ?? []).flatMap(({ source, resource }) =>
      source === 'rio' && resource.resourceType === 'DocumentReference' ? [resource] : [],
    );
  };

  it('a note of ours that comes back as a document is recognised, and makes no second note and no decision', async () => {
    await notes.write([written.create('a', note)]);
    await notes.run();
    const before = await epr.effects();
    expect(before).toEqual(['make pending']);
    await hears(mdm('T02', ourTxa));
    expect(await epr.effects()).toEqual(before);
    expect(await notes.versions(amara.local)).toEqual(['1 current']);
    const [document, ...more] = await documents();
    expect(more).toEqual([]);
    const [filed] = await notes.rows(amara.local);
    expect(document?.identifier).toEqual(filed?.identifier);
    expect(JSON.stringify(document)).not.toContain('Talked about jobs');
    await hears(mdm('T11', ourTxa));
    expect((await documents()).at(-1)?.status).toBe('entered-in-error');
    expect(await notes.versions(amara.local)).toEqual(['1 current']);
    expect(await epr.effects()).toEqual(before);
  });

  it('nobody with an IPS referral by REF is proposed; once it is cancelled, a new wish is', async () => {
    await hears(referral('I12'), [adt(amara, { controlId: '2', answer: ['PAID', '20261002'] })]);
    expect(await epr.effects()).toEqual([]);
    await hears(referral('I14'), [adt(amara, { controlId: '3', answer: ['PAID', '20261005'] })]);
    expect(await epr.effects()).toEqual(['make pending']);
  });

  it('R52 a wish in a result makes one proposal; the report sent again makes no other', async () => {
    await hears(report('20261101', 'PAID'));
    expect(await epr.effects()).toEqual(['make pending']);
    await hears(report('20261101', 'PAID'));
    expect(await epr.effects()).toEqual(['make pending']);
  });

  it('R52 a decline ends it for a report that is sent again, and not for a later report', async () => {
    await hears(report('20261101', 'PAID'), report('20261102', 'NO'), report('20261101', 'PAID'));
    expect((await epr.effects()).filter((effect) => effect.startsWith('make'))).toHaveLength(1);
    await hears(report('20261103', 'PAID'));
    expect((await epr.effects()).filter((effect) => effect.startsWith('make'))).toHaveLength(2);
  });

  it('an answer in a result says nothing of who somebody is', async () => {
    const stranger = pid.replace(amara.local, 'T00099').replace(amara.birthDate, '19200101');
    await hears(message('ORU^R01', stranger, 'OBX|1|CE|WORKWISH||PAID||||||F|||20261101'));
    expect(await epr.effects()).toEqual([]);
    expect((await epr.inbox()).at(-1)).toMatchObject({ state: 'processed', outcome: 'used' });
  });

  it('a referral without its number is held, for nobody to overlook', async () => {
    await hears(message('REF^I12', 'RF1|A||IPS', 'PRD|RT||||||IPS', pid));
    expect((await epr.inbox()).at(-1)).toMatchObject({ state: 'held', kind: 'field/missing-id' });
  });
});
