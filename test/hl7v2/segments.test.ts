// Where segments and messages begin, whatever the line ends; batches.
import { describe, expect, it } from '@jest/globals';
import { messagesOf, splitSegments } from '../../src/hl7v2/segments.ts';

const texts = (frame: string): string[] =>
  messagesOf(Buffer.from(frame, 'latin1')).map((message) => message.toString('latin1'));

describe('splitSegments', () => {
  it.each([
    ['CR', 'MSH|a\rPID|b\r'],
    ['LF', 'MSH|a\nPID|b\n'],
    ['CRLF', 'MSH|a\r\nPID|b\r\n'],
    ['no last end', 'MSH|a\rPID|b'],
    ['empty lines', '\r\nMSH|a\r\r\n\rPID|b\r\r'],
    ['CR and LF mixed', 'MSH|a\nPID|b\r'],
  ])('R8 reads segments that end with %s', (_name, text) => {
    expect(splitSegments(text)).toEqual(['MSH|a', 'PID|b']);
  });

  it('leaves a line feed within a field where it is', () => {
    expect(splitSegments('MSH|a\rOBX|one\ntwo\rNTE|b')).toEqual(['MSH|a', 'OBX|one\ntwo', 'NTE|b']);
  });
});

describe('messagesOf', () => {
  it('gives a single message back untouched, the very same bytes', () => {
    const frame = Buffer.from('MSH|^~\\&|MSH|x\rOBX|MSH|\r');
    expect(messagesOf(frame)[0]).toBe(frame);
  });

  it('R8 takes a batch apart and drops its wrappers', () => {
    const one = 'MSH|^~\\&|1\rPID|1\r';
    const two = 'MSH|^~\\&|2\rPID|2\r';
    expect(texts(`FHS|^~\\&\rBHS|^~\\&\r${one}${two}BTS|2\rFTS|1\r`)).toEqual([one, two]);
    expect(texts(`\xef\xbb\xbfBHS|^~\\&\r\n${one}BTS|1`)).toEqual([one]);
    expect(texts('BHS|^~\\&\nMSH|^~\\&|1\nPID|1\nBTS|1\n')).toEqual(['MSH|^~\\&|1\nPID|1\n']);
  });

  it('never attaches a message to another that lacks a frame of its own', () => {
    expect(texts('MSH|^~\\&|1\rPID|1\rMSH|^~\\&|2\rPID|2\r')).toEqual([
      'MSH|^~\\&|1\rPID|1\r',
      'MSH|^~\\&|2\rPID|2\r',
    ]);
  });

  it('gives a batch without messages back whole, so that it is refused and not lost', () => {
    expect(texts('FHS|^~\\&\rFTS|0\r')).toEqual(['FHS|^~\\&\rFTS|0\r']);
    expect(texts('')).toEqual(['']);
  });
});
