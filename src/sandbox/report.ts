// The sandbox's summary in plain words: what came in, who is on the record, what was decided and where it arrived, what
// is held and why.
import { join } from 'node:path';
import type { LineSummary } from '../store/summary.ts';
import type { SandboxResult } from './result.ts';
import type { OutboundSide } from './settings.ts';

export function reportLines(result: SandboxResult): string[] {
  const { line, messages, standing } = result;
  const { proposals, asks } = standing;
  return [
    '',
    'What happened',
    `  ${messages.sent} HL7v2 messages sent over MLLP; ${messages.acknowledged} acknowledged after they were on disk, ${messages.refused} refused`,
    `  ${messages.processed} processed (${messages.unused} deliberately unused), ${messages.held} held, ${line.refused} refused and kept aside; ${result.seconds.toFixed(0)} s in all`,
    `  ${line.people} people on the record; ${line.merged} second registrations merged into them`,
    ...findingLines(line),
    '',
    'Referrals',
    `  ${proposals.made} people proposed for IPS, with a task for the care co-ordinator: ${proposals.takenUp} taken up, ${proposals.open} still open`,
    `  ${proposals.cameTrue} came true without being taken up there (the referral to IPS appeared), ${proposals.takenBack} taken back`,
    `  ${asks} tasks "ask whether work matters to this person"`,
    ...(result.notServed.length > 0
      ? [`  team types that IPS does not serve here: ${result.notServed.join(', ')}`]
      : []),
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
  readonly folder: string;
  readonly uid: string | undefined;
  readonly reference: string | undefined;
  readonly outbound: OutboundSide;
  readonly httpPort: number;
  /** Whether the trust's systems and the service go on running. */
  readonly running: boolean;
}

/** How to look at one person, and at the service. */
export function lookLines(look: LookAt): string[] {
  const config = join(look.folder, 'config');
  const lines = ['', 'Look at one person'];
  if (look.uid !== undefined) lines.push(`  npx ips-bridge why --uid ${look.uid} --config ${config}`);
  lines.push(`  npx ips-bridge why-not --config ${config}      (asks for a number: R10001 is on the record)`);
  const log = ['', `The service’s log: ${join(look.folder, 'service.log')}`];
  if (!look.running) return [...lines, ...log];
  if (look.reference !== undefined && look.outbound.kind === 'fhir') {
    lines.push(
      `  curl -H "Authorization: Bearer $(cat ${join(config, 'epr-token')})" ${look.outbound.eprUrl}/${look.reference}`,
    );
  }
  return [
    ...lines,
    '',
    'Look at the service',
    `  curl http://127.0.0.1:${look.httpPort}/readyz   and   /metrics`,
    `  curl -H "Authorization: Bearer $(cat ${join(look.folder, 'api-token')})" http://127.0.0.1:${look.httpPort}/held`,
    `  npx ips-bridge held --config ${config}`,
    ...log,
  ];
}
