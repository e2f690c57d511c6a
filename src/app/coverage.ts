// A coverage report of a running or stopped service: counted, worked out, and on the audit before anybody gets it (R40).
import { auditEntry } from '../audit/entry.ts';
import { trustZone } from '../config.ts';
import type { Config } from '../config.ts';
import { countCoverage } from '../coverage/collect.ts';
import { coverageReport } from '../coverage/report.ts';
import type { CoverageReport, ReportContext } from '../coverage/report.ts';
import type { Interpretation } from '../pipeline/interpretation.ts';
import { writeAudit } from '../store/audit.ts';
import { inTransaction } from '../store/database.ts';
import type { Store } from '../store/database.ts';
import { factContextOf } from './interpretation.ts';

/** What whoever asks for a report says of it. */
export interface CoverageRequest extends Pick<
  ReportContext,
  'form' | 'purpose' | 'period' | 'madeAt' | 'remarks'
> {
  /** Who asks, for the audit. */
  readonly operator: string;
  /** Hears how many people have been counted. */
  readonly progress: (people: number) => void;
}

/** @throws BridgeError internal/disclosure where a published form cannot be made safe */
export async function auditedCoverage(
  store: Store,
  config: Config,
  interpretation: Interpretation,
  { operator, progress, ...asked }: CoverageRequest,
): Promise<CoverageReport> {
  const context = { ...factContextOf(config, interpretation), at: asked.period.at };
  const report = coverageReport(await countCoverage(store, context, progress), {
    ...asked,
    zone: trustZone,
    trust: config.trust,
    programme: config.programme,
    teams: interpretation.mappings.teams.all,
    feeds: config.feeds,
  });
  const { form, period, purpose } = report;
  const detail = { report: 'coverage', form, period, ...(purpose === undefined ? {} : { purpose }) };
  const actor = { kind: 'operator', name: operator } as const;
  const entry = auditEntry('reported', asked.madeAt, {}, { actor, detail });
  await inTransaction(store, (tx) => writeAudit(tx, [entry]));
  return report;
}
