// What a feed says of its messages: what an empty field means, and whether lists of segments are whole.
import { describe, expect, it } from '@jest/globals';
import { translate } from '../../src/mapping/translate.ts';
import type { MessageSource } from '../../src/mapping/translate.ts';
import { mappingsWith, messageOf, pasFeed } from '../support/mapping.ts';

const mappings = mappingsWith();
const emptyDeletes: MessageSource = { ...pasFeed, emptyMeans: 'delete' };

function usedOf(source: MessageSource, ...segments: string[]) {
  const translation = translate(mappings, messageOf('ADT^A08', ...segments), source);
  if (translation.outcome !== 'used') throw new Error(translation.reason);
  return translation;
}

function clearsOf(source: MessageSource, ...segments: string[]): readonly string[] {
  return usedOf(source, ...segments).resources.flatMap(({ resource, clears }) =>
    clears.map((path) => `${resource.resourceType}.${path}`),
  );
}

describe('emptyMeans', () => {
  const emptyName = 'PID|1||R1^^^RZZ||||  |2';

  it('absent, unless the feed says otherwise: an empty field keeps what the record has', () => {
    expect(clearsOf(pasFeed, emptyName)).toEqual([]);
  });

  it('delete: an empty or blank field that a row reads is taken away, as "" would', () => {
    expect(clearsOf(emptyDeletes, emptyName)).toEqual(['Patient.birthDate']);
    expect(clearsOf(pasFeed, 'PID|1||R1^^^RZZ||||""|2')).toEqual(['Patient.birthDate']);
  });

  it('delete: not what follows the last field that was sent, and no segment that is not there', () => {
    const cleared = clearsOf(emptyDeletes, emptyName);
    expect(cleared).not.toContain('Patient.extension');
    expect(cleared.filter((path) => path.startsWith('Encounter'))).toEqual([]);
  });

  it('delete: never who somebody is', () => {
    expect(() => clearsOf(emptyDeletes, 'PID|1||||Ashdown^Amara')).toThrow('nobody is named here');
    const merge = messageOf('ADT^A40', 'PID|1||R1^^^RZZ||Ashdown^Amara', 'MRG|');
    expect(() => translate(mappings, merge, emptyDeletes)).toThrow('nobody is named here');
  });

  it.each([
    ['ADT^A40', ['MRG|R2^^^RZZ']],
    ['ADT^A24', ['PID|2||R2^^^RZZ||||  |2']],
    ['SIU^S12', ['SCH|A1|A1||||||||||20260301T0900']],
  ])('delete: not in a message that names somebody only to say whom it means (%s)', (event, segments) => {
    // A death and a birth date must not go because a merge or an appointment leaves them out (HL7 v2.5.1 §3.3.40).
    const pid = `PID|1||R1^^^RZZ||||  |2${'|'.repeat(22)}|`;
    const translation = translate(mappings, messageOf(event, pid, ...segments), emptyDeletes);
    if (translation.outcome !== 'used') throw new Error(translation.reason);
    const patients = translation.resources.filter(({ resource }) => resource.resourceType === 'Patient');
    expect(patients.length).toBeGreaterThan(0);
    expect(patients.flatMap(({ clears }) => clears)).toEqual([]);
    expect(clearsOf(emptyDeletes, pid)).toContain('Patient.deceased[x]');
  });

  it('delete: a status that FHIR requires stays', () => {
    const obx = 'OBX|1|CE|EMPSTATUS||02||||||||||';
    const status = usedOf(emptyDeletes, 'PID|1||R1^^^RZZ', obx).resources.find(
      ({ resource }) => resource.resourceType === 'Observation',
    );
    expect(status?.resource).toMatchObject({ status: 'final' });
  });
});

describe('lists of segments', () => {
  const pid = 'PID|1||R1^^^RZZ';
  const two = ['ZTM|1|T1|CMHT1^North|20260101', 'ZTM|2|T2|CMHT1^North|20260101'];

  it('a message that holds any lists all of its person', () => {
    const { lists, resources } = usedOf(pasFeed, pid, ...two);
    expect(lists).toEqual([
      {
        person: { system: 'https://rzz.example/Id/patient', value: 'R1' },
        type: 'EpisodeOfCare',
        list: 'ztm-episodeofcare',
        sourceIds: ['T1', 'T2'],
        where: 'ZTM',
      },
    ]);
    const tags = resources.flatMap(({ resource }) => resource.meta?.tag ?? []);
    expect(tags).toEqual(Array(2).fill({ system: 'urn:x-ips-bridge:list', code: 'ztm-episodeofcare' }));
  });

  it('a message without any says nothing of the list', () => {
    expect(usedOf(pasFeed, pid).lists).toBeUndefined();
  });

  it('one that does not say what it is about makes no list: it may be any', () => {
    expect(usedOf(pasFeed, pid, ...two, 'ZTM|3||CMHT1^North|20260101').lists).toBeUndefined();
  });

  it('a feed whose lists only add has none', () => {
    expect(usedOf({ ...pasFeed, lists: 'add' }, pid, ...two).lists).toBeUndefined();
  });

  it('what somebody has stated is never a list', () => {
    const care =
      'group: care\nsegments:\n  - { segment: OBX, map: obx-wants-work, list: whole, own: not allowed }\n';
    expect(() => mappingsWith({ 'hl7v2-to-fhir/groups/care.yaml': care })).toThrow(
      'obx-wants-work makes a Observation, which does not end by silence',
    );
  });
});
