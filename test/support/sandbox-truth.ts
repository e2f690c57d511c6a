// What a sandbox must come to, counted from the truth on its invented people by rules of a line each. Nothing of the
// program that decides is called here: no facts, no rules, no verdicts, no measures.
import type { SyntheticPerson } from '../../src/sandbox/people.ts';

const covered = (person: SyntheticPerson): boolean => person.team !== 'OPMH';
const isWish = (answer: string | undefined): boolean => answer === 'PAID' || answer === 'KEEP';
const last = (person: SyntheticPerson): string | undefined => person.answers.at(-1)?.value;

/** May be proposed at all, should they want to: under a covered team, open record, not with IPS. */
const eligible = (person: SyntheticPerson): boolean =>
  covered(person) && !person.restricted && person.ips === undefined;
const proposedAtFirst = (person: SyntheticPerson): boolean =>
  eligible(person) && person.answers.some(({ value }) => isWish(value));
const openBeforeAnswers = (person: SyntheticPerson): boolean => eligible(person) && isWish(last(person));
const answered = (person: SyntheticPerson, ...how: readonly string[]): boolean =>
  openBeforeAnswers(person) && how.includes(person.story.toProposal);
const accepted = (person: SyntheticPerson): boolean => answered(person, 'accepts', 'referred');

/** Unemployed and seeking work, said so within a year, and never asked. */
function askedFor(person: SyntheticPerson, yearAgo: string): boolean {
  const { employmentStatus: status, answers, ips } = person;
  const seeking = status?.value === '02' && status.recorded > yearAgo;
  return covered(person) && ips === undefined && answers.length === 0 && seeking;
}

const champions: Readonly<Record<string, string>> = { 'CMHT-N': 'C1001', 'CMHT-S': 'C1004', EIP: 'C1007' };

/** Whoever is asked about somebody: a co-ordinator in post, else the team's champion, else its duty queue. */
function ownerOf({ coordinator, team }: SyntheticPerson): string {
  if (coordinator !== undefined && coordinator.ended === undefined) return coordinator.id;
  return champions[team] ?? `${team}-DUTY`;
}

/** What the sweep must say of each, the first that applies. */
function verdictOf(person: SyntheticPerson, yearAgo: string): string {
  const plan = person.plans.find(({ type }) => type === 'CARE');
  if (person.restricted) return 'restricted';
  if (!covered(person)) return 'not-covered';
  if (person.ips !== undefined || accepted(person)) return 'with-ips';
  if (person.answers.length > 0) return 'answer-recorded';
  if (plan?.goal === 'employment') return 'goal-recorded';
  // Whoever writes "does not want to look for work" has spoken about work: a person has to read that.
  if (plan?.goal === 'unclear' || plan?.goal === 'negated') return 'unclear';
  if (plan === undefined) return 'content-not-available';
  if (person.onWard) return 'on-ward';
  return askedFor(person, yearAgo) ? 'prompt-open' : 'flag';
}

/** Those who are flagged: at most ten people to one owner, asks included, in the order of their registration. */
function flaggedOf(people: readonly SyntheticPerson[], yearAgo: string): SyntheticPerson[] {
  const held = new Map<string, number>();
  const add = (owner: string): void => void held.set(owner, (held.get(owner) ?? 0) + 1);
  for (const person of people) if (askedFor(person, yearAgo)) add(ownerOf(person));
  return people.filter((person) => {
    const owner = ownerOf(person);
    if (verdictOf(person, yearAgo) !== 'flag' || (held.get(owner) ?? 0) >= 10) return false;
    add(owner);
    return true;
  });
}

/** @param now the day on which the sandbox ran */
export function expectedOf(people: readonly SyntheticPerson[], now: Date) {
  const yearAgo = new Date(now.getTime() - 365 * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '');
  const count = (which: (person: SyntheticPerson) => boolean): number => people.filter(which).length;
  const flagged = flaggedOf(people, yearAgo);
  const answeredFlag = (person: SyntheticPerson): string | undefined =>
    flagged.includes(person) && person.story.toFlag.records === 'answer' ? person.story.toFlag.answer : undefined; // prettier-ignore
  const finalAnswer = (person: SyntheticPerson): string | undefined =>
    answered(person, 'declines') ? 'NO' : (answeredFlag(person) ?? last(person));
  const newlyProposed = (person: SyntheticPerson): boolean => isWish(answeredFlag(person));
  const seen = people.filter((person) => (person.ips !== undefined || accepted(person)) && person.story.seen);
  const seenWhere = (which: (story: SyntheticPerson['story']) => boolean): number =>
    seen.filter(({ story }) => which(story)).length;
  const verdicts: Record<string, number> = { people: people.length };
  for (const person of people) {
    const verdict = verdictOf(person, yearAgo);
    const outcome = verdict === 'flag' && !flagged.includes(person) ? 'owner-full' : verdict;
    verdicts[outcome] = (verdicts[outcome] ?? 0) + 1;
  }
  const goalMessages = people.flatMap(({ plans }) => plans).filter(({ sentBy }) => sentBy === 'goal-message');
  const doubt = people.find(({ ips, story }) => ips !== undefined && story.seen && story.note === 'stands');
  return {
    sent:
      people.length + goalMessages.length + count(({ onWard }) => onWard) +
      count(({ answers }) => answers.length > 1) + count(({ story }) => story.toldAgain) +
      2 * count(({ duplicateNumber }) => duplicateNumber !== undefined) + 3 +
      count((person) => answered(person, 'accepts', 'referred', 'declines')) +
      flagged.filter(({ story }) => story.toFlag.records !== 'nothing').length, // prettier-ignore
    merged: count(({ duplicateNumber }) => duplicateNumber !== undefined),
    proposals: {
      made: count((person) => proposedAtFirst(person) || newlyProposed(person)),
      takenBack: count((person) => (proposedAtFirst(person) && !isWish(last(person))) || answered(person, 'declines')),
      cameTrue: count(accepted),
      waiting: count((person) => answered(person, 'waits') || newlyProposed(person)),
      takenUp: count((person) => answered(person, 'accepts')),
    }, // prettier-ignore
    asks: count((person) => askedFor(person, yearAgo)),
    /** A worklist names nobody whose record is restricted. */
    asksListed: count((person) => askedFor(person, yearAgo) && !person.restricted),
    notes: {
      contacts: seen.length,
      employerContacts: seenWhere(({ employer }) => employer !== 'not'),
      personNotIdentified: seenWhere(({ employer }) => employer === 'not-named'),
      amended: seenWhere(({ note }) => note === 'amended'),
      enteredInError: seenWhere(({ note }) => note === 'entered-in-error'),
      repeated: seenWhere(({ note }) => note === 'sent-twice'),
    },
    /** Of the person whose identity message is held: notes that wait. */
    waitingNotes: doubt === undefined ? 0 : 1 + (doubt.story.employer === 'not' ? 0 : 1),
    doubt,
    verdicts,
    flagged: flagged.length,
    cleared: flagged.filter(({ story }) => story.toFlag.records !== 'nothing').length,
    coverage: {
      'on-caseload': people.length,
      served: count(covered),
      asked: count((person) => covered(person) && finalAnswer(person) !== undefined),
      'wants-work': count((person) => covered(person) && isWish(finalAnswer(person))),
      proposed: count((person) => answered(person, 'waits') || accepted(person) || newlyProposed(person)),
      accepted: count(accepted),
      'first-contact': seen.filter((person) => accepted(person) && person.story.note !== 'entered-in-error').length, // prettier-ignore
    },
  };
}
