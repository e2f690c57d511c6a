import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { BridgeError } from '../../src/errors.ts';
import type { CanonicalResource, Translation } from '../../src/fhir/canonical.ts';
import { explain } from '../../src/mapping/explain.ts';
import { namedPersons, translate } from '../../src/mapping/translate.ts';
import { fromHl7Time } from '../../src/time.ts';
import { mappingsWith, messageOf, pasFeed } from '../support/mapping.ts';

const mappings = mappingsWith();
const pid = 'PID|1||R1^^^RZZ^PI~9990000018^^^NHS^NH||Ashdown^Amara||19800312|2';

function resourcesOf(translation: Translation): readonly CanonicalResource[] {
  return translation.outcome === 'used' ? translation.resources : [];
}

function errorFrom(act: () => unknown): BridgeError {
  try {
    act();
  } catch (error) {
    if (error instanceof BridgeError) return error;
    throw error;
  }
  throw new BridgeError('internal/test', 'nothing was thrown');
}

describe('translating a message', () => {
  it('R9 whatever stands in a timestamp, the finding names its field and the rest of the message is used', () => {
    const without = resourcesOf(
      translate(mappings, messageOf('ADT^A31', pid.replace('19800312', '')), pasFeed),
    );
    const garbage = fc.stringMatching(/^[0-9A-Za-z+-]{1,18}$/).filter((text) => {
      try {
        fromHl7Time(text, 'Europe/London');
        return false;
      } catch {
        return true;
      }
    });
    fc.assert(
      fc.property(garbage, (text) => {
        const message = messageOf('ADT^A31', pid.replace('19800312', text));
        const translation = translate(mappings, message, pasFeed);
        expect(translation.findings.map(({ kind, where }) => `${kind} ${where}`)).toEqual([
          'type/timestamp PID-7',
        ]);
        expect(resourcesOf(translation)).toEqual(without);
      }),
      { numRuns: 200 },
    );
  });

  it('R9 a partial date keeps its precision', () => {
    const birthDates = ['1980', '198003', '19800312', '198003120530'].map((text) => {
      const [patient] = resourcesOf(
        translate(mappings, messageOf('ADT^A31', pid.replace('19800312', text)), pasFeed),
      );
      return patient?.resource.resourceType === 'Patient' ? patient.resource.birthDate : undefined;
    });
    expect(birthDates).toEqual(['1980', '1980-03', '1980-03-12', '1980-03-12']);
  });

  it('R12 merges in repeating groups hold all or none', () => {
    const second = pid.replaceAll('R1^', 'R2^');
    const all = translate(
      mappings,
      messageOf('ADT^A40', pid, 'MRG|R8^^^RZZ', second, 'MRG|R9^^^RZZ'),
      pasFeed,
    );
    expect(
      all.outcome === 'used'
        ? all.identity.flatMap((event) => (event.kind === 'merge' ? [event.merged.value] : []))
        : [],
    ).toEqual(['R8', 'R9']);
    const broken = messageOf('ADT^A40', pid, 'MRG|R8^^^RZZ', second, 'MRG|');
    expect(errorFrom(() => translate(mappings, broken, pasFeed))).toMatchObject({
      kind: 'identity/missing-patient-id',
      where: 'MRG[2]-1',
    });
  });

  it('R12 no identity event without a map passes as unused', () => {
    const events = Array.from({ length: 62 }, (_, index) => `A${String(index + 1).padStart(2, '0')}`);
    const unused = events.filter((event) => {
      try {
        return translate(mappings, messageOf(`ADT^${event}`, pid), pasFeed).outcome === 'unused';
      } catch {
        return false;
      }
    });
    const identity = ['A18', 'A23', 'A24', 'A29', 'A30', 'A34', 'A35', 'A36', 'A37', 'A39', 'A40', 'A41', 'A42',
      'A43', 'A44', 'A45', 'A46', 'A47', 'A48', 'A49', 'A50', 'A51']; // prettier-ignore
    expect(unused.filter((event) => identity.includes(event))).toEqual([]);
    expect(unused).toContain('A10');
  });

  it('the reason for leaving a message out names its event, and never what else stands in MSH-9', () => {
    expect(translate(mappings, messageOf('DFT^P03', pid), pasFeed)).toMatchObject({
      outcome: 'unused',
      reason: 'DFT^P03 is not mapped',
    });
    const odd = translate(mappings, messageOf('Canary Person^9990000018', pid), pasFeed);
    expect(JSON.stringify(odd)).not.toContain('Canary');
  });

  it('an ADT message without a readable trigger is refused: a merge may stand behind it', () => {
    for (const event of ['ADT', 'ADT^a40', 'ADT^A4O']) {
      expect(errorFrom(() => translate(mappings, messageOf(event, pid), pasFeed)).where).toBe('MSH-9.2');
    }
  });

  it('no finding and no error says a value of the message', () => {
    const canary = messageOf(
      'ADT^A08',
      'PID|1||R1^^^RZZ~Canary^^^Canary~Canary^^^NHS||Canary^C^^^^^Canary||Canary|Canary||||||||||||||Canary||||||||||Canary',
      'PV1|1|Canary||||||||||||||Canary|||V1|||||||||||||||||||||||||Canary|Canary',
      'ROL|1|UP|Canary|Canary|Canary|Canary',
      'OBX|1|CE|WORKWISH||Canary||||||Canary|||Canary',
      'ZTM|1|T1|Canary|Canary|Canary',
    );
    const findings = translate(mappings, canary, pasFeed).findings;
    expect(findings.length).toBeGreaterThan(8);
    expect(JSON.stringify(findings)).not.toContain('Canary');
  });
});

describe('who a message names', () => {
  it('R12 everyone by every known number, in any kind of message, each once', () => {
    const message = messageOf('ADT^A34', pid, 'MRG|R8^^^RZZ~R8^^^RZZ~9990000026^^^NHS^NH', 'PID|1||R2');
    expect(namedPersons(message, mappings).map((key) => key.value)).toEqual(['R1', 'R2', 'R8']);
    expect(namedPersons(messageOf('DFT^P03', 'OBX|1'), mappings)).toEqual([]);
  });

  it('everyone is named by the field that the file of an event says, so that both are locked, or held', () => {
    const file = `structure: ADT_A30
type: ADT
events: [A47]
identity: { does: change-number, from: MRG-4, own: this sender fills in the older field }
include: [person]
`;
    const own = mappingsWith({ 'hl7v2-to-fhir/messages/ADT_A47.yaml': file });
    const message = messageOf('ADT^A47', 'PID|1||R1^^^RZZ', 'MRG||||R2^^^RZZ');
    const translation = translate(own, message, pasFeed);
    expect(translation).toMatchObject({ identity: [{ survivor: { value: 'R1' }, merged: { value: 'R2' } }] });
    expect(namedPersons(message, own).map((key) => key.value)).toEqual(['R1', 'R2']);
  });
});

describe('explaining a message', () => {
  it('tells every element that translating set, with field and row of the guide', () => {
    const message = messageOf('ADT^A40', pid, 'MRG|R8^^^RZZ');
    const explained = explain(mappings, message, pasFeed);
    expect(explained.map(({ element, from, guide }) => `${element} <- ${from} | ${guide}`)).toEqual([
      expect.stringMatching(/^merge <- MRG-1 \| the guide maps MRG to an Account/),
      'Patient.identifier <- PID-3 | PID[Patient] PID-3',
      'Patient.birthDate <- PID-7 | PID[Patient] PID-7',
      'Patient.gender <- PID-8 | PID[Patient] PID-8',
    ]);
    const [, , birthDate] = explained;
    expect(birthDate).toMatchObject({ value: '1980-03-12', file: 'pid-patient' });
  });

  it('explains nothing of a message that is left out, and refuses as translating does', () => {
    expect(explain(mappings, messageOf('ADT^A09', pid), pasFeed)).toEqual([]);
    expect(errorFrom(() => explain(mappings, messageOf('ADT^A18', pid), pasFeed)).kind).toBe(
      'unsupported/identity-event',
    );
  });
});
