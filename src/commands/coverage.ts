// `coverage report`: how far people on caseloads have come on the way to IPS, as a table, data and a page. Exact counts
// are for entitled people inside the trust: they need a purpose, and every report is on the audit before it is written.
import { resolve } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { auditedCoverage } from '../app/coverage.ts';
import { defaultConfigFolder, operatorName, trustZone } from '../config.ts';
import type { Config } from '../config.ts';
import { reportForms } from '../coverage/figures.ts';
import type { ReportForm } from '../coverage/figures.ts';
import { periodOf } from '../coverage/period.ts';
import { reportLines } from '../coverage/words.ts';
import { writeReport } from '../coverage/write.ts';
import type { Interpretation } from '../pipeline/interpretation.ts';
import { withInterpretation } from './context.ts';
import { action, complain, exitCodes, say, sayJson, table } from './output.ts';

interface Options {
  readonly config: string;
  readonly period: string;
  readonly form: ReportForm;
  readonly out?: string;
  readonly purpose?: string;
  readonly json?: boolean;
}

export function coverageCommand(parent: Command): void {
  const coverage = parent.command('coverage').summary('report whom the IPS service reaches');
  coverage
    .command('report')
    .summary('the path from caseload to IPS at the end of a month, by team')
    .description(
      'Counts where everybody stood on the way from a caseload to IPS at the end of a month, and writes coverage.csv, coverage.json and coverage.html. Names nobody.',
    )
    .requiredOption('--period <month>', 'a calendar month: 2026-10')
    .addOption(
      new Option('--form <form>', 'published: small counts suppressed; internal: exact, needs a purpose')
        .choices(reportForms)
        .default('published'),
    )
    .option('--out <folder>', 'where the files go (default: coverage-<period>-<form> here)')
    .option('--purpose <text>', 'what exact counts are for; kept in the audit and on the page', purpose)
    .option('-c, --config <folder>', 'configuration folder', defaultConfigFolder)
    .option('--json', 'the report as JSON on standard output as well')
    .action(action(report));
}

async function report(options: Options): Promise<void> {
  const { form, purpose: why } = options;
  if (form === 'internal' && why === undefined) {
    complain('ips-bridge: exact counts need a purpose: --purpose "service review, October"');
    process.exitCode = exitCodes.usage;
    return;
  }
  const now = new Date();
  const period = periodOf(options.period, now, trustZone);
  await withInterpretation(options.config, async (store, config, interpretation) => {
    const made = await auditedCoverage(store, config, interpretation, {
      form,
      purpose: why,
      period,
      madeAt: now,
      remarks: remarksOf(config, interpretation),
      operator: operatorName(),
      progress: (people) => complain(`${people} people counted`),
    });
    const folder = resolve(options.out ?? `coverage-${period.month}-${form}`);
    const files = await writeReport(made, folder);
    if (options.json === true) sayJson(made);
    else {
      say(table(reportLines(made)));
      say(`\n${files.join('\n')}`);
    }
  });
}

/** What a reader must know of how this trust has set the service up. */
function remarksOf(config: Config, { rules }: Interpretation): string[] {
  const proposing = rules.rules.filter(({ effect }) => effect === 'propose-referral');
  const observed = proposing.filter(({ observe }) => observe);
  const waiting = config.destinations.filter(
    ({ carries, live }) => carries.some((kind) => kind === 'propose-referral') && live !== 'all',
  );
  return [
    ...(proposing.length === 0 ? ['No rule that proposes a referral is in force here.'] : []),
    ...(observed.length + waiting.length === 0
      ? []
      : ['Not everything that is decided here is sent yet (observe, or a destination that is not live for all teams): a proposal counted here may have been shown to nobody.']),
  ]; // prettier-ignore
}

function purpose(text: string): string {
  const clean = text.trim();
  if (clean === '' || clean.length > 200 || /\p{Cc}/u.test(clean)) {
    throw new InvalidArgumentError('a purpose is one line of at most 200 characters.');
  }
  return clean;
}
