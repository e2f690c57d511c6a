// The words that clinicians read in their EPR. Neutral and short: they inform, they never press; work is the person's
// choice. No word on benefits, readiness or fitness; free text is cited by type and date, never quoted.
import { localDate } from '../time.ts';
import type { Decision, EffectKind, Evidence, OwnKind, Reason } from './decision.ts';
import type { WantsWork } from './fact.ts';

/** Every proposal and ask ends so, all alike (domain.md section 1); a flag is about the record and leads to no meeting. */
const safetySentence = 'Read the EPR safety summary before the first meeting.';

export const effectNames: Readonly<Record<EffectKind, string>> = {
  'propose-referral': 'Proposal: Individual Placement and Support (IPS), help to find and keep paid work',
  'ask-wish': 'Ask what the person wants of work',
  'flag-no-goal': 'No employment goal or conversation recorded',
  'file-note': 'IPS progress note',
};

const invitations: Readonly<Record<OwnKind, readonly string[]>> = {
  'propose-referral': [
    'Please ask whether they would like to be referred to Individual Placement and Support (IPS).',
    'It is their choice. Whatever they answer, nothing about their care changes, and nothing is passed on before they agree.',
  ],
  'ask-wish': [
    'When you next see them, please ask what they want of work, and record the answer.',
    'Every answer is fine, also "no". Whatever they answer, nothing about their care changes.',
  ],
  'flag-no-goal': [
    'The care plan says nothing about work, and no conversation about it is recorded.',
    'If it has been talked about, please record the answer; any answer clears this, also "no" and "not now". No goal needs to be set.',
  ],
};

/** What to say, for whoever would like a suggestion. */
export const suggestedQuestion =
  'Some people we see want a paid job, or help to keep or change the one they have. Some are not sure, some would rather volunteer or study, and some do not want help with work. What would you like?';

/** The five answers, as they may be offered. */
export const answerChoices: readonly { readonly code: WantsWork; readonly display: string }[] = [
  { code: 'paid-job', display: 'I would like a paid job' },
  { code: 'keep-or-change', display: 'I would like help to keep or change my job' },
  { code: 'unsure', display: 'I am not sure and would like to talk about it' },
  { code: 'volunteering-or-study', display: 'I would like to volunteer, study or train' },
  { code: 'no', display: 'No, thank you' },
];

/** What the owner of a prompt reads, one line each. */
export function promptLines(decision: Decision, zone: string): string[] {
  return [
    ...(decision.effect === 'file-note' ? [] : invitations[decision.effect]),
    'You are told because the person:',
    ...toldReasons(decision).map((reason) => `- ${reasonText(reason, zone)}`),
    ...(decision.effect === 'flag-no-goal' ? [] : [safetySentence]),
  ];
}

/** Conditions on these hold for nearly everybody: they are on the audit and in `why`, not in a clinician's way. */
const untold: ReadonlySet<string> = new Set(['age', 'restricted', 'deceased']);

/** The reasons that tell a clinician something, each piece of evidence once. */
export function toldReasons(decision: Decision): Reason[] {
  const said = new Set<string>();
  return decision.reasons
    .filter(({ evidence }) => evidence.length === 0 || !evidence.every(({ fact }) => untold.has(fact)))
    .map(({ say, evidence }) => {
      const news = evidence.filter(({ fact, resource }) => !said.has(`${fact}|${resource}`));
      for (const { fact, resource } of news) said.add(`${fact}|${resource}`);
      return { say, evidence: news };
    });
}

/** `has declined … (said they do not want help with work, 2 April 2026)`. */
export function reasonText(reason: Reason, zone: string): string {
  const evidence = reason.evidence
    .map((piece) => evidenceText(piece, zone))
    .filter((text) => text !== reason.say);
  return evidence.length === 0 ? reason.say : `${reason.say} (${[...new Set(evidence)].join('; ')})`;
}

/** What a withdrawal says. Where nothing was given as a reason, nothing is said about it. */
export function withdrawalText(decision: Decision, zone: string): string {
  const day = dayInWords(decision.decidedAt, zone);
  const because = decision.because ?? 'no further action is needed';
  const evidence = decision.reasons
    .flatMap((reason) => reason.evidence)
    .filter(({ date }) => date !== undefined);
  const on =
    evidence.length === 0 ? '' : ` (${evidence.map((piece) => evidenceText(piece, zone)).join('; ')})`;
  const undone = decision.effect === 'flag-no-goal' ? 'Cleared' : 'Withdrawn';
  const verb = decision.completed === true ? 'Completed' : undone;
  return `${verb} on ${day}: ${because}${on}. Nothing more needs to be done.`;
}

/** For a prompt that somebody has taken up already: it is theirs to judge. */
export function lateNewsText(decision: Decision, zone: string): string {
  const because = decision.because ?? 'the record has changed';
  return `For information, ${dayInWords(decision.decidedAt, zone)}: ${because}. Please take this into account; nothing has been changed here.`;
}

function evidenceText({ says, date }: Evidence, zone: string): string {
  return date === undefined ? says : `${says}, ${dayInWords(date, zone)}`;
}

const months = [
  'January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November',
  'December',
] as const; // prettier-ignore

/** A FHIR date or dateTime as people write days: `1 March 2026`, `March 2026`, `2026`. */
export function dayInWords(fhir: string, zone: string): string {
  const day = fhir.includes('T') ? localDate(new Date(fhir), zone) : fhir;
  const [year = '', month, date] = day.split('-');
  const name = month === undefined ? undefined : months[Number(month) - 1];
  return [date === undefined ? undefined : String(Number(date)), name, year]
    .filter((part) => part !== undefined)
    .join(' ');
}
