// NM, SN, ED, RP and TX: cases judged against the tables of the v2-to-FHIR guide (datatypes/*.csv).
import { describe, expect, it } from '@jest/globals';
import { converted } from '../../support/conversion.ts';

describe('nm-decimal', () => {
  it.each([
    ['16', 16], ['+1.50', 1.5], ['-.5', -0.5], ['""', null], ['', undefined],
  ])('%s', (text, value) => {
    expect(converted('nm-decimal', text)).toEqual({ value, findings: [] });
  }); // prettier-ignore

  it.each(['1e3', '1,000', '0x10', 'twelve', '.', '12345678901234567', 'NaN', 'Infinity'])(
    '%s is a finding, and no number is read out of it',
    (text) => {
      expect(converted('nm-decimal', text)).toEqual({ value: undefined, findings: ['type/number ZZ1-1.1'] });
    },
  );
});

describe('nm-positive-int', () => {
  it('takes whole numbers above nought only', () => {
    expect(converted('nm-positive-int', '3').value).toBe(3);
    for (const text of ['0', '-1', '1.5', '2147483648']) {
      expect(converted('nm-positive-int', text)).toEqual({
        value: undefined,
        findings: ['type/number ZZ1-1'],
      });
    }
  });
});

describe('sn-quantity and sn-range', () => {
  it.each([
    ['sn-quantity', '^16', { value: 16 }, []],
    ['sn-quantity', '>^30', { value: 30, comparator: '>' }, []],
    ['sn-quantity', '=^5', { value: 5 }, []],
    ['sn-quantity', '<>^5', undefined, ['type/structured-number ZZ1-1']],
    ['sn-quantity', '^16^-^29', undefined, ['type/structured-number ZZ1-1']],
    ['sn-quantity', '^lots', undefined, ['type/number ZZ1-1.2']],
    ['sn-quantity', '""', null, []],
    ['sn-range', '^16^-^29', { low: { value: 16 }, high: { value: 29 } }, []],
    ['sn-range', '^29^-^16', undefined, ['type/structured-number ZZ1-1']],
    ['sn-range', '^1^:^128', undefined, ['type/structured-number ZZ1-1']],
    ['sn-range', '""', null, []],
    ['sn-range', '', undefined, []],
  ])('%s of %s', (via, text, value, findings) => {
    expect(converted(via, text)).toEqual({ value, findings });
  });
});

describe('ed-attachment and rp-attachment', () => {
  it.each([
    ['ed-attachment', 'PAS^application^pdf^Base64^JVBERi0=', { contentType: 'application/pdf' }, []],
    ['ed-attachment', '^TEXT^HTML^A^x', { contentType: 'text/html' }, []],
    ['ed-attachment', '^^text/plain^A^x', { contentType: 'text/plain' }, []],
    ['ed-attachment', '^application^pdf^Base64', undefined, []],
    ['ed-attachment', '^application^p d f^Base64^JVBERi0=', undefined, ['code/content-type ZZ1-1.3']],
    ['ed-attachment', '""', null, []],
    ['rp-attachment', 'https://docs.example/1?x=2^PAS^application^pdf', { contentType: 'application/pdf', url: 'https://docs.example/1?x=2' }, []],
    ['rp-attachment', '\\\\server\\share\\a.pdf^PAS', undefined, ['type/url ZZ1-1.1']],
    ['rp-attachment', 'javascript:alert(1)', undefined, ['type/url ZZ1-1.1']],
    ['rp-attachment', 'https://me:secret@docs.example/1', undefined, ['type/url ZZ1-1.1']],
    ['rp-attachment', `https://docs.example/${'a'.repeat(2_000)}`, undefined, ['type/too-long ZZ1-1.1']],
    ['rp-attachment', '""', null, []],
  ])('%s of %s', (via, text, value, findings) => {
    expect(converted(via, text)).toEqual({ value, findings });
  }); // prettier-ignore

  it('the bytes of a document are nowhere in what is made of it', () => {
    expect(JSON.stringify(converted('ed-attachment', '^application^pdf^Base64^JVBERi0xLjQ='))).not.toContain(
      'JVBE',
    );
  });
});

describe('tx-text', () => {
  it.each([
    ['one\\.br\\two \\H\\three\\N\\', 'one\ntwo three', []],
    ['a^b&c~d', 'a^b&c\nd', []],
    ['  ', undefined, []],
    ['""', null, []],
    ['C:\\temp', 'C:\\temp', []],
    ['a'.repeat(1_048_577), undefined, ['type/too-long ZZ1-1']],
  ])('%#', (text, value, findings) => {
    expect(converted('tx-text', text)).toEqual({ value, findings });
  });
});
