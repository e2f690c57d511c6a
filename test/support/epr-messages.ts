// Messages of a test trust's EPR about invented people.
import { nhsNumberOf } from '../../src/fhir/nhs-number.ts';

export interface TestPerson {
  readonly number: number;
  readonly local: string;
  readonly nhs: string | undefined;
  readonly birthDate: string;
  readonly family: string;
}

export function testPerson(number: number): TestPerson {
  return {
    number,
    local: `T${String(number).padStart(5, '0')}`,
    nhs: nhsNumberOf(String(999_400_000 + number)),
    birthDate: '19850412',
    family: 'Fairbrass',
  };
}

export interface Said {
  readonly event?: 'A28' | 'A08' | 'A31';
  readonly controlId: string;
  /** Local answer and day: `['PAID', '20260901']`; no day: as an EPR that records none. */
  readonly answer?: readonly [string, string?];
  readonly status?: readonly [string, string?];
  readonly answerStatus?: 'F' | 'C' | 'D' | 'W';
  readonly team?: string | null;
  readonly teamEnd?: string;
  readonly at?: string;
  /** PID-30. */
  readonly deceased?: boolean;
  /** PD1-12. */
  readonly restricted?: boolean;
  readonly processingId?: string;
  readonly extra?: readonly string[];
}

/** One ADT message about one person, on the caseload of the north team unless said otherwise. */
export function adt(person: TestPerson, said: Said): Buffer {
  const event = said.event ?? 'A08';
  const structure = event === 'A08' ? 'ADT_A01' : 'ADT_A05';
  const at = said.at ?? '20261001120000';
  const nhs = person.nhs === undefined ? '' : `~${person.nhs}^^^NHS^NH`;
  const obx: string[] = [];
  if (said.status !== undefined) {
    obx.push(`OBX|1|CE|EMPSTATUS^Employment status^L||${said.status[0]}^^L||||||F|||${said.status[1] ?? ''}`);
  }
  if (said.answer !== undefined) {
    const status = said.answerStatus ?? 'F';
    obx.push(`OBX|2|CE|WORKWISH^Work^L||${said.answer[0]}^^L||||||${status}|||${said.answer[1] ?? ''}`);
  }
  const team = said.team === undefined ? 'CMHT-N' : said.team;
  return Buffer.from(
    [
      `MSH|^~\\&|EPR|RZZ|IPS-BRIDGE|RZZ|${at}||ADT^${event}^${structure}|${said.controlId}|${said.processingId ?? 'P'}|2.4||||||UNICODE`,
      `EVN|${event}|${at}`,
      `PID|1||${person.local}^^^RZZ^PI${nhs}||${person.family}^Amara^^^^^L||${person.birthDate}|2|||1 Invented Street^^Nowhere^^ZZ1 1ZZ^GBR^H${'|'.repeat(19)}${said.deceased === true ? 'Y' : ''}||${person.nhs === undefined ? '' : 'NSTS01'}`,
      `PD1|${'|'.repeat(11)}${said.restricted === true ? 'Y' : 'N'}`,
      'ROL|1|UP|CCO^Care co-ordinator^L|C1001^Patel^Asha^^^^^^RZZ|20260101|',
      'PV1|1|N',
      ...obx,
      ...(said.extra ?? []),
      ...(team === null ? [] : [`ZTM|1|TR-${person.local}|${team}^Team|20260105|${said.teamEnd ?? ''}`]),
    ].join('\r'),
  );
}

/** A40: `from` is merged into `into`. */
export function mergeMessage(into: TestPerson, from: TestPerson, controlId: string): Buffer {
  return Buffer.from(
    [
      `MSH|^~\\&|EPR|RZZ|IPS-BRIDGE|RZZ|20261001120000||ADT^A40^ADT_A39|${controlId}|P|2.4||||||UNICODE`,
      'EVN|A40|20261001120000',
      `PID|1||${into.local}^^^RZZ^PI||${into.family}^Amara^^^^^L||${into.birthDate}|2`,
      `MRG|${from.local}^^^RZZ^PI`,
    ].join('\r'),
  );
}

/** The EPR's own resources about these people, and the staff and teams of the messages. */
export function eprOf(people: readonly TestPerson[]) {
  return [
    ...people.map((person) => ({
      resourceType: 'Patient' as const,
      active: true,
      identifier: [
        { system: 'https://rzz.example/Id/patient', value: person.local },
        ...(person.nhs === undefined
          ? []
          : [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: person.nhs }]),
      ],
      name: [{ family: person.family, given: ['Amara'] }],
      birthDate: `${person.birthDate.slice(0, 4)}-${person.birthDate.slice(4, 6)}-${person.birthDate.slice(6)}`,
    })),
    {
      resourceType: 'PractitionerRole' as const,
      active: true,
      identifier: [{ system: 'https://rzz.example/Id/staff', value: 'C1001' }],
      practitioner: { display: 'Asha Patel' },
    },
  ];
}

/** One of the events that change who is who, of its segments after EVN. */
export function identityMessage(
  event: string,
  structure: string,
  controlId: string,
  ...segments: readonly string[]
): Buffer {
  const at = '20261001120000';
  const header = `MSH|^~\\&|EPR|RZZ|IPS-BRIDGE|RZZ|${at}||ADT^${event}^${structure}|${controlId}|P|2.4||||||UNICODE`;
  return Buffer.from([header, `EVN|${event}|${at}`, ...segments].join('\r'));
}
