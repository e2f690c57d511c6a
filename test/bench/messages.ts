// Messages for the bench: an ITK-like ADT of about 1.5 KB about one of many invented people.
import { nhsNumberOf } from '../../src/fhir/nhs-number.ts';

const filler =
  'An invented comment that stands for the segments which real messages carry and nobody maps. '.repeat(8);

/** One A08 (A28 for `step` 0) about person `number`; `step` changes what is said of them. */
export function benchMessage(number: number, step: number): Buffer {
  const event = step === 0 ? 'A28' : 'A08';
  const structure = step === 0 ? 'ADT_A05' : 'ADT_A01';
  const local = `B${String(number).padStart(7, '0')}`;
  const nhs = nhsNumberOf(String(999_000_000 + (number % 900_000)));
  // One in three wants a job and says so again and again; the others have not been asked.
  const answer = number % 3 === 0 ? 'PAID' : undefined;
  return Buffer.from(
    [
      `MSH|^~\\&|EPR|RZZ|IPS-BRIDGE|RZZ|20261101120000||ADT^${event}^${structure}|${local}-${step}|P|2.4||||||UNICODE|||iTKv1.0`,
      `EVN|${event}|20261101120000`,
      `PID|1||${local}^^^RZZ^PI${nhs === undefined ? '' : `~${nhs}^^^NHS^NH`}||Penhallow^Tamsin^Rose^^Ms^^L||19840312|2|||1 Invented Street^^Nowhere^^ZZ1 1ZZ^GBR^H||||||||||||A${'|'.repeat(10)}NSTS01`,
      `PD1|${'|'.repeat(11)}N`,
      'ROL|1|UP|CCO^Care co-ordinator^L|C1002^Merriweather^Hana^^^^^^RZZ|20260101|',
      'PV1|1|N',
      `NTE|1||${filler}`,
      `OBX|1|CE|EMPSTATUS^Employment status^L||02^Seeking work^L||||||F|||202609${String(10 + (step % 10))}`,
      ...(answer === undefined ? [] : [`OBX|2|CE|WORKWISH^Work^L||${answer}^^L||||||F|||20260910`]),
      `ZTM|1|TR${local}|CMHT-N^North|20260105|`,
    ].join('\r'),
  );
}

/** The same person's admission to a ward: an A01 with a stay of its own. */
export function admission(number: number): Buffer {
  const stay =
    'PV1|1|I|W1^Bay 2^3^RZZ||||||C1002^Merriweather^Hana^^^^^^RZZ||||||||||' +
    `I|V${String(number).padStart(7, '0')}^^^RZZ^VN${'|'.repeat(25)}20261101113000`;
  return Buffer.from(
    benchMessage(number, 1)
      .toString('utf8')
      .replace('ADT^A08^', 'ADT^A01^')
      .replace('EVN|A08|', 'EVN|A01|')
      .replace('PV1|1|N', stay),
  );
}

/** An MDM^T02 of somebody, with a document of about `bytes` in base64 in OBX-5 (ED). */
export function documentMessage(bytes: number): Buffer {
  const [msh = '', , pid = ''] = benchMessage(1, 1).toString('utf8').split('\r');
  const document = Buffer.alloc(Math.round((bytes * 3) / 4), 'invented ').toString('base64');
  return Buffer.from(
    [
      msh.replace(/ADT\^A08\^ADT_A01/, 'MDM^T02^MDM_T02'),
      'EVN|T02|20261101120000',
      pid,
      'PV1|1|N',
      'TXA|1|CN^Clinic letter^L|AP|20261101120000|||20261101120000||C1002^Merriweather^Hana^^^^^^RZZ|||D-1^RZZ|||||LA|U|AV',
      `OBX|1|ED|DOC^Document^L||^application^pdf^Base64^${document}||||||F`,
    ].join('\r'),
  );
}
