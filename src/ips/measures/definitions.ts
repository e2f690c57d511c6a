// The measures of coverage as data: what each counts, of whom, who is left out, by which date and from which source.
// The report prints these words, so that no number stands without its definition. Where a step can be false or not
// known, there is a measure for that too: the parts of a step always add up to the step before it.
import type { SuppliedFact } from '../supply.ts';

/** What one number means. */
export interface Measure {
  readonly id: string;
  readonly title: string;
  /** The plain definition: what is counted in the numerator. */
  readonly definition: string;
  /** The measure whose people are the denominator of its share; absent where there is no share. */
  readonly of?: string;
  readonly exclusions: string;
  readonly unit: 'people' | 'proposals' | 'notes' | 'days';
  /** Which date decides whether something counts. */
  readonly dateBasis: string;
  readonly source: string;
  /** The fact that a feed must supply; without any such feed it is not collected. */
  readonly needs?: SuppliedFact;
}

const stock = 'What was on record at the end of the period, by the day on which it reached us';
const dead = 'People known to have died';
const referrals = 'Open referrals to teams (EpisodeOfCare), as the feeds tell them';
const answers = 'Answers to the work question, as the feeds tell them';
const ours = 'Proposals that this program made, as its own record keeps them';
const ips = 'Open referrals to an IPS team (D05), and proposals completed by one';
const notes = 'Progress notes received here: a note is not a contact in the national sense';

const people = { unit: 'people', dateBasis: stock, exclusions: dead } as const;
const care = { ...people, source: referrals, needs: 'teams' } as const;
const asked = { ...people, of: 'served', source: answers, needs: 'lastAsked' } as const;
const wish = { ...people, of: 'asked', source: answers, needs: 'wantsWork' } as const;
const proposal = { ...people, of: 'wants-work', source: ours } as const;
const acceptance = { ...people, of: 'proposed', source: ips, needs: 'ipsReferral' } as const;
const contact = { ...people, of: 'accepted', source: notes } as const;

/** Each counts people and stands once for every team and once for the trust. A person is in every step they reached. */
export const funnelMeasures = [
  { id: 'on-caseload', title: 'On any caseload', definition: 'People with an open referral to any team but the IPS team itself', ...care },
  { id: 'served', title: 'Served by IPS', definition: 'Of those on any caseload: people under at least one team that the IPS service covers', of: 'on-caseload', ...care },
  { id: 'not-served', title: 'Not served by IPS', definition: 'Of those on any caseload: people under teams that the IPS service does not cover, and no other', of: 'on-caseload', ...care },
  { id: 'served-not-known', title: 'Not known whether served', definition: 'Of those on any caseload: people who may be under a covered team as well, because a team is not in the table of teams or no feed was complete', of: 'on-caseload', ...care },
  { id: 'asked', title: 'Asked about work', definition: 'Of those served: people with an answer to the work question on record, whatever the answer', ...asked },
  { id: 'not-asked', title: 'Not asked', definition: 'Of those served: people of whom it is known that no answer is recorded', ...asked },
  { id: 'asked-not-known', title: 'Not known whether asked', definition: 'Of those served: people without an answer where no feed is complete enough for its silence to mean “not asked”', ...asked },
  { id: 'wants-work', title: 'Wants paid work', definition: 'Of those asked: people whose newest answer is a paid job, or help to keep or change one', ...wish },
  { id: 'unsure', title: 'Unsure, would like to talk', definition: 'Of those asked: people whose newest answer is that they are unsure', ...wish },
  { id: 'other-answer', title: 'Wants something else, or no help', definition: 'Of those asked: people whose newest answer is volunteering, study or training only, or no', ...wish },
  { id: 'answer-not-known', title: 'Answer not readable', definition: 'Of those asked: people whose newest answer is one that the table of answers does not know', ...wish },
  { id: 'proposed', title: 'Proposed', definition: 'Of those who want paid work: people with a proposal of a referral to IPS that is open or completed', ...proposal },
  { id: 'not-proposed', title: 'No proposal', definition: 'Of those who want paid work: people without a proposal, or with one that was withdrawn or given up; some of them are with IPS already', ...proposal },
  { id: 'accepted', title: 'Accepted', definition: 'Of those proposed: people with an open IPS referral, or whose proposal was completed by one', ...acceptance },
  { id: 'not-accepted', title: 'Not accepted yet', definition: 'Of those proposed: people of whom it is known that they have no open IPS referral, and whose proposal is not completed', ...acceptance },
  { id: 'accepted-not-known', title: 'Not known whether accepted', definition: 'Of those proposed: people without a recorded IPS referral where no feed is complete enough for its silence to mean “none”', ...acceptance },
  { id: 'first-contact', title: 'First contact (from notes)', definition: 'Of those accepted: people with at least one progress note of a contact that says they were seen', ...contact },
  { id: 'no-first-contact', title: 'No contact note', definition: 'Of those accepted: people without such a note; they may have been seen all the same', ...contact },
] as const satisfies readonly Measure[]; // prettier-ignore
export type FunnelMeasure = (typeof funnelMeasures)[number]['id'];

/** The steps of the funnel in order; each is a part of the one before. */
export const steps = [
  'on-caseload', 'served', 'asked', 'wants-work', 'proposed', 'accepted', 'first-contact',
] as const satisfies readonly FunnelMeasure[]; // prettier-ignore

/** Into which parts the people of a step fall, each into one. */
export const partitions: readonly { readonly whole: FunnelMeasure; readonly parts: readonly FunnelMeasure[] }[] = [
  { whole: 'on-caseload', parts: ['served', 'not-served', 'served-not-known'] },
  { whole: 'served', parts: ['asked', 'not-asked', 'asked-not-known'] },
  { whole: 'asked', parts: ['wants-work', 'unsure', 'other-answer', 'answer-not-known'] },
  { whole: 'wants-work', parts: ['proposed', 'not-proposed'] },
  { whole: 'proposed', parts: ['accepted', 'not-accepted', 'accepted-not-known'] },
  { whole: 'accepted', parts: ['first-contact', 'no-first-contact'] },
]; // prettier-ignore

const everybody = { ...people, exclusions: 'Nobody', source: referrals } as const;
const goals = { ...people, of: 'served', source: 'Care plans and goals, as the feeds tell them, read by mappings/employment-goal.yaml', needs: 'carePlans' } as const; // prettier-ignore
const made = { unit: 'proposals', dateBasis: stock, exclusions: 'None', source: ours } as const;

/** Stand once for the trust, only in the internal form. */
export const trustMeasures = [
  { id: 'on-record', title: 'On record', definition: 'Everybody of whom anything is recorded here; people merged into one count once', ...everybody },
  { id: 'with-ips-only', title: 'With IPS and on no other caseload', definition: 'People whose only open referral is to the IPS team', ...everybody },
  { id: 'on-no-caseload', title: 'On no caseload', definition: 'People of whom it is known that they have no open referral to any team', ...everybody },
  { id: 'caseload-not-known', title: 'Not known whether on a caseload', definition: 'People without an open referral on record where no feed is complete enough for its silence to mean “none”', ...everybody },
  { id: 'died', title: 'Known to have died', definition: 'People whose death is recorded; they are in no other measure of people', ...everybody },
  { id: 'with-ips-another-way', title: 'With IPS by another way', definition: 'People served by IPS, with an open IPS referral, who are not in the step “accepted”: no recorded wish, or no proposal of ours', ...people, source: ips, needs: 'ipsReferral' },
  { id: 'goal', title: 'Employment goal', definition: 'People served whose care plans hold an employment goal', ...goals },
  { id: 'no-goal', title: 'No employment goal', definition: 'People served whose care plans are known in full and hold none', ...goals },
  { id: 'goal-unclear', title: 'Unclear', definition: 'People served whose care plans hold words that may mean an employment goal', ...goals },
  { id: 'goal-content-not-available', title: 'Content not available', definition: 'People served of whom no care plan is known in full', ...goals },
  { id: 'proposals-made', title: 'Proposals made', definition: 'All proposals of a referral to IPS up to the end of the period, whatever became of them', ...made },
  { id: 'proposals-open', title: 'Open', definition: 'Proposals neither completed nor withdrawn nor given up', ...made },
  { id: 'proposals-completed', title: 'Completed', definition: 'Proposals completed because the person is with IPS', ...made },
  { id: 'proposals-withdrawn', title: 'Withdrawn', definition: 'Proposals withdrawn because a condition no longer held', ...made },
  { id: 'proposals-given-up', title: 'Given up', definition: 'Proposals that an operator gave up before they were made', ...made },
  { id: 'wish-to-proposal', title: 'Days from wish to proposal', definition: 'Median of the days from the day the wish was recorded to the day its first proposal was made; n is the number of people who want paid work and have one', unit: 'days', dateBasis: 'Days of the wish and of the proposal in Europe/London', exclusions: 'People without a proposal for the wish that stands now; people known to have died', source: ours, needs: 'wantsWork' },
  { id: 'employer-contacts-without-consent', title: 'Employer contacts without consent on record', definition: 'Notes of a contact with an employer to whom the person was identified, on a day for which no consent of theirs is recorded', unit: 'notes', dateBasis: stock, exclusions: 'Notes entered in error, and notes that do not say whether the person was identified', source: notes },
] as const satisfies readonly Measure[]; // prettier-ignore
export type TrustMeasure = (typeof trustMeasures)[number]['id'];
