// Invented people of an invented trust, with the truth about each beside the rows that the record holds of them. Tests
// count the truth; nothing here asks the code under test.
import type { CanonicalResource, PersonKey } from '../../src/fhir/canonical.ts';
import { nhsNumberOf } from '../../src/fhir/nhs-number.ts';
import { systems } from '../../src/fhir/systems.ts';
import { resolve } from 'node:path';
import { readGoalDefinition } from '../../src/ips/employment-goal.ts';
import type { FactContext } from '../../src/ips/facts.ts';
import { readMappingTree } from '../../src/mapping/tree.ts';
import type { Decision } from '../../src/ips/decision.ts';
import { filedRows, withdrawnRows } from '../../src/ips/notes/filing.ts';
import { notesFeed } from '../../src/ips/notes/identity.ts';
import type { ProgressNote } from '../../src/ips/notes/schema.ts';
import { ownResources } from '../../src/ips/own.ts';
import type { Programme } from '../../src/ips/programme.ts';
import { suppliedFactNames } from '../../src/ips/supply.ts';
import type { FeedSupply } from '../../src/ips/supply.ts';
import type { Team, TeamTable } from '../../src/mapping/codes.ts';
import { ownSource } from '../../src/record/person.ts';
import type { PersonRecord } from '../../src/record/person.ts';
import { inTransaction } from '../../src/store/database.ts';
import type { Store } from '../../src/store/database.ts';
import { lockPersons } from '../../src/store/persons.ts';
import { appendResources } from '../../src/store/record.ts';
import { Person } from '../ips/support/people.ts';

export const period = '2026-10';
/** The last moment of October 2026 in London, which is UTC again by then. */
export const periodEnd = new Date('2026-10-31T23:59:59.999Z');

const listed: readonly (readonly [id: string, name: string, type: string, served: 'yes' | 'no' | ''])[] = [
  ['CMHT-N', 'North Community Mental Health Team', 'A06', ''],
  ['CMHT-S', 'South Community Mental Health Team', 'A06', ''],
  ['CMHT-E', 'East Community Mental Health Team', 'A06', ''],
  ['EIP', 'Early Intervention in Psychosis', 'A14', ''],
  ['AOT', 'Assertive Outreach Team', 'A08', 'yes'],
  ['REHAB', 'Community Rehabilitation Team', 'A09', ''],
  ['OPMH', "Older People's Mental Health Team", 'A07', ''],
  ['PERI', 'Perinatal Mental Health Team', 'C02', 'no'],
  ['IPS', 'Individual Placement and Support Service', 'D05', 'no'],
];
/** As the programme below covers them. */
export const coveredTeams = ['AOT', 'CMHT-E', 'CMHT-N', 'CMHT-S', 'EIP'];
export const otherTeams = ['REHAB', 'OPMH', 'PERI'];

export const teamsCsv = ['team,name,type,served,champion,duty_queue', ...listed.map(([id, name, type, served]) => `${id},${name},${type},${served},,`), ''].join('\n'); // prettier-ignore

const allTeams = listed.map(([id, name, type, served]): Team => ({
  id, name, type, served: served === '' ? undefined : served === 'yes', champion: undefined, dutyQueue: undefined,
})); // prettier-ignore
export const teams: TeamTable = {
  all: allTeams,
  find: (id) => allTeams.find((one) => one.id === id),
  teamSystem: 'https://rzz.example/Id/team',
  staffSystem: 'https://rzz.example/Id/staff',
};

export const programme: Programme = {
  id: 'test',
  name: 'Individual Placement and Support in secondary mental health care',
  provider: { name: 'Example Works', partOfCareTeam: false },
  serves: ['A06', 'A14'],
  rules: { 'wants-work': 'on' },
};

/** A feed that supplies everything, complete for years; `rio` is what the rows of people say they came by. */
export const feed: FeedSupply = {
  feed: 'rio',
  supplies: Object.fromEntries(
    [...suppliedFactNames, 'carePlans'].map((fact) => [fact, { completeFrom: '2020-01-01' }]),
  ),
  restrictedMarkings: 'supplied',
};

const tree = readMappingTree(resolve(import.meta.dirname, '../../mappings'), 'RZZ');
/** How facts about these people are derived. */
export const facts: FactContext = {
  at: periodEnd, zone: 'Europe/London', feeds: [feed], teams, programme, goals: readGoalDefinition(tree),
}; // prettier-ignore

export interface Truth {
  /** Open referrals at the end of October; `IPS` is the service itself. */
  readonly teams: readonly string[];
  /** An open referral to a team that no table lists. */
  readonly unlisted: boolean;
  readonly died: boolean;
  readonly answer: 'paid-job' | 'keep-or-change' | 'unsure' | 'volunteering-or-study' | 'no' | 'unread' | undefined;
  readonly proposal: 'open' | 'completed' | 'withdrawn' | undefined;
  readonly daysToProposal: number;
  /** A note of a contact at which they were seen; that they missed; that was written by mistake. */
  readonly note: 'seen' | 'missed' | 'mistake' | undefined;
  /** What their care plan says of work, in plain words; undefined: there is no care plan. */
  readonly plan: 'goal' | 'no-goal' | undefined;
  /** An employer was told who they are: with or without their consent. */
  readonly employer: 'with-consent' | 'without-consent' | undefined;
} // prettier-ignore

export interface Invented {
  readonly truth: Truth;
  readonly key: PersonKey;
  readonly record: PersonRecord;
}

/** The same people for the same seed. */
export function inventPeople(count: number, seed = 11): Invented[] {
  let state = seed;
  const chance = (): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  const numbers = Array.from({ length: count * 2 }, (_, index) => nhsNumberOf(String(999_100_000 + index)));
  const valid = numbers.flatMap((number) => (number === undefined ? [] : [number]));
  return Array.from({ length: count }, (_, index) => {
    const truth = inventTruth(chance);
    const key = { system: 'https://rzz.example/Id/patient', value: `R${String(index + 1).padStart(7, '0')}` };
    const rows = rowsOf(truth, key, valid[index] ?? '', `person-${index + 1}`);
    return { truth, key, record: { id: index + 1, uid: `person-${index + 1}`, keys: [key], rows } };
  });
}

function inventTruth(chance: () => number): Truth {
  const pick = <T>(...choices: readonly (readonly [T, number])[]): T => {
    let left = chance();
    for (const [value, weight] of choices) if ((left -= weight) < 0) return value;
    return choices[0]![0];
  };
  const team = pick(['CMHT-N', 0.2], ['CMHT-S', 0.17], ['CMHT-E', 0.13], ['EIP', 0.13], ['AOT', 0.06], ['REHAB', 0.06], ['OPMH', 0.12], ['PERI', 0.05], ['', 0.08]); // prettier-ignore
  const second = pick(['', 0.93], ['AOT', 0.03], ['OPMH', 0.04]);
  const covered = coveredTeams.includes(team) || coveredTeams.includes(second);
  const answer = covered
    ? pick<Truth['answer']>([undefined, 0.38], ['paid-job', 0.27], ['keep-or-change', 0.08], ['unsure', 0.11], ['volunteering-or-study', 0.06], ['no', 0.08], ['unread', 0.02]) // prettier-ignore
    : pick<Truth['answer']>([undefined, 0.9], ['paid-job', 0.1]);
  const wants = covered && (answer === 'paid-job' || answer === 'keep-or-change');
  const proposal = wants ? pick<Truth['proposal']>(['open', 0.45], ['completed', 0.3], ['withdrawn', 0.1], [undefined, 0.15]) : undefined; // prettier-ignore
  const ips = proposal === 'completed' ? chance() < 0.8 : chance() < 0.06;
  return {
    teams: [...new Set([team, second, ips ? 'IPS' : ''])].filter((id) => id !== ''),
    unlisted: chance() < 0.02,
    died: chance() < 0.01,
    answer,
    proposal,
    plan: pick<Truth['plan']>(['goal', 0.3], ['no-goal', 0.4], [undefined, 0.3]),
    daysToProposal: 2 + Math.floor(chance() * 9),
    note: ips
      ? pick<Truth['note']>(['seen', 0.7], ['missed', 0.1], ['mistake', 0.1], [undefined, 0.1])
      : undefined,
    employer: ips ? pick<Truth['employer']>([undefined, 0.7], ['with-consent', 0.15], ['without-consent', 0.15]) : undefined, // prettier-ignore
  };
}

function rowsOf(truth: Truth, key: PersonKey, nhsNumber: string, uid: string) {
  const person = new Person(uid).on('2026-03-02');
  person.patient({ identifier: [{ system: systems.nhsNumber, value: nhsNumber }], ...(truth.died ? { deceasedBoolean: true } : {}) }); // prettier-ignore
  for (const team of truth.teams) person.referral(team);
  person.referral('CMHT-N', { id: 'ended', end: '2026-02-01' });
  if (truth.unlisted) person.referral('NEW-TEAM');
  if (truth.answer === 'unread') person.unread('maybe later', '2026-03-01');
  else if (truth.answer !== undefined) person.answer(truth.answer, '2026-03-01');
  if (truth.plan !== undefined) {
    person.add('PLAN', {
      resourceType: 'CarePlan', status: 'active', intent: 'plan', subject: {}, category: [{ coding: [{ code: 'CARE' }] }],
      description: truth.plan === 'goal' ? 'Goal: find a paid job' : 'Goal: sleep better', period: { start: '2026-02-01' },
    }); // prettier-ignore
  }
  propose(person, truth, key);
  const note = { author: { system: 'https://rzz.example/Id/staff', value: 'S1', name: 'Ines Okafor' }, person: key, date: '2026-09-01', summary: 'A meeting' }; // prettier-ignore
  person.on('2026-09-02');
  if (truth.note !== undefined) {
    const id = `note-${uid}`;
    const attended = truth.note === 'missed' ? 'did-not-attend' : 'seen';
    file(person, id, { ...note, kind: 'contact', attended }, key, 1);
    // Amended once: it is still one note.
    file(person.on('2026-09-03'), id, { ...note, kind: 'contact', attended }, key, 2);
    if (truth.note === 'mistake') withdraw(person.on('2026-09-04'), id, note.author);
  }
  if (truth.employer !== undefined) {
    const disclosure = { mayApproachEmployers: 'yes', on: '2026-08-01' } as const;
    const told = { ...note, kind: 'employer-contact', personIdentifiedToEmployer: 'yes' } as const;
    const said = truth.employer === 'with-consent' ? { ...told, disclosure } : told;
    file(person.on('2026-09-05'), `employer-${uid}`, said, key, 1);
    file(person.on('2026-09-06'), `employer-${uid}`, said, key, 2);
  }
  // What is learnt after the period changes nothing in it.
  person.on('2026-11-03').referral('CMHT-S', { id: 'later' }).answer('paid-job', '2026-11-02');
  return person.rows;
}

function propose(person: Person, { proposal, daysToProposal, teams: on }: Truth, key: PersonKey): void {
  if (proposal === undefined) return;
  const answer = person.rows.find(({ resource }) => resource.resourceType === 'Observation')?.resource;
  const wish = answer?.resourceType === 'Observation' ? answer.identifier?.[0]?.value : undefined;
  const day = new Date(Date.parse('2026-03-01T12:00:00Z') + daysToProposal * 86_400_000);
  const make: Decision = {
    action: 'make', effect: 'propose-referral', rule: 'wants-work', title: 'Wants paid work',
    key: `wants-work/wish/${String(wish?.replace('urn:uuid:', ''))}`, reasons: [], ruleSet: 'rules',
    team: { id: on[0] ?? '', name: on[0] ?? '', type: 'A06' }, decidedAt: day.toISOString(),
  }; // prettier-ignore
  const keep = (decision: Decision): void => {
    person.on(decision.decidedAt);
    for (const own of ownResources(decision, key)) person.add(own.sourceId, own.resource, ownSource);
  };
  keep(make);
  if (proposal === 'open') return;
  const end: Decision = { ...make, action: 'withdraw', because: 'x', decidedAt: '2026-06-01T12:00:00Z' };
  keep(proposal === 'completed' ? { ...end, completed: true } : end);
}

function file(person: Person, id: string, note: ProgressNote, key: PersonKey, version: number): void {
  const earlier = documents(person, id);
  const rows = filedRows(note, person.record, earlier, { id, version, person: key, at: person.at, zone: 'Europe/London' }); // prettier-ignore
  for (const { sourceId, resource } of rows) person.add(sourceId, resource, notesFeed);
}

function withdraw(person: Person, id: string, author: ProgressNote['author']): void {
  const rows = withdrawnRows({ reason: 'another person', author }, person.record, documents(person, id), { id, at: person.at }); // prettier-ignore
  for (const { sourceId, resource } of rows) person.add(sourceId, resource, notesFeed);
}

function documents(person: Person, id: string) {
  return person.rows.flatMap(({ sourceId, resource }) =>
    resource.resourceType === 'DocumentReference' &&
    sourceId.startsWith(`note/${id}/`) &&
    resource.status === 'current'
      ? [resource]
      : [],
  );
}

/** Puts people into a store, as processing their messages would. */
export async function storePeople(store: Store, people: readonly Invented[]): Promise<void> {
  for (let from = 0; from < people.length; from += 100) {
    const some = people.slice(from, from + 100);
    await inTransaction(store, async (tx) => {
      const keys: CanonicalResource['person'][] = some.map(({ key }) => key);
      const found = await lockPersons(tx, keys);
      await appendResources(
        tx,
        some.flatMap(({ key, record }) => {
          const person = found.get(`${key.system}|${key.value}`) ?? 0;
          return record.rows.map(({ source, sourceId, at, resource }) => ({ person, source, sourceId, at, resource, inboxRow: undefined })); // prettier-ignore
        }),
      );
    });
  }
}
