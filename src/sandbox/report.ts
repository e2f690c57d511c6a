// The sandbox's summary in plain words: the four outcomes with their numbers, what is held and why, and how to look at
// one of each.
import { join } from 'node:path';
import type { LineSummary } from '../store/summary.ts';
import type { SandboxResult } from './result.ts';
import type { OutboundSide } from './settings.ts';

/** What happened, outcome by outcome. */
export function reportLines(result: SandboxResult): string[] {
  const { coverage, line, messages } = result;
  return [
    '',
    'What happened',
    `  ${messages.sent} HL7v2 messages over MLLP, ${messages.acknowledged} acknowledged after they were on disk: ${messages.processed} processed (${messages.unused} deliberately unused), ${messages.held} held`,
    `  ${line.people} people on the record, ${line.merged} second registrations merged into them; ${result.seconds.toFixed(0)} s in all`,
    ...findingLines(line),
    '',
    '1 Referrals',
    ...referralLines(result),
    '',
    '2 Progress notes',
    ...noteLines(result),
    '',
    '3 Care plans without an employment goal',
    ...sweepLines(result),
    '',
    '4 Coverage',
    `  ${coverage.steps.map(({ title, people }) => `${title.toLowerCase().replace('ips', 'IPS')} ${people}`).join(' → ')}`,
    `  the report, by team, as page, table and data: ${coverage.files.find((file) => file.endsWith('.html')) ?? ''}`,
    '',
    'What is held or waits, and why',
    ...heldLines(result),
  ];
}

function findingLines({ findings }: LineSummary): string[] {
  if (findings.length === 0) return [];
  return [
    `  findings, none of which stopped a message: ${findings.map(({ kind, rows }) => `${kind} ${rows}`).join(', ')}`,
  ];
}

function referralLines({ proposals, asks, asksNotListed, standing, notServed }: SandboxResult): string[] {
  const hidden = asksNotListed === 0 ? '' : ` (${asksNotListed} more on no list: their record is restricted)`;
  return [
    `  ${proposals.made} people who want paid work proposed for IPS: ${standing.proposals.open} wait for an answer, ${standing.proposals.takenUp} taken up by their care co-ordinator,`,
    `  ${proposals.takenBack} taken back (the person declined), ${proposals.cameTrue - standing.proposals.takenUp} closed because the referral to IPS was there already`,
    `  ${asks} people whose care co-ordinator is asked to ask whether work matters to them${hidden}`,
    ...(notServed.length > 0 ? [`  team types that IPS does not serve here: ${notServed.join(', ')}`] : []),
  ];
}

const stateWords: Readonly<Record<string, string>> = {
  'read-back': 'read back from the record',
  delivered: 'filed but not read back (the EPR failed just then)',
  queued: 'taken by the integration engine',
  held: 'held',
  waiting: 'waiting',
};

function noteLines({ notes, standing }: SandboxResult): string[] {
  const states = Object.entries(notes.states).map(
    ([state, count]) => `${count} ${stateWords[state] ?? state}`,
  );
  return [
    `  ${notes.notes} notes posted by specialists: ${notes.contacts} of contacts, ${notes.employerContacts} of contacts with employers (${notes.personNotIdentified} without naming the person)`,
    `  ${notes.amended} amended, ${notes.enteredInError} entered in error, ${notes.repeated} sent twice and filed once; of all writes: ${states.join(', ')}`,
    `  in the record now: ${standing.notes.current} current, ${standing.notes.superseded} superseded, ${standing.notes.enteredInError} entered in error`,
  ];
}

const verdictWords: readonly (readonly [string, string])[] = [
  ['goal-recorded', 'with an employment goal'],
  ['answer-recorded', 'asked before'],
  ['with-ips', 'with IPS'],
  ['not-covered', 'not under a covered team'],
  ['unclear', 'unclear (a person has to read)'],
  ['content-not-available', 'without a care plan that counts'],
  ['prompt-open', 'asked about otherwise'],
  ['restricted', 'restricted'],
];
const deferrals = ['on-ward', 'owner-full', 'no-owner'] as const;
const deferralWords = {
  'on-ward': 'on a ward',
  'owner-full': 'care co-ordinator has ten already',
  'no-owner': 'nobody to ask',
} as const;

function sweepLines({ sweep }: SandboxResult): string[] {
  const { live } = sweep;
  const seen = verdictWords.flatMap(([verdict, words]) => (live[verdict] === undefined ? [] : [`${live[verdict]} ${words}`])); // prettier-ignore
  const later = deferrals.flatMap((why) => (live[why] === undefined ? [] : [`${live[why]} ${deferralWords[why]}`])); // prettier-ignore
  return [
    `  ${live['people'] ?? 0} people looked at, first dry, then live: ${seen.join(', ')}`,
    `  ${sweep.flagged} flagged; ${later.length === 0 ? 'nobody deferred' : `deferred: ${later.join(', ')}`}`,
    `  ${sweep.cleared} flags cleared since, because a goal or an answer was recorded`,
  ];
}

function heldLines({ heldMessages, heldEffects, blocked }: SandboxResult): string[] {
  const messages = heldMessages.map(
    (one) => `message ${one.id} (${one.event}): ${one.where ?? ''} ${one.message}`,
  );
  const effects = heldEffects.map(
    (one) => `effect ${one.row} (${one.decision.rule}): ${one.failure?.message ?? ''}`,
  );
  const lines = grouped([...messages, ...effects]);
  if (blocked.byIdentity > 0)
    lines.push(
      `  effects that wait: ${blocked.byIdentity}; the message held above may change who their person is, and until somebody has looked nothing is written about them`,
    );
  if (blocked.behindHeld > 0)
    lines.push(`  effects that wait: ${blocked.behindHeld}; an earlier version of the same is held`);
  return lines.length === 0 ? ['  nothing'] : lines;
}

/** The same reason once, with the first few that it holds for. */
function grouped(texts: readonly string[]): string[] {
  const counted = new Map<string, string[]>();
  for (const text of texts) {
    const reason = text.slice(text.indexOf(':') + 2).trim();
    counted.set(reason, [...(counted.get(reason) ?? []), text.slice(0, text.indexOf(':'))]);
  }
  return [...counted].map(([reason, rows]) => {
    const shown = rows.slice(0, 3).join(', ');
    return `  ${shown}${rows.length > 3 ? ` and ${rows.length - 3} more` : ''}: ${reason}`;
  });
}

export interface LookAt {
  readonly folder: string;
  readonly uid: string | undefined;
  /** File with the text of a note as it reads in the record. */
  readonly noteFile: string | undefined;
  /** Id of a note that stands. */
  readonly note: string | undefined;
  /** Its place in the EPR, where it can be read back. */
  readonly noteReference: string | undefined;
  readonly outbound: OutboundSide;
  readonly httpPort: number;
  /** Whether the trust's systems and the service go on running. */
  readonly running: boolean;
}

/** How to look at one person, one note, the lists, and the service. */
export function lookLines(look: LookAt): string[] {
  const config = join(look.folder, 'config');
  const api = `curl -H "Authorization: Bearer $(cat ${join(look.folder, 'api-token')})" http://127.0.0.1:${look.httpPort}`;
  const worklist = look.outbound.kind === 'hl7v2' ? [`  worklists, one for each team: ${join(look.folder, 'worklist')}/*.csv`] : []; // prettier-ignore
  return [
    '',
    'Look at it',
    ...(look.uid === undefined ? [] : [`  npx ips-bridge why --uid ${look.uid} --config ${config}`]),
    `  npx ips-bridge why-not --config ${config}      # asks for a number: R10001 is on the record`,
    ...(look.noteFile === undefined ? [] : [`  a note as it reads in the record: ${look.noteFile}`]),
    ...worklist,
    ...(look.running ? runningLines(look, config, api) : []),
    `  the service’s log: ${join(look.folder, 'service.log')}`,
  ];
}

function runningLines(look: LookAt, config: string, api: string): string[] {
  const { note, noteReference, outbound } = look;
  return [
    ...(note === undefined ? [] : [`  ${api}/notes/${note}      # a note, as its writer sees it`]),
    ...(outbound.kind === 'fhir' && noteReference !== undefined
      ? [`  curl -H "Authorization: Bearer $(cat ${join(config, 'epr-token')})" ${outbound.eprUrl}/${noteReference}      # as the EPR holds it`] // prettier-ignore
      : []),
    `  ${api}/held      # also /pauses, /readyz, /metrics`,
    `  npx ips-bridge held --config ${config}`,
  ];
}
