// Last act: whom the IPS service reaches, at this moment, as table, data and page; the internal form, with exact counts.
import { join } from 'node:path';
import { auditedCoverage } from '../../app/coverage.ts';
import { trustZone } from '../../config.ts';
import type { Config } from '../../config.ts';
import { periodOf } from '../../coverage/period.ts';
import { figureIndex } from '../../coverage/report.ts';
import { writeReport } from '../../coverage/write.ts';
import { steps } from '../../ips/measures/definitions.ts';
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
  const { store } = app;
  const now = new Date();
  const period = periodOf(localDate(now, trustZone).slice(0, 7), now, trustZone);
  progress('coverage: counting', false);
  const report = await auditedCoverage(store, config, app.interpretation(), {
    form: 'internal',
    purpose: 'the summary of the sandbox',
    period,
    madeAt: now,
    remarks: ['Everybody in this report is invented.'],
    operator: 'sandbox',
    progress: () => undefined,
  });
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
