// Last act: whom the IPS service reaches, at this moment, as table, data and page; the internal form, with exact counts.
import { join } from 'node:path';
import { factContextOf } from '../../app/interpretation.ts';
import { auditEntry } from '../../audit/entry.ts';
import { trustZone } from '../../config.ts';
import type { Config } from '../../config.ts';
import { countCoverage } from '../../coverage/collect.ts';
import { periodOf } from '../../coverage/period.ts';
import { coverageReport, figureIndex } from '../../coverage/report.ts';
import { writeReport } from '../../coverage/write.ts';
import { steps } from '../../ips/measures/definitions.ts';
import { writeAudit } from '../../store/audit.ts';
import { inTransaction } from '../../store/database.ts';
import { localDate } from '../../time.ts';
import type { Stage } from '../stage.ts';

export interface CoveragePlayed {
  /** Everybody, counted once: the steps of the path in order. */
  readonly steps: readonly { readonly title: string; readonly step: string; readonly people: number }[];
  /** Paths of the report's files. */
  readonly files: readonly string[];
}

export async function playCoverage(stage: Stage, config: Config): Promise<CoveragePlayed> {
  const { app, folder, progress } = stage;
  const { interpretation, store } = app;
  const now = new Date();
  const period = periodOf(localDate(now, trustZone).slice(0, 7), now, trustZone);
  const purpose = 'the summary of the sandbox';
  progress('coverage: counting', false);
  const tally = await countCoverage(
    store,
    { ...factContextOf(config, interpretation), at: period.at },
    () => undefined,
  );
  const report = coverageReport(tally, {
    form: 'internal',
    purpose,
    period,
    madeAt: now,
    zone: trustZone,
    trust: config.trust,
    programme: config.programme,
    teams: interpretation.mappings.teams.all,
    feeds: config.feeds,
    remarks: ['Everybody in this report is invented.'],
  });
  const detail = { report: 'coverage', form: report.form, period: report.period, purpose };
  const actor = { kind: 'operator', name: 'sandbox' } as const;
  await inTransaction(store, (tx) => writeAudit(tx, [auditEntry('reported', now, {}, { actor, detail })]));
  const files = await writeReport(report, join(folder, 'coverage'));
  progress(`coverage: report for ${period.month} written`, true);
  const find = figureIndex(report);
  const titles = new Map(report.measures.map(({ id, title }) => [id, title]));
  return {
    steps: steps.map((step) => {
      const figure = find(step, 'total')?.figure;
      return { title: titles.get(step) ?? step, step, people: figure?.state === 'number' ? figure.value : 0 };
    }),
    files,
  };
}
