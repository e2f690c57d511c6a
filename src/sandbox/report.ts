// The sandbox's summary in plain words: what came in, who is on the record, what was decided and where it arrived, what
// is held and why.
import type { HeldRow } from '../store/inbox-rows.ts';
import type { Effect } from '../store/effects.ts';
import type { LineSummary } from '../store/summary.ts';

export interface SandboxResult {
  readonly sent: number;
  readonly acknowledged: number;
  readonly refusedByAcknowledgement: number;
  readonly seconds: number;
  readonly line: LineSummary;
  readonly heldMessages: readonly HeldRow[];
  readonly heldEffects: readonly Effect[];
  /** What really stands in the EPR, counted there. */
  readonly epr: {
    readonly proposals: number;
    readonly withdrawn: number;
    readonly prompts: number;
    readonly asks: number;
  };
  readonly notServed: readonly string[];
}

const total = (rows: readonly { readonly rows: number }[]): number =>
  rows.reduce((sum, { rows: some }) => sum + some, 0);

export function reportLines(result: SandboxResult): string[] {
  const { line } = result;
  const inState = (state: string): number => total(line.messages.filter((one) => one.state === state));
  const unused = total(line.messages.filter((one) => one.outcome === 'unused'));
  return [
    '',
    'What happened',
    `  ${result.sent} HL7v2 messages sent over MLLP in ${result.seconds.toFixed(1)} s; ${result.acknowledged} acknowledged after they were on disk, ${result.refusedByAcknowledgement} refused`,
    `  ${inState('processed')} processed (${unused} deliberately unused), ${inState('held')} held, ${line.refused} refused and kept aside`,
    `  ${line.people} people on the record; ${line.merged} second registrations merged into them`,
    ...findingLines(line),
    '',
    'What was decided (rule: where its effects stand now)',
    ...decisionLines(line),
    ...(result.notServed.length > 0
      ? [`  team types that IPS does not serve here: ${result.notServed.join(', ')}`]
      : []),
    '',
    'What clinicians see in the EPR',
    `  ${result.epr.proposals} IPS proposals with a task for the care co-ordinator, ${result.epr.withdrawn} of them taken back since`,
    `  ${result.epr.asks} tasks "ask whether work matters to this person"`,
    '',
    'What is held, and why',
    ...heldLines(result),
  ];
}

function findingLines({ findings }: LineSummary): string[] {
  if (findings.length === 0) return [];
  return [
    `  findings, none of which stopped a message: ${findings.map(({ kind, rows }) => `${kind} ${rows}`).join(', ')}`,
  ];
}

function decisionLines({ effects }: LineSummary): string[] {
  const rules = [...new Set(effects.map(({ rule }) => rule))];
  if (rules.length === 0) return ['  nothing'];
  return rules.map((rule) => {
    const own = effects.filter((effect) => effect.rule === rule);
    const made = own.filter(({ action }) => action === 'make');
    const states = [...new Set(own.map(({ state }) => state))].map(
      (state) => `${state} ${total(own.filter((one) => one.state === state))}`,
    );
    return `  ${rule}: ${total(made)} made, ${total(own) - total(made)} taken back (${states.join(', ')})`;
  });
}

function heldLines({ heldMessages, heldEffects }: SandboxResult): string[] {
  if (heldMessages.length + heldEffects.length === 0) return ['  nothing'];
  const messages = heldMessages.map(
    (one) => `message ${one.id} (${one.event}): ${one.where ?? ''} ${one.message}`,
  );
  const effects = heldEffects.map(
    (one) => `effect ${one.row} (${one.decision.rule}): ${one.failure?.message ?? ''}`,
  );
  const counted = new Map<string, string[]>();
  for (const text of [...messages, ...effects]) {
    const reason = text.slice(text.indexOf(':') + 2).trim();
    counted.set(reason, [...(counted.get(reason) ?? []), text.slice(0, text.indexOf(':'))]);
  }
  return [...counted].map(([reason, rows]) => {
    const shown = rows.slice(0, 3).join(', ');
    return `  ${shown}${rows.length > 3 ? ` and ${rows.length - 3} more` : ''}: ${reason}`;
  });
}

export interface LookAt {
  readonly config: string;
  readonly uid: string | undefined;
  readonly reference: string | undefined;
  readonly eprUrl: string;
  readonly eprTokenFile: string;
  readonly apiTokenFile: string;
  readonly httpPort: number;
  readonly log: string;
  /** Whether the EPR and the service go on running. */
  readonly running: boolean;
}

/** How to look at one person, and at the service. */
export function lookLines(look: LookAt): string[] {
  const lines = ['', 'Look at one person'];
  if (look.uid !== undefined) lines.push(`  npx ips-bridge why --uid ${look.uid} --config ${look.config}`);
  lines.push(
    `  npx ips-bridge why-not --config ${look.config}      (asks for a number: R10001 is on the record)`,
  );
  const log = ['', `The service’s log: ${look.log}`];
  if (!look.running) return [...lines, ...log];
  if (look.reference !== undefined) {
    lines.push(
      `  curl -H "Authorization: Bearer $(cat ${look.eprTokenFile})" ${look.eprUrl}/${look.reference}`,
    );
  }
  return [
    ...lines,
    '',
    'Look at the service',
    `  curl http://127.0.0.1:${look.httpPort}/readyz   and   /metrics`,
    `  curl -H "Authorization: Bearer $(cat ${look.apiTokenFile})" http://127.0.0.1:${look.httpPort}/held`,
    `  npx ips-bridge held --config ${look.config}`,
    ...log,
  ];
}
