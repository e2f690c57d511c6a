// XPN, XAD, XTN, XON and HD: cases judged against the tables of the v2-to-FHIR guide (datatypes/*.csv).
import { describe, expect, it } from '@jest/globals';
import { converted } from '../../support/conversion.ts';

const long = 'a'.repeat(251);

describe('xpn-humanname', () => {
  it.each([
    ['Ashdown^Amara^J^OBE^Ms^BSc^L', [{ use: 'official', family: 'Ashdown', given: ['Amara', 'J'], prefix: ['Ms'], suffix: ['OBE', 'BSc'] }]],
    ['O\\S\\Neil^Zoë', [{ family: 'O^Neil', given: ['Zoë'] }]],
    ['Ashdown~Birch^Amara^^^^^M', [{ family: 'Ashdown' }, { use: 'maiden', family: 'Birch', given: ['Amara'] }]],
    ['""', null],
    ['', undefined],
    ['^^^^Ms', undefined],
  ])('%s', (text, value) => {
    expect(converted('xpn-humanname', text, { codes: 'name-type' })).toEqual({ value, findings: [] });
  }); // prettier-ignore

  it('a part of more than 250 characters is a finding, and the rest of the name counts', () => {
    expect(converted('xpn-humanname', `${long}^Amara`)).toEqual({
      value: [{ given: ['Amara'] }],
      findings: ['type/too-long ZZ1-1.1'],
    });
  });
});

describe('xad-address', () => {
  it.each([
    ['1 High St&Flat 2&Old Mill^Northside^Leeds^West Yorks^ls11aa^GBR^H^^E08000035', [], {
      use: 'home', line: ['1 High St', 'Flat 2', 'Old Mill', 'Northside'], city: 'Leeds', district: 'E08000035', state: 'West Yorks', postalCode: 'LS1 1AA', country: 'GBR' }],
    ['1 High St^^Leeds^^LS1  1AA^^M', [], { type: 'postal', line: ['1 High St'], city: 'Leeds', postalCode: 'LS1 1AA' }],
    ['^^Leeds^^12345', ['type/postcode ZZ1-1.5'], { city: 'Leeds', postalCode: '12345' }],
    ['^^Leeds^^GIR 0AA^^BDL', [], { city: 'Leeds', postalCode: 'GIR 0AA' }],
    [`1 High St^${long}`, ['type/too-long ZZ1-1.2'], { line: ['1 High St'] }],
  ])('%s', (text, findings, address) => {
    expect(converted('xad-address', text)).toEqual({ value: [address], findings });
  }); // prettier-ignore

  it('is deleted by "", kept where nothing was sent, and says nothing where only its kind is told', () => {
    expect(converted('xad-address', '""').value).toBeNull();
    expect(converted('xad-address', '').value).toBeUndefined();
    expect(converted('xad-address', '^^^^^^H').value).toBeUndefined();
  });
});

describe('xtn-contactpoint', () => {
  it.each([
    ['020 7946 0000^PRN^PH', [], { system: 'phone', value: '020 7946 0000', use: 'home' }],
    ['^PRS^CP^^44^7700^900123^9', [], { system: 'phone', value: '+44 7700 900123 X9', use: 'mobile' }],
    ['^WPN^PH^^^020^79460000^^^^^02079460000', [], { system: 'phone', value: '02079460000', use: 'work' }],
    ['^NET^Internet^amara@example.org', [], { system: 'email', value: 'amara@example.org' }],
    ['^NET^^amara@example.org', [], { system: 'email', value: 'amara@example.org' }],
    ['020 7946 0000^ORN^ZZ^^^^^^^^^^^^^^^2', ['code/unknown-equipment ZZ1-1.3'], { value: '020 7946 0000', rank: 2 }],
  ])('%s', (text, findings, point) => {
    expect(converted('xtn-contactpoint', text)).toEqual({ value: [point], findings });
  }); // prettier-ignore

  it('is deleted by "", and a number of another kind than the address is none', () => {
    expect(converted('xtn-contactpoint', '""').value).toBeNull();
    expect(converted('xtn-contactpoint', '').value).toBeUndefined();
    expect(converted('xtn-contactpoint', '020 7946 0000^NET^Internet').value).toBeUndefined();
  });
});

describe('xon-organization', () => {
  const ods = 'https://fhir.nhs.uk/Id/ods-organization-code';
  it.each([
    ['Northside Surgery^^^^^^^^^A81001', [], { type: 'Organization', identifier: { system: ods, value: 'A81001' }, display: 'Northside Surgery' }],
    ['^^RZZ^^^ODS', [], { type: 'Organization', identifier: { system: ods, value: 'RZZ' } }],
    ['X^^77^^^&1.2.826.0.1&ISO', [], { type: 'Organization', identifier: { system: 'urn:oid:1.2.826.0.1', value: '77' }, display: 'X' }],
    ['X^^^^^LOCAL^^^^77', ['code/unknown-organisation ZZ1-1.6'], { type: 'Organization', identifier: { value: '77' }, display: 'X' }],
    ['Only a name', [], { type: 'Organization', display: 'Only a name' }],
  ])('%s', (text, findings, value) => {
    expect(converted('xon-organization', text)).toEqual({ value, findings });
  }); // prettier-ignore

  it('is deleted by ""', () => expect(converted('xon-organization', '""').value).toBeNull());
});

describe('hd-uri', () => {
  it.each([
    ['PAS^1.2.826.0.1^ISO', [], 'urn:oid:1.2.826.0.1'],
    ['^2B1E9F6C-1B1A-4C1D-8E1F-0A1B2C3D4E5F^UUID', [], 'urn:uuid:2b1e9f6c-1b1a-4c1d-8e1f-0a1b2c3d4e5f'],
    ['^https://pas.example/ids^URI', [], 'https://pas.example/ids'],
    ['PAS', [], undefined],
    ['^1.2.x^ISO', ['type/universal-id ZZ1-1.2'], undefined],
    ['""', [], null],
  ])('%s', (text, findings, value) => {
    expect(converted('hd-uri', text)).toEqual({ value, findings });
  });
});

describe('codes that are words of the language that this is written in', () => {
  it('are unknown like any other', () => {
    expect(converted('xad-address', '1 High St^^Leeds^^^^constructor').value).toStrictEqual([
      { line: ['1 High St'], city: 'Leeds' },
    ]);
    expect(converted('xtn-contactpoint', '0113^toString^valueOf')).toStrictEqual({
      value: [{ value: '0113' }],
      findings: ['code/unknown-equipment ZZ1-1.3'],
    });
  });
});
