// The corpus messages (test/corpora/hl7v2, with their licence) and random damage to them: whatever comes is used,
// unused or refused with a place; nothing else is ever thrown.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { BridgeError } from '../../src/errors.ts';
import { validate } from '../../src/fhir/validate.ts';
import { readMessage } from '../../src/hl7v2/message.ts';
import { explain } from '../../src/mapping/explain.ts';
import { namedPersons, translate } from '../../src/mapping/translate.ts';
import { planRows } from '../../src/record/plan.ts';
import { mappingsWith, pasFeed } from '../support/mapping.ts';

const folder = join(import.meta.dirname, '../corpora/hl7v2');
const files = readdirSync(folder).filter((name) => name.endsWith('.hl7'));
const bodies = new Map(files.map((name) => [name, readFileSync(join(folder, name))]));

const asDelivered = mappingsWith();
/** The authorities of the corpus as if they were a trust's own, so that its messages go all the way. */
const withAuthorities = mappingsWith({
  'codes/assigning-authorities.csv': [
    'authority,kind,system,default',
    ...['test1', 'BCBS', '1', 'ADT1'].map(
      (authority) => `${authority},person,https://corpus.example/${authority},no`,
    ),
    'USSSA,other,,no',
    'RZZ,person,https://rzz.example/Id/patient,yes',
    'RZZ,staff,https://rzz.example/Id/staff,yes',
    'RZZ,team,https://rzz.example/Id/team,yes',
  ].join('\n'),
});

function outcomeOf(body: Buffer, mappings = asDelivered): string {
  try {
    return translate(mappings, readMessage(body), pasFeed).outcome;
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    if (error.where === undefined) throw error;
    return `${error.kind} ${error.where}`;
  }
}

describe('the corpus', () => {
  it('holds 33 messages, each used, unused or refused with the field that is to blame', () => {
    const outcomes = new Map([...bodies].map(([name, body]) => [name, outcomeOf(body)]));
    expect(outcomes.size).toBe(33);
    expect(outcomes.get('ADT-A01-01.hl7')).toBe('identity/unknown-authority PID-3[1].4');
    expect(outcomes.get('ADT-A40-01.hl7')).toBe('identity/unknown-authority PID-3.4');
    expect(outcomes.get('ADT-A47-01.hl7')).toBe('identity/unknown-authority PID-3.4');
    expect(outcomes.get('ADT04-251.hl7')).toBe('used');
    expect(outcomes.get('SIU-S12-01.hl7')).toBe('identity/unknown-authority PID-3[1].4');
    expect(outcomes.get('VXU-V04-01.hl7')).toBe('unused');
  });

  it('is used wherever there is a map, once its authorities are known', () => {
    const used = [...bodies]
      .filter(([, body]) => outcomeOf(body, withAuthorities) === 'used')
      .map(([name]) => name);
    expect(used).toEqual([
      'ADT-A01-01.hl7', 'ADT-A02-01.hl7', 'ADT-A03-01.hl7', 'ADT-A04-01.hl7', 'ADT-A05-01.hl7', 'ADT-A08-01.hl7',
      'ADT-A11-01.hl7', 'ADT-A13-01.hl7', 'ADT-A14-01.hl7', 'ADT-A15-01.hl7', 'ADT-A16-01.hl7', 'ADT-A25-01.hl7',
      'ADT-A28-01.hl7', 'ADT-A31-01.hl7', 'ADT-A40-01.hl7', 'ADT01-23.hl7', 'ADT04-251.hl7',
      'MDM-T01-01.hl7', 'MDM-T02-01.hl7', 'MDM-T06-01.hl7', 'MDM-T10-01.hl7', 'REF-I12-01.hl7', 'REF-I14-01.hl7',
      'SIU-S12-01.hl7', 'SIU-S13-01.hl7', 'SIU-S15-01.hl7', 'SIU-S26-01.hl7',
    ]); // prettier-ignore
  });

  it('becomes valid FHIR on an empty record', () => {
    for (const body of bodies.values()) {
      if (outcomeOf(body, withAuthorities) !== 'used') continue;
      const translation = translate(withAuthorities, readMessage(body), pasFeed);
      if (translation.outcome !== 'used') continue;
      const record = { id: 1, uid: 'u1', keys: [], rows: [] };
      const arrived = { source: 'pas', at: pasFeed.receivedAt, personUid: 'u1' };
      expect(
        planRows(record, translation.resources, arrived).rows.flatMap((row) => validate(row.resource)),
      ).toEqual([]);
    }
  });

  it('damaged at random, it still ends in an outcome or an error with a place, explained or not', () => {
    const damage = fc.record({
      name: fc.constantFrom(...files),
      at: fc.nat(),
      length: fc.integer({ min: 0, max: 40 }),
      text: fc.oneof(
        fc.string({ maxLength: 12 }),
        fc.constantFrom('|', '^', '~', '&', '\\', '""', '\r', 'PID|', '\r\rMRG|""'),
      ),
    });
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (damages) => {
        const [first] = damages;
        let text = (bodies.get(first?.name ?? '') ?? Buffer.alloc(0)).toString('latin1');
        for (const { at, length, text: inserted } of damages) {
          const place = at % (text.length + 1);
          text = text.slice(0, place) + inserted + text.slice(place + length);
        }
        const body = Buffer.from(text, 'latin1');
        const outcome = outcomeOf(body, withAuthorities);
        if (outcome.startsWith('parse/') || outcome.startsWith('structure/')) return;
        const message = readMessage(body);
        expect(() => namedPersons(message, withAuthorities)).not.toThrow();
        if (outcome !== 'used') return;
        const translation = translate(withAuthorities, message, pasFeed);
        expect(translation.findings.every(({ where, kind }) => where !== '' && kind.includes('/'))).toBe(
          true,
        );
        explain(withAuthorities, message, pasFeed);
      }),
      { numRuns: 400 },
    );
  });
});
