// Where one person stands at the end of a period: which measures of the funnel they count in, under which teams, and
// what they add to the measures of the trust. Counts are all that leaves this folder; nobody is named or listed.
import type { PersonRecord } from '../../record/person.ts';
import { earliestInstant, localDate } from '../../time.ts';
import { openReferrals } from '../care.ts';
import type { Fact, Facts, OwnEffect } from '../fact.ts';
import { deriveFacts } from '../facts.ts';
import type { FactContext } from '../facts.ts';
import { ipsTeamType } from '../programme.ts';
import type { FunnelMeasure, TrustMeasure } from './definitions.ts';
import { noteCounts } from './notes.ts';

/** The row of people under a team that codes/teams.csv does not list. */
export const unlistedTeam = '';

export interface Standing {
  /** Ids of the teams whose rows the person is in, each once; `unlistedTeam` for one that no table lists. */
  readonly teams: readonly string[];
  readonly funnel: readonly FunnelMeasure[];
  /** How much the person adds to each measure of the trust. */
  readonly trust: Readonly<Partial<Record<TrustMeasure, number>>>;
  /** From the wish that stands to its first proposal. */
  readonly daysToProposal: number | undefined;
  /** Whether a note of any kind is on record: without one in the whole trust, notes are not collected. */
  readonly hasNotes: boolean;
}

/** @param context the moment is the end of the period: later rows are not read */
export function standingOf(record: PersonRecord, context: FactContext): Standing {
  const facts = deriveFacts(record, context);
  const notes = noteCounts(record, context.at, context.zone);
  const alone = { teams: [], funnel: [], daysToProposal: undefined, hasNotes: notes.notes > 0 };
  const always = { 'on-record': 1, ...proposals(facts.own), 'employer-contacts-without-consent': notes.withoutConsent }; // prettier-ignore
  if (facts.deceased.state === 'present') return { ...alone, trust: { ...always, died: 1 } };

  const open = openReferrals(record, context.at, context.zone, context);
  const caring = open.teams.filter((team) => team.type !== ipsTeamType);
  const teams = [...new Set([...caring.map((team) => team.id), ...(open.unlisted ? [unlistedTeam] : [])])];
  if (teams.length === 0) return { ...alone, trust: { ...always, [offCaseload(facts)]: 1 } };

  const served = caring.some((team) => team.served);
  const path = served ? servedPath(facts, notes.contacts > 0) : [unserved(facts)];
  const accepted = path.includes('accepted');
  const anotherWay = served && !accepted && facts.ipsReferral.state === 'present';
  return {
    teams,
    funnel: ['on-caseload', ...path],
    trust: {
      ...always,
      ...(served ? { [goalMeasures[facts.employmentGoal.verdict]]: 1 } : {}),
      ...(anotherWay ? { 'with-ips-another-way': 1 } : {}),
    },
    daysToProposal: path.includes('wants-work') ? daysToProposal(facts) : undefined,
    hasNotes: notes.notes > 0,
  };
}

const goalMeasures = {
  goal: 'goal',
  'no-goal': 'no-goal',
  unclear: 'goal-unclear',
  'content-not-available': 'goal-content-not-available',
} as const satisfies Record<Facts['employmentGoal']['verdict'], TrustMeasure>;

function offCaseload({ teams, ipsReferral }: Facts): TrustMeasure {
  if (teams.state === 'not-known') return 'caseload-not-known';
  return ipsReferral.state === 'present' ? 'with-ips-only' : 'on-no-caseload';
}

function unserved({ teams }: Facts): FunnelMeasure {
  return teams.state === 'not-known' ? 'served-not-known' : 'not-served';
}

/** The steps that somebody whom IPS covers has reached, and what stopped them. */
function servedPath(facts: Facts, seen: boolean): FunnelMeasure[] {
  const asked = pick(facts.lastAsked, 'asked', 'not-asked', 'asked-not-known');
  if (asked !== 'asked') return ['served', asked];
  const answer = answerOf(facts);
  if (answer !== 'wants-work') return ['served', asked, answer];
  const standing = facts.own.filter(
    ({ effect, state }) => effect === 'propose-referral' && (state === 'open' || state === 'completed'),
  );
  if (standing.length === 0) return ['served', asked, answer, 'not-proposed'];
  const completed = standing.some(({ state }) => state === 'completed');
  const accepted = completed
    ? 'accepted'
    : pick(facts.ipsReferral, 'accepted', 'not-accepted', 'accepted-not-known');
  const contact: FunnelMeasure[] =
    accepted === 'accepted' ? [seen ? 'first-contact' : 'no-first-contact'] : [];
  return ['served', asked, answer, 'proposed', accepted, ...contact];
}

function answerOf({ wantsWork }: Facts): FunnelMeasure {
  if (wantsWork.state !== 'present') return 'answer-not-known';
  switch (wantsWork.value) {
    case 'paid-job':
    case 'keep-or-change':
      return 'wants-work';
    case 'unsure':
      return 'unsure';
    case 'volunteering-or-study':
    case 'no':
      return 'other-answer';
  }
}

function pick(
  fact: Fact<unknown>,
  present: FunnelMeasure,
  absent: FunnelMeasure,
  unknown: FunnelMeasure,
): FunnelMeasure {
  return fact.state === 'present' ? present : fact.state === 'absent' ? absent : unknown;
}

function proposals(own: readonly OwnEffect[]): Partial<Record<TrustMeasure, number>> {
  const made = own.filter(({ effect, elsewhere }) => effect === 'propose-referral' && elsewhere !== true);
  const count = (state: OwnEffect['state']): number => made.filter((one) => one.state === state).length;
  return {
    'proposals-made': made.length,
    'proposals-open': count('open'),
    'proposals-completed': count('completed'),
    'proposals-withdrawn': count('withdrawn'),
    'proposals-given-up': count('given-up'),
  };
}

/** Whole days between the local days; a proposal belongs to a wish by its key, `<rule>/wish/<id>`. */
function daysToProposal({ wantsWork, own, zone }: Facts): number | undefined {
  if (wantsWork.state !== 'present' || wantsWork.date === undefined || wantsWork.id === undefined)
    return undefined;
  const { date, id } = wantsWork;
  const first = own.find(({ effect, key, elsewhere }) => {
    const [, once, wish] = key.split('/');
    return effect === 'propose-referral' && elsewhere !== true && once === 'wish' && wish === id;
  });
  if (first === undefined) return undefined;
  const wished = localDate(new Date(earliestInstant(date, zone)), zone);
  const made = localDate(new Date(first.madeAt), zone);
  return Math.round((Date.parse(made) - Date.parse(wished)) / 86_400_000);
}
