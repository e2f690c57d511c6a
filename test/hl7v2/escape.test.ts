// HL7v2 text escapes: nothing that is written can leave its field, and everything comes back as it was.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeText, encodeText } from '../../src/hl7v2/escape.ts';
import { readMessage, readValue, segmentsNamed } from '../../src/hl7v2/message.ts';
import { standardSeparators } from '../../src/hl7v2/separators.ts';

const odd = { field: '$', component: '%', repetition: '*', escape: '?', subcomponent: '#', truncation: '!' };
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.string({
    unit: fc.constantFrom('|', '^', '~', '\\', '&', '\r', '\n', '\v', '\x1c', 'X', '0', 'D', 'E', '.', 'b'),
  }),
);

describe('encodeText', () => {
  it('R22 escapes separators and control characters', () => {
    expect(encodeText('a|b^c~d\\e&f')).toBe('a\\F\\b\\S\\c\\R\\d\\E\\e\\T\\f');
    expect(encodeText('one\ntwo\r\v\x1c\tx')).toBe('one\\.br\\two\\X0D\\\\X0B\\\\X1C\\\tx');
    expect(encodeText('""')).toBe('"\\X22\\');
    expect(encodeText("O'Néill 名前")).toBe("O'Néill 名前");
    expect(encodeText('a$b!c|', odd)).toBe('a?F?b?P?c|');
  });

  it('R22 decodes to the same text, for any Unicode and any separators', () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom(standardSeparators, odd), (text, separators) => {
        expect(decodeText(encodeText(text, separators), separators)).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  it('R22 leaves the number of segments and fields unchanged', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const encoded = encodeText(text);
        const message = readMessage(Buffer.from(`MSH|^~\\&|A|B\rOBX|1|FT|Q||${encoded}|end\rNTE|1\r`));
        expect(message.segments.map(({ name }) => name)).toEqual(['MSH', 'OBX', 'NTE']);
        const obx = segmentsNamed(message, 'OBX')[0]!;
        expect(readValue(obx, { field: 6 })).toBe('end');
        // Half a surrogate pair is no character and cannot be written in UTF-8.
        if (text !== '' && text.isWellFormed() && !text.includes('\uFFFD')) {
          expect(readValue(obx, { field: 5 })).toBe(text);
        }
      }),
    );
  });
});

describe('decodeText', () => {
  it.each([
    ['a\\.br\\b\\.BR\\c', 'a\nb\nc'],
    ['a\\.sp2\\b\\.sp+1\\c', 'a\n\nb\nc'],
    ['a\\.sk3\\b', 'a   b'],
    ['\\H\\bold\\N\\ \\.in+2\\x\\.ti-1\\\\.fi\\\\.nf\\', 'bold x'],
    ['\\X0D0A\\', '\r\n'],
    ['\\XC3A9\\', 'é'],
    ['\\E\\F\\E\\', '\\F\\'],
    ['C:\\temp\\notes', 'C:\\temp\\notes'],
    ['\\Zlocal\\ \\X0\\ \\XZZ\\ \\', '\\Zlocal\\ \\X0\\ \\XZZ\\ \\'],
  ])('%s', (encoded, text) => {
    expect(decodeText(encoded)).toBe(text);
  });

  it('reads hexadecimal bytes in the charset of the message, and never as U+FFFD', () => {
    expect(decodeText('\\X80\\', standardSeparators, 'windows-1252')).toBe('€');
    expect(decodeText('\\XE9\\')).toBe('é');
    expect(decodeText('\\XEFBFBD\\')).toBe('?');
  });

  it('does not let a count from outside make a million lines', () => {
    expect(decodeText('\\.sp999999\\').length).toBe(100);
  });
});
