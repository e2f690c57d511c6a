// Reading messages: three values for each component, repetitions, places.
import { describe, expect, it } from '@jest/globals';
import {
  countFields,
  countRepetitions,
  placeOf,
  readMessage,
  readText,
  readValue,
  segmentsNamed,
} from '../../src/hl7v2/message.ts';
import type { Segment } from '../../src/hl7v2/message.ts';
import { formatPlace, parsePlace } from '../../src/hl7v2/place.ts';

const header = 'MSH|^~\\&|RIO|RXX|TIE|IPS|20260725||ADT^A08|M-1|P|2.4';
const text = [
  header,
  'PID|1||9990000018^^^NHS~L1^^^RXX&site&L||O\\T\\N^Zo\\XC3AB\\^""||""|',
  'OBX|1|TX|Q||Marks & Spencer ^ partly~second|',
  'OBX|2|TX|Q||""',
  'ZTM',
].join('\r');
const message = readMessage(Buffer.from(text));
const only = (name: string, occurrence = 1): Segment => segmentsNamed(message, name)[occurrence - 1]!;

describe('readValue', () => {
  const pid = only('PID');

  it('tells a value, a deletion and silence apart', () => {
    expect(readValue(pid, { field: 5, component: 1 })).toBe('O&N');
    expect(readValue(pid, { field: 5, component: 2 })).toBe('Zoë');
    expect(readValue(pid, { field: 5, component: 3 })).toBeNull();
    expect(readValue(pid, { field: 5, component: 4 })).toBeUndefined();
    expect(readValue(pid, { field: 7 })).toBeNull();
    expect(readValue(pid, { field: 7, component: 3, subcomponent: 2 })).toBeNull();
    expect(readValue(pid, { field: 6 })).toBeUndefined();
    expect(readValue(pid, { field: 99 })).toBeUndefined();
    expect(readValue(only('ZTM'), { field: 1 })).toBeUndefined();
  });

  it('reads repetitions and subcomponents', () => {
    expect(countRepetitions(pid, 3)).toBe(2);
    expect([countRepetitions(pid, 7), countRepetitions(pid, 6), countRepetitions(pid, 99)]).toEqual([
      1, 0, 0,
    ]);
    expect(readValue(pid, { field: 3 })).toBe('9990000018');
    expect(readValue(pid, { field: 3, repetition: 2, component: 4 })).toBe('RXX');
    expect(readValue(pid, { field: 3, repetition: 2, component: 4, subcomponent: 3 })).toBe('L');
    expect(readValue(pid, { field: 3, repetition: 3 })).toBeUndefined();
    expect(readValue(pid, { field: 3, component: 4, subcomponent: 2 })).toBeUndefined();
  });

  it('numbers the fields of MSH as HL7v2 does', () => {
    const msh = only('MSH');
    expect([1, 2, 3, 10].map((field) => readText(msh, field))).toEqual(['|', '^~\\&', 'RIO', 'M-1']);
    expect([countFields(msh), countFields(pid), countFields(only('ZTM'))]).toEqual([12, 8, 0]);
  });

  it('reads by the separators that the sender declares', () => {
    const custom = readMessage(Buffer.from('MSH$%*?#$A$F$$$$$ADT%A01$1$P$2.4\rPID$1$$a%b#c*d$?F?'));
    const segment = segmentsNamed(custom, 'PID')[0]!;
    expect(readValue(segment, { field: 3, component: 2, subcomponent: 2 })).toBe('c');
    expect(readValue(segment, { field: 3, repetition: 2 })).toBe('d');
    expect(readValue(segment, { field: 4 })).toBe('$');
  });
});

describe('readText', () => {
  it('keeps separators that a sender forgot to escape in free text', () => {
    expect(readText(only('OBX'), 5)).toBe('Marks & Spencer ^ partly~second');
    expect(readText(only('OBX'), 5, 1)).toBe('Marks & Spencer ^ partly');
    expect(readText(only('OBX', 2), 5)).toBeNull();
    expect(readText(only('OBX', 2), 6)).toBeUndefined();
  });
});

describe('readMessage', () => {
  it('numbers segments of one name', () => {
    expect(message.segments.map(({ name, occurrence }) => `${name}${occurrence}`)).toEqual([
      'MSH1', 'PID1', 'OBX1', 'OBX2', 'ZTM1',
    ]); // prettier-ignore
  });

  it('leaves out lines that are no segment, says where, and does not repeat them', () => {
    const found = readMessage(Buffer.from(`${header}\rOBX|1|TX|Q||first\rAnne wrote this\rPID^1`));
    expect(found.segments.map(({ name }) => name)).toEqual(['MSH', 'OBX']);
    expect(found.findings.map(({ kind, where }) => [kind, where])).toEqual([
      ['structure/not-a-segment', 'line 3'],
      ['structure/not-a-segment', 'line 4'],
    ]);
    expect(JSON.stringify(found.findings)).not.toContain('Ann');
  });

  it('R8 decodes the body by the fallback charset where the declared one cannot be', () => {
    const found = readMessage(Buffer.from(`${header}\rPID|1||||Zo\xeb`, 'latin1'));
    expect(readValue(segmentsNamed(found, 'PID')[0]!, { field: 5 })).toBe('Zoë');
    expect(found).toMatchObject({ charset: 'windows-1252', findings: [{ kind: 'code/charset' }] });
  });
});

describe('places', () => {
  it('are written as people write them', () => {
    expect(placeOf(only('PID'), { field: 3, repetition: 2, component: 1 })).toBe('PID-3[2].1');
    expect(placeOf(only('OBX', 2), { field: 5 })).toBe('OBX[2]-5');
    expect([placeOf(only('PID')), placeOf(only('OBX', 2))]).toEqual(['PID', 'OBX[2]']);
  });

  it.each(['PID-3', 'PID-3[2].1', 'OBX[3]-5', 'PID-3.4.2', 'ZU1-10[12].3.4'])(
    '%s is read and written',
    (place) => {
      expect(formatPlace(parsePlace(place))).toBe(place);
    },
  );

  it.each(['', 'PID', 'PID.3', 'pid-3', 'PID-0', 'PID-3[0]', 'PID-3.1.1.1', 'PID-3 '])(
    '"%s" is refused',
    (place) => {
      expect(() => parsePlace(place)).toThrow(expect.objectContaining({ kind: 'config/field-place' }));
    },
  );
});
