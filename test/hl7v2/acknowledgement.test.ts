// Acknowledgements: their bytes in the form of the sender's version, and which of them a message asks for.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { acknowledge, wanted } from '../../src/hl7v2/acknowledgement.ts';
import type { AcknowledgementDetail } from '../../src/hl7v2/acknowledgement.ts';
import { peekHeader } from '../../src/hl7v2/header.ts';
import { readMessage } from '../../src/hl7v2/message.ts';

const detail: AcknowledgementDetail = {
  code: 'AA',
  controlId: 'ACK-1',
  now: new Date('2026-07-25T09:30:00Z'),
  zone: 'Europe/London',
};
const error = { where: 'MSH-11', code: '202', text: 'not allowed | here' } as const;

function answer(message: string, extra: Partial<AcknowledgementDetail> = {}): string[] {
  const header = peekHeader(Buffer.from(message));
  return acknowledge(header, { ...detail, ...extra })
    .toString('utf8')
    .split('\r');
}

const request = (version: string): string =>
  `MSH|^~\\&|RIO^1.2^ISO|RXX|TIE|IPS|20260725||ADT^A08^ADT_A01|M\\T\\1|T^R|${version}|||AL|NE||UNICODE`;

describe('acknowledge', () => {
  it('answers with a complete MSH, sender and receiver swapped, and MSH-10 repeated as it was', () => {
    expect(answer(request('2.4'))).toEqual([
      'MSH|^~\\&|TIE|IPS|RIO^1.2^ISO|RXX|20260725103000+0100||ACK^A08^ACK|ACK-1|T^R|2.4||||||UNICODE',
      'MSA|AA|M\\T\\1',
      '',
    ]);
  });

  it.each([
    ['2.3', 'MSA|AR|M\\T\\1|not allowed \\F\\ here', 'ERR|MSH^1^11^202&Unsupported processing id&HL70357'],
    ['2.4', 'MSA|AR|M\\T\\1|not allowed \\F\\ here', 'ERR|MSH^1^11^202&Unsupported processing id&HL70357'],
    [
      '2.5.1',
      'MSA|AR|M\\T\\1|not allowed \\F\\ here',
      'ERR||MSH^1^11|202^Unsupported processing id^HL70357|E||||not allowed \\F\\ here',
    ],
    [
      '2.8',
      'MSA|AR|M\\T\\1',
      'ERR||MSH^1^11|202^Unsupported processing id^HL70357|E||||not allowed \\F\\ here',
    ],
    ['', 'MSA|AR|M\\T\\1|not allowed \\F\\ here', 'ERR|MSH^1^11^202&Unsupported processing id&HL70357'],
    ['odd', 'MSA|AR|M\\T\\1|not allowed \\F\\ here', 'ERR|MSH^1^11^202&Unsupported processing id&HL70357'],
  ])('R7 tells place and table 0357 code in the form of version %s', (version, msa, err) => {
    expect(answer(request(version), { code: 'AR', error }).slice(1)).toEqual([msa, err, '']);
  });

  it.each([
    ['2.2', 'ACK^A08'],
    ['2.3', 'ACK^A08'],
    ['2.3.1', 'ACK^A08^ACK'],
    ['2.4', 'ACK^A08^ACK'],
    ['odd', 'ACK^A08^ACK'],
  ])('R7 names its structure in MSH-9 from version 2.3.1 on: version %s', (version, type) => {
    expect(answer(request(version))[0]?.split('|')[8]).toBe(type);
  });

  it('answers in the separators and the charset of the message', () => {
    const message = Buffer.from('MSH$%*?#$Caf\xe9$F$X$Y$$$ADT%A01$7$P$2.5$$$$$$8859/1', 'latin1');
    const bytes = acknowledge(peekHeader(message), { ...detail, code: 'AR', error });
    expect(bytes.toString('latin1').split('\r').slice(0, 2)).toEqual([
      'MSH$%*?#$X$Y$Caf\xe9$F$20260725103000+0100$$ACK%A01%ACK$ACK-1$P$2.5$$$$$$8859/1',
      'MSA$AR$7$not allowed | here',
    ]);
  });

  it('answers what could not be read', () => {
    const where = { where: 'MSH', code: '100', text: 'no message' } as const;
    const text = acknowledge(undefined, { ...detail, code: 'AR', error: where }).toString();
    expect(text.split('\r')).toEqual([
      'MSH|^~\\&|||||20260725103000+0100||ACK|ACK-1||2.4',
      'MSA|AR||no message',
      'ERR|MSH^^^100&Segment sequence error&HL70357',
      '',
    ]);
  });

  it('R39 repeats nothing that could break out of its field', () => {
    const [msh, msa] = answer('MSH|^~\\&|A\nMSA\x1b[31m\x1c\x0b|F|X|Y|||ADT^A08|1\x00|P|2.4\rPID|1');
    expect(msh).toContain('|A\\X0A\\MSA\\X1B\\[31m\\X1C\\\\X0B\\|F|');
    expect(msa).toBe('MSA|AA|1\\X00\\');
  });

  it('has two segments whatever the header holds', () => {
    const field = fc.string({
      unit: fc.constantFrom('a', '^', '~', '\\', '&', '\n', '\v', '\x1c', '\x00', 'é', '"'),
    });
    fc.assert(
      fc.property(field, field, field, (application, facility, id) => {
        const message = `MSH|^~\\&|${application}|${facility}|X|Y|||ADT^A08|${id}|P|2.4\rPID|1`;
        const bytes = acknowledge(peekHeader(Buffer.from(message)), detail);
        expect(readMessage(bytes).segments.map(({ name }) => name)).toEqual(['MSH', 'MSA']);
        expect(bytes.includes(0x0b) || bytes.includes(0x1c) || bytes.includes(0x0a)).toBe(false);
      }),
    );
  });
});

describe('wanted', () => {
  const none = undefined;
  it.each([
    //  15    16     stored refused failed        processed held
    ['', '', 'AA', 'AR', 'application', none, none],
    ['AL', 'NE', 'CA', 'CR', 'accept', none, none],
    ['AL', '', 'CA', 'CR', 'accept', none, none],
    ['NE', 'NE', none, none, none, none, none],
    ['ER', 'NE', none, 'CR', 'accept', none, none],
    ['SU', 'NE', 'CA', none, none, none, none],
    ['AL', 'AL', 'CA', 'CR', 'accept', 'AA', 'AE'],
    ['AL', 'ER', 'CA', 'CR', 'accept', none, 'AE'],
    ['AL', 'SU', 'CA', 'CR', 'accept', 'AA', none],
    ['NE', 'AL', none, 'AR', 'application', 'AA', 'AE'],
    ['', 'AL', none, 'AR', 'application', 'AA', 'AE'],
    ['NE', 'ER', none, 'AR', 'application', none, 'AE'],
    ['NE', 'SU', none, none, none, 'AA', none],
    ['XX', 'XX', 'CA', 'CR', 'accept', none, none],
  ])('R7 MSH-15 "%s", MSH-16 "%s"', (accept, application, stored, refused, failed, processed, held) => {
    const header = { acceptAcknowledgement: accept, applicationAcknowledgement: application };
    expect(wanted(header, 'as-asked')).toEqual({ stored, refused, failed, processed, held });
    expect(wanted(header, 'always')).toEqual(wanted(undefined, 'as-asked'));
  });
});
