// The HL7v2 messages of the sandbox's EPR, as an English trust's patient administration system sends them (ITK HL7v2,
// v2.4 with 2.5 parts): PID with NHS number and its status, a Z segment for the team, OBX for employment.
import { encodeText } from '../hl7v2/escape.ts';
import { planTypeNames } from './care-plans.ts';
import type { SyntheticPlan } from './care-plans.ts';
import type { Coordinator, SyntheticPerson } from './people.ts';

export interface MessageFrame {
  readonly controlId: string;
  /** `YYYYMMDDHHMMSS`, local time. */
  readonly at: string;
  readonly facility: string;
}

/** What a message says besides who the person is. */
export interface Saying {
  readonly employmentStatus?: SyntheticPerson['employmentStatus'];
  readonly answer?: SyntheticPerson['answers'][number];
  readonly plans?: readonly SyntheticPlan[];
  /** An open referral to the IPS team beside that to their own. */
  readonly ips?: NonNullable<SyntheticPerson['ips']>;
}

/** Teams as messages name them. */
export type TeamNames = ReadonlyMap<string, string>;

/** The IPS team in `mappings/trusts/RZZ/codes/teams.csv`. */
const ipsTeam = 'IPS';

const answerText = {
  PAID: 'Wants a paid job',
  KEEP: 'Wants help to keep or change a job',
  UNSURE: 'Unsure, would like to talk',
  VOL: 'Volunteering, study or training only',
  NO: 'Does not want help with work',
} as const;

function msh(frame: MessageFrame, event: string, structure: string): string {
  return `MSH|^~\\&|SANDBOX-EPR|${frame.facility}|IPS-BRIDGE|${frame.facility}|${frame.at}||ADT^${event}^${structure}|${frame.controlId}|P|2.4||||||UNICODE|||iTKv1.0`;
}

function pid(person: SyntheticPerson, facility: string, localNumber = person.localNumber): string {
  const numbers = [`${localNumber}^^^${facility}^PI`];
  if (person.nhsNumber !== undefined) numbers.push(`${person.nhsNumber}^^^NHS^NH`);
  const status = person.nhsNumber === undefined ? '' : `NSTS${person.nhsNumberStatus}`;
  const fields = new Map<number, string>([
    [1, '1'],
    [3, numbers.join('~')],
    [5, `${encodeText(person.family)}^${encodeText(person.given)}^^^^^L`],
    [7, person.birthDate],
    [8, person.sex],
    [11, `1 Invented Street^^Nowhere^^${person.postcode}^GBR^H`],
    [22, person.ethnicCategory],
    [32, status],
  ]);
  return `PID|${Array.from({ length: 32 }, (_, index) => fields.get(index + 1) ?? '').join('|')}`;
}

function rol(coordinator: Coordinator, person: SyntheticPerson, facility: string): string {
  const name = `${coordinator.id}^${encodeText(coordinator.family)}^${encodeText(coordinator.given)}^^^^^^${facility}`;
  return `ROL|1|UP|CCO^Care co-ordinator^L|${name}|${person.teamSince}|${coordinator.ended ?? ''}`;
}

function obx(saying: Saying): string[] {
  const lines: string[] = [];
  const add = (question: string, answer: string, recorded: string): void => {
    lines.push(`OBX|${lines.length + 1}|CE|${question}^L||${answer}^L||||||F|||${recorded}`);
  };
  if (saying.employmentStatus !== undefined) {
    add('EMPSTATUS^Employment status', `${saying.employmentStatus.value}^`, saying.employmentStatus.recorded);
  }
  if (saying.answer !== undefined) {
    const { value, recorded } = saying.answer;
    add('WORKWISH^Would you like help with work?', `${value}^${answerText[value]}`, recorded);
  }
  return lines;
}

function ztm(set: number, referral: string, team: string, since: string, names: TeamNames): string {
  return `ZTM|${set}|${referral}|${team}^${encodeText(names.get(team) ?? team)}|${since}|`;
}

function zcp(plan: SyntheticPlan, index: number): string {
  const goal = plan.sentBy === 'plan' ? encodeText(plan.text) : '';
  return `ZCP|${index + 1}|${plan.id}|${plan.type}^${planTypeNames[plan.type]}|${plan.start}||${goal}`;
}

/** A28, A31 or A08: who the person is, their teams and co-ordinator, their plans, and what was recorded about work. */
export function personMessage(
  event: 'A28' | 'A31' | 'A08',
  person: SyntheticPerson,
  saying: Saying,
  frame: MessageFrame,
  teamNames: TeamNames,
): string {
  const structure = event === 'A08' ? 'ADT_A01' : 'ADT_A05';
  const pd1 = `PD1|${'|'.repeat(11)}${person.restricted ? 'Y' : 'N'}`;
  return [
    msh(frame, event, structure),
    `EVN|${event}|${frame.at}`,
    pid(person, frame.facility),
    pd1,
    ...(person.coordinator === undefined ? [] : [rol(person.coordinator, person, frame.facility)]),
    'PV1|1|N',
    ...obx(saying),
    ztm(1, person.teamReferral, person.team, person.teamSince, teamNames),
    ...(saying.ips === undefined ? [] : [ztm(2, saying.ips.referral, ipsTeam, saying.ips.since, teamNames)]),
    ...(saying.plans ?? []).map(zcp),
  ].join('\r');
}

/** PC6 (add a goal): the goal of a care plan, sent by the system in which goals are kept. */
export function goalMessage(
  person: SyntheticPerson,
  goal: { readonly id: string; readonly text: string; readonly recorded: string },
  frame: MessageFrame,
): string {
  const gol = new Map<number, string>([
    [1, 'AD'],
    [2, goal.recorded],
    [3, `^${encodeText(goal.text)}`],
    [4, goal.id],
    [7, goal.recorded],
    [18, 'A'],
  ]);
  return [
    msh(frame, 'PC6', 'PGL_PC6').replace('||ADT^', '||PGL^'),
    pid(person, frame.facility),
    `GOL|${Array.from({ length: 18 }, (_, index) => gol.get(index + 1) ?? '').join('|')}`,
  ].join('\r');
}

/** A01: admitted to a ward today. The visit number is the person's own. */
export function admission(person: SyntheticPerson, frame: MessageFrame): string {
  const pv1 = new Map<number, string>([
    [1, '1'],
    [2, 'I'],
    [3, 'WARD1'],
    [19, `V${person.localNumber}`],
    [44, frame.at],
  ]);
  const fields = Array.from({ length: 44 }, (_, index) => pv1.get(index + 1) ?? '').join('|');
  return [
    msh(frame, 'A01', 'ADT_A01'),
    `EVN|A01|${frame.at}`,
    pid(person, frame.facility),
    `PV1|${fields}`,
  ].join('\r');
}

/** A28 of a second registration of somebody whom the EPR already knows. */
export function duplicateRegistration(person: SyntheticPerson, number: string, frame: MessageFrame): string {
  return [
    msh(frame, 'A28', 'ADT_A05'),
    `EVN|A28|${frame.at}`,
    pid(person, frame.facility, number),
    'PV1|1|N',
  ].join('\r');
}

/** A40: the second registration is merged into the first. */
export function merge(person: SyntheticPerson, number: string, frame: MessageFrame): string {
  return [
    msh(frame, 'A40', 'ADT_A39'),
    `EVN|A40|${frame.at}`,
    pid(person, frame.facility),
    `MRG|${number}^^^${frame.facility}^PI`,
  ].join('\r');
}
