// The header peek: what is read of MSH, and what is no HL7v2 message.
import { describe, expect, it } from '@jest/globals';
import { eventOf, peekHeader } from '../../src/hl7v2/header.ts';

const full =
  'MSH|^~\\&|RIO^1.2^ISO|RXX|TIE|IPS|20260725103000||ADT^A08^ADT_A01|M-1|T^R|2.4^GBR|7||al|ne|GBR|UNICODE~ASCII||| iTKv1.0';

const peek = (text: string) => peekHeader(Buffer.from(text, 'utf8'));

describe('peekHeader', () => {
  it('reads what receiving and acknowledging need', () => {
    expect(peek(`${full}\rPID|1\r`)).toMatchObject({
      sendingApplication: 'RIO^1.2^ISO',
      sendingFacility: 'RXX',
      receivingApplication: 'TIE',
      receivingFacility: 'IPS',
      time: '20260725103000',
      messageCode: 'ADT',
      triggerEvent: 'A08',
      structure: 'ADT_A01',
      controlId: 'M-1',
      processingId: 'T',
      processing: 'T^R',
      version: '2.4',
      versionField: '2.4^GBR',
      acceptAcknowledgement: 'AL',
      applicationAcknowledgement: 'NE',
      charsets: ['UNICODE', 'ASCII'],
      profile: ' iTKv1.0',
    });
    expect(eventOf(peek(full))).toBe('ADT^A08');
    expect(eventOf(peek('MSH|^~\\&|||||||ACK|1'))).toBe('ACK');
  });

  it.each([
    ['a byte-order mark', `\uFEFF${full}\r`],
    ['LF', `${full}\nPID|1\n`],
    ['CRLF', `${full}\r\nPID|1\r\n`],
    ['empty lines first', `\r\n${full}\r`],
    ['no end at all', full],
    ['LF before the next segment although others end with CR', `${full}\nPID|1\r`],
  ])('R8 reads a header with %s', (_name, text) => {
    expect(peek(text)).toMatchObject({ controlId: 'M-1', profile: ' iTKv1.0' });
  });

  it('reads UTF-16 where a mark says so', () => {
    const bytes = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(`${full}\rPID|1`, 'utf16le')]);
    expect(peekHeader(bytes).controlId).toBe('M-1');
  });

  it('reads the separators that the sender declares, and the fifth of version 2.7', () => {
    expect(peek('MSH$%*?#$APP$FAC$$$$$ADT%A01$M-1$P$2.4').separators).toEqual({
      field: '$',
      component: '%',
      repetition: '*',
      escape: '?',
      subcomponent: '#',
    });
    expect(peek('MSH|^~\\&#|APP|FAC|||||ADT^A01|M-1').separators.truncation).toBe('#');
  });

  it('reads names in the charset of MSH-18', () => {
    const text = 'MSH|^~\\&|Café|F|||||ADT^A01|1|P|2.4||||||8859/1';
    expect(peekHeader(Buffer.from(text, 'latin1'))).toMatchObject({
      sendingApplication: 'Café',
      charset: 'iso-8859-1',
    });
  });

  it.each([
    ['parse/not-hl7v2', ''],
    ['parse/not-hl7v2', 'GET / HTTP/1.1\r\n'],
    ['parse/not-hl7v2', '{"resourceType":"Bundle"}'],
    ['structure/no-msh', 'PID|1||123\r'],
    ['structure/no-msh', 'FHS|^~\\&\rFTS|0'],
    ['parse/encoding-characters', 'MSH|^~\\|APP'],
    ['parse/encoding-characters', 'MSH|^~^&|APP'],
    ['parse/encoding-characters', 'MSH|^~\\&#!|APP'],
    ['parse/encoding-characters', 'MSHA^~\\&AAPP'],
    ['parse/encoding-characters', 'MSH|ABCD|APP'],
    ['parse/encoding-characters', 'MSH'],
  ])('R7 %s: "%s"', (kind, text) => {
    expect(() => peek(text)).toThrow(expect.objectContaining({ kind }));
  });

  it('R7 leaves a missing MSH-10 to whoever acknowledges', () => {
    expect(peek('MSH|^~\\&|APP').controlId).toBe('');
  });
});
