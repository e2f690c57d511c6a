// Character sets: MSH-18, marks, wrong declarations; never a U+FFFD.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import iconv from 'iconv-lite';
import { decodeBytes } from '../../src/hl7v2/charset.ts';

const kinds = (bytes: Buffer, declared: string[]): string[] =>
  decodeBytes(bytes, declared).findings.map(({ kind }) => kind);

describe('decodeBytes', () => {
  it.each([
    ['', 'utf-8', 'utf-8'],
    ['UNICODE', 'utf-8', 'utf-8'],
    ['UNICODE UTF-8', 'utf-8', 'utf-8'],
    ['utf8', 'utf-8', 'utf-8'],
    ['8859/1', 'iso-8859-1', 'iso-8859-1'],
    ['ISO-8859-15', 'iso-8859-15', 'iso-8859-15'],
    ['WINDOWS-1252', 'windows-1252', 'windows-1252'],
  ])('R8 reads MSH-18 "%s"', (declared, encoding, charset) => {
    const bytes = iconv.encode('Zoë Ó Néill', encoding);
    expect(decodeBytes(bytes, [declared])).toEqual({ text: 'Zoë Ó Néill', charset, findings: [] });
  });

  it('R8 reads bytes that are invalid as declared by the fallback charset, with a finding', () => {
    const bytes = iconv.encode('“Zoë” – 50 €', 'windows-1252');
    for (const declared of ['UNICODE UTF-8', '', 'ASCII', '8859/1']) {
      expect(decodeBytes(bytes, [declared])).toEqual({
        text: '“Zoë” – 50 €',
        charset: 'windows-1252',
        findings: [expect.objectContaining({ kind: 'code/charset', where: 'MSH-18' })],
      });
    }
  });

  it('finds UTF-8 in what was declared to be ASCII or ISO 8859', () => {
    expect(decodeBytes(Buffer.from('Zoë'), ['ASCII'])).toMatchObject({ text: 'Zoë', charset: 'utf-8' });
    expect(kinds(Buffer.from('Zoë'), ['ASCII'])).toEqual(['code/charset']);
    expect(decodeBytes(Buffer.from('É'), ['8859/1'])).toMatchObject({ text: 'É', charset: 'utf-8' });
  });

  it('tries each repetition of MSH-18 without a finding', () => {
    expect(decodeBytes(Buffer.from('Zo\xeb', 'latin1'), ['ASCII', '8859/1'])).toEqual({
      text: 'Zoë',
      charset: 'iso-8859-1',
      findings: [],
    });
  });

  it('R8 believes a byte-order mark more than MSH-18, and leaves it out', () => {
    expect(decodeBytes(Buffer.from('\uFEFFZoë'), ['8859/1'])).toEqual({
      text: 'Zoë',
      charset: 'utf-8',
      findings: [],
    });
    const wide = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('Zoë', 'utf16le')]);
    expect(decodeBytes(wide, []).text).toBe('Zoë');
  });

  it('says when MSH-18 names a charset that is not known, and reads on', () => {
    expect(decodeBytes(Buffer.from('Zoë'), ['KLINGON']).text).toBe('Zoë');
    expect(kinds(Buffer.from('plain'), ['KLINGON'])).toEqual(['code/unknown-charset']);
  });

  it('uses the charset of the feed where MSH-18 is empty', () => {
    const feed = { charset: 'iso-8859-15', fallbackCharset: 'windows-1252' };
    expect(decodeBytes(iconv.encode('50 €', 'iso-8859-15'), [], feed).text).toBe('50 €');
  });

  it('R8 never gives U+FFFD, whatever the bytes and the declaration', () => {
    const declared = fc.constantFrom(
      '',
      'ASCII',
      'UNICODE',
      '8859/1',
      '8859/8',
      'BIG-5',
      'GB 18030-2000',
      '?',
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), declared, (array, name) => {
        expect(decodeBytes(Buffer.from(array), [name]).text).not.toContain('\uFFFD');
      }),
    );
    expect(decodeBytes(Buffer.from('lost \uFFFD'), [])).toMatchObject({ text: 'lost ?' });
    expect(kinds(Buffer.from('lost \uFFFD'), [])).toEqual(['code/replacement-character']);
  });
});
