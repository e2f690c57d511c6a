// `map lint`: what is wrong, or wants a look, in a mapping set beyond what its schemas refuse. Exit code 1 with errors.
import type { Command } from 'commander';
import { defaultConfigFolder } from '../config.ts';
import { asBridgeError } from '../errors.ts';
import { loadGuide } from '../mapping/guide.ts';
import { lint } from '../mapping/lint.ts';
import type { LintFinding } from '../mapping/lint.ts';
import { loadMappings } from '../mapping/load.ts';
import { readMappingTree } from '../mapping/tree.ts';
import { configOf } from './map-context.ts';
import type { MapOptions } from './map-context.ts';
import { action, exitCodes, faultsOf, say, sayJson, table } from './output.ts';

type Found = Omit<LintFinding, 'rule'> & { readonly rule: LintFinding['rule'] | 'does-not-load' };

export function lintCommand(parent: Command): void {
  parent
    .command('lint')
    .summary('rows that never win, files nobody uses, wrong citations, data that nothing reads')
    .description(
      'Looks through a mapping set. Errors are wrong whatever was meant, and give exit code 1; warnings want a look.',
    )
    .option('-c, --config <folder>', 'configuration folder', defaultConfigFolder)
    .option('--trust <ODS>', 'with the overlay of this trust (default: the one of the configuration)')
    .option('--json', 'as JSON')
    .action(action(run));
}

async function run(options: MapOptions): Promise<void> {
  const config = configOf(options);
  const tree = readMappingTree(config.mappings, config.trust);
  const found = findingsOf(tree, config.trust);
  const errors = found.filter(({ severity }) => severity === 'error').length;
  if (errors > 0) process.exitCode = exitCodes.failed;
  if (options.json === true) sayJson(found);
  else {
    if (found.length > 0) {
      const rows = found.map(({ severity, rule, where, message }) => [severity, rule, where, message]);
      say(`${table([['SEVERITY', 'RULE', 'WHERE', 'WHAT'], ...rows])}\n`);
    }
    say(`${errors} errors, ${found.length - errors} warnings`);
  }
  await Promise.resolve();
}

/** A set that does not load has its faults as errors, all of them. */
function findingsOf(tree: ReturnType<typeof readMappingTree>, trust: string): Found[] {
  try {
    const outbound = [...tree].filter(([path]) => path.startsWith('fhir-to-hl7v2/'));
    const tables = outbound.flatMap(([, { text }]) => [...text.matchAll(/\bcodes:\s*([a-z0-9-]+)/g)].map(([, name]) => name ?? '')); // prettier-ignore
    return lint(loadMappings(tree, trust), loadGuide(), new Set(tables));
  } catch (thrown) {
    const error = asBridgeError(thrown);
    if (!error.kind.startsWith('config/')) throw error;
    return faultsOf(error).map(({ where, message }) => ({
      severity: 'error',
      rule: 'does-not-load',
      where,
      message,
    }));
  }
}
