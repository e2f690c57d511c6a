// What the sandbox's EPR sends, in order: everybody as they were registered, what was recorded about them since, the
// same again (snapshots repeat), ward admissions, merges; and a few messages of the kinds that go wrong.
import type { Random } from './random.ts';
import { seededRandom } from './random.ts';
import { admission, duplicateRegistration, merge, personMessage } from './messages.ts';
import type { MessageFrame } from './messages.ts';
import type { LocalAnswer, SyntheticPerson } from './people.ts';
import { daysBefore } from './people.ts';

export interface ScenarioMessage {
  readonly controlId: string;
  readonly body: Buffer;
}

export interface ScenarioOptions {
  readonly people: readonly SyntheticPerson[];
  readonly teamNames: ReadonlyMap<string, string>;
  readonly facility: string;
  readonly now: Date;
  readonly seed: number;
}

/** `YYYYMMDDHHMMSS`; the sandbox's clock is close enough to local time for a message header. */
function stamp(now: Date): string {
  return now.toISOString().replace(/[-:T]/g, '').slice(0, 14);
}

export function scenario(options: ScenarioOptions): ScenarioMessage[] {
  const { people, facility, now } = options;
  const random = seededRandom(options.seed + 1);
  const messages: ScenarioMessage[] = [];
  const add = (text: (frame: MessageFrame) => string): void => {
    const controlId = `SBX${String(messages.length + 1).padStart(6, '0')}`;
    messages.push({ controlId, body: Buffer.from(text({ controlId, at: stamp(now), facility })) });
  };
  const nameOf = (person: SyntheticPerson): string => options.teamNames.get(person.team) ?? person.team;
  const current = (
    event: 'A28' | 'A31' | 'A08',
    person: SyntheticPerson,
    answer = person.answers.at(-1),
  ): void => {
    const { employmentStatus } = person;
    const saying = {
      ...(employmentStatus === undefined ? {} : { employmentStatus }),
      ...(answer === undefined ? {} : { answer }),
    };
    add((frame) => personMessage(event, person, saying, frame, nameOf(person)));
  };

  for (const person of people) current('A28', person, person.answers[0]);
  for (const person of people) {
    if (person.onWard) add((frame) => admission(person, frame));
    if (person.answers.length > 1) current('A08', person);
    if (random.chance(0.15)) current('A31', person);
  }
  for (const person of people) {
    const { duplicateNumber } = person;
    if (duplicateNumber === undefined) continue;
    add((frame) => duplicateRegistration(person, duplicateNumber, frame));
    add((frame) => merge(person, duplicateNumber, frame));
  }
  for (const text of wrong(people, random, nameOf)) add(text);
  return messages;
}

/** What goes wrong in real feeds: an identity event without a map, a message type nobody uses, a month 13. */
function wrong(
  people: readonly SyntheticPerson[],
  random: Random,
  nameOf: (person: SyntheticPerson) => string,
): ((frame: MessageFrame) => string)[] {
  const [one, two, three] = [random.pick(people), random.pick(people), random.pick(people)];
  return [
    (frame) => merge(one, `R8${one.localNumber}`, frame).replace('ADT^A40^ADT_A39', 'ADT^A47^ADT_A30'),
    (frame) =>
      personMessage('A08', two, {}, frame, nameOf(two)).replace('ADT^A08^ADT_A01', 'SIU^S12^SIU_S12'),
    (frame) => personMessage('A08', { ...three, birthDate: '19801332' }, {}, frame, nameOf(three)),
  ];
}

const trickleAnswers: Readonly<Record<LocalAnswer, number>> = {
  PAID: 40,
  KEEP: 15,
  UNSURE: 15,
  VOL: 10,
  NO: 20,
};

/** One message of the live trickle: somebody is asked, or a status is recorded, today. */
export function trickleMessage(options: ScenarioOptions, random: Random, number: number): ScenarioMessage {
  const person = random.pick(options.people);
  const recorded = daysBefore(options.now, 0);
  const saying = random.chance(0.6)
    ? { answer: { value: random.weighted(trickleAnswers), recorded } }
    : { employmentStatus: { value: random.pick(['01', '02', '04']), recorded } };
  const controlId = `SBXT${String(number).padStart(6, '0')}`;
  const frame = { controlId, at: stamp(options.now), facility: options.facility };
  const teamName = options.teamNames.get(person.team) ?? person.team;
  return { controlId, body: Buffer.from(personMessage('A08', person, saying, frame, teamName)) };
}
