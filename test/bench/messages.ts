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
