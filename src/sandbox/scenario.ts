// What the sandbox's EPR sends, act by act: everybody as they were registered, what was recorded about them since, what
// follows from proposals and flags; with what real feeds do: the same again, merges, and messages that go wrong.
import { daysBefore, stamp } from './calendar.ts';
import type { SyntheticPlan } from './care-plans.ts';
import { admission, duplicateRegistration, goalMessage, merge, personMessage } from './messages.ts';
import type { MessageFrame, Saying, TeamNames } from './messages.ts';
import type { LocalAnswer, SyntheticPerson } from './people.ts';
import type { Random } from './random.ts';

export interface ScenarioOptions {
  readonly people: readonly SyntheticPerson[];
  readonly teamNames: TeamNames;
  readonly facility: string;
  readonly now: Date;
}

type Text = (frame: MessageFrame) => string;

export interface Scenario {
  /** A28 for everybody, and the goals that are kept in another system. */
  registrations(): Buffer[];
  /** What has been recorded since: other answers, ward stays, second registrations that are merged. */
  changes(): Buffer[];
  /** What goes wrong in real feeds. */
  mistakes(): Buffer[];
  /** What follows proposals: referrals to IPS, and declines. */
  afterProposals(proposed: readonly SyntheticPerson[]): Buffer[];
  /** What is recorded once flags stand: goals, and answers. */
  afterFlags(flagged: readonly SyntheticPerson[]): Buffer[];
  /** One message of the live trickle: somebody is asked, or a status is recorded, today. */
  trickle(random: Random): Buffer;
}

/** The messages of one sandbox; control ids count through all acts. */
export function createScenario(options: ScenarioOptions): Scenario {
  const { people, facility, teamNames, now } = options;
  let sent = 0;
  const written = (texts: readonly Text[]): Buffer[] =>
    texts.map((text) => {
      const controlId = `SBX${String((sent += 1)).padStart(6, '0')}`;
      return Buffer.from(text({ controlId, at: stamp(now), facility }));
    });
  const person = (event: 'A28' | 'A31' | 'A08', about: SyntheticPerson, news: Saying = {}): Text => {
    const saying = { ...known(about), ...news };
    return (frame) => personMessage(event, about, saying, frame, teamNames);
  };
  const today = daysBefore(now, 0);

  return {
    registrations: () => [
      ...written(people.map((one) => person('A28', one, firstAnswer(one)))),
      ...written(people.flatMap(goalsElsewhere)),
    ],
    changes: () =>
      written([
        ...people.flatMap((one) => [
          ...(one.onWard ? [(frame: MessageFrame) => admission(one, frame)] : []),
          ...(one.answers.length > 1 ? [person('A08', one)] : []),
          ...(one.story.toldAgain ? [person('A31', one)] : []),
        ]),
        ...people.flatMap(secondRegistration),
      ]),
    mistakes: () => written(mistakes(people, teamNames)),
    afterProposals: (proposed) =>
      written(
        proposed.flatMap((one): Text[] => {
          const { toProposal } = one.story;
          if (toProposal === 'waits') return [];
          if (toProposal === 'declines') return [person('A08', one, { answer: { value: 'NO', recorded: today } })]; // prettier-ignore
          const ips = { referral: `IR${one.localNumber}`, since: today };
          return [person('A31', one, { ips })];
        }),
      ),
    afterFlags: (flagged) =>
      written(
        flagged.flatMap((one): Text[] => {
          const { toFlag } = one.story;
          if (toFlag.records === 'nothing') return [];
          if (toFlag.records === 'answer')
            return [person('A08', one, { answer: { value: toFlag.answer, recorded: today } })];
          const goal = { id: `LG${one.localNumber}`, text: toFlag.text, recorded: today };
          return [(frame) => goalMessage(one, goal, frame)];
        }),
      ),
    trickle: (chance) => {
      const one = chance.pick(people);
      const saying: Saying = chance.chance(0.6)
        ? { answer: { value: chance.weighted(trickleAnswers), recorded: today } }
        : { employmentStatus: { value: chance.pick(['01', '02', '04']), recorded: today } };
      const [message] = written([person('A08', one, saying)]);
      return message ?? Buffer.alloc(0);
    },
  };
}

/** What the EPR says of somebody in every snapshot. */
function known({ answers, employmentStatus, plans, ips }: SyntheticPerson): Saying {
  const answer = answers.at(-1);
  return {
    ...(employmentStatus === undefined ? {} : { employmentStatus }),
    ...(answer === undefined ? {} : { answer }),
    plans,
    ...(ips === undefined ? {} : { ips }),
  };
}

function firstAnswer({ answers: [answer] }: SyntheticPerson): Saying {
  return answer === undefined ? {} : { answer };
}

function goalsElsewhere(person: SyntheticPerson): Text[] {
  const elsewhere = (plan: SyntheticPlan): boolean => plan.sentBy === 'goal-message';
  return person.plans
    .filter(elsewhere)
    .map(
      (plan) => (frame) =>
        goalMessage(person, { id: `G${plan.id}`, text: plan.text, recorded: plan.start }, frame),
    );
}

function secondRegistration(person: SyntheticPerson): Text[] {
  const { duplicateNumber } = person;
  if (duplicateNumber === undefined) return [];
  return [
    (frame) => duplicateRegistration(person, duplicateNumber, frame),
    (frame) => merge(person, duplicateNumber, frame),
  ];
}

/**
 * Whose identity message is held, so that nothing is written about them until somebody has looked: somebody about whom
 * a note will be written.
 */
function inDoubt(people: readonly SyntheticPerson[]): SyntheticPerson | undefined {
  return people.find(({ ips, story }) => ips !== undefined && story.seen && story.note === 'stands');
}

/** An identity event without a map, a message type that nobody uses, a month 13. */
function mistakes(people: readonly SyntheticPerson[], teamNames: TeamNames): Text[] {
  const [two] = people;
  const one = inDoubt(people) ?? two;
  if (one === undefined || two === undefined) return [];
  const A08 =
    (about: SyntheticPerson): Text =>
    (frame) =>
      personMessage('A08', about, {}, frame, teamNames);
  return [
    (frame) => merge(one, `R8${one.localNumber}`, frame).replace('ADT^A40^ADT_A39', 'ADT^A18^ADT_A18'),
    (frame) => A08(two)(frame).replace('ADT^A08^ADT_A01', 'ORM^O01^ORM_O01'),
    A08({ ...two, birthDate: '19801332' }),
  ];
}

const trickleAnswers: Readonly<Record<LocalAnswer, number>> = {
  PAID: 40,
  KEEP: 15,
  UNSURE: 15,
  VOL: 10,
  NO: 20,
};
