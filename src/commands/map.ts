// `map`: what an informatician does with mapping files. Each subcommand stands in a file of its own (`map-<name>.ts`).
import type { Command } from 'commander';
import { mapCoverageCommand } from './map-coverage.ts';
import { diffCommand } from './map-diff.ts';
import { docsCommand } from './map-docs.ts';
import { explainCommand } from './map-explain.ts';
import { exportConceptMapsCommand } from './map-export-conceptmaps.ts';
import { lintCommand } from './map-lint.ts';
import { reprocessCommand } from './map-reprocess.ts';
import { showCommand } from './map-show.ts';
import { testCommand } from './map-test.ts';
import { unmappedCommand } from './map-unmapped.ts';

export function mapCommands(parent: Command): void {
  const map = parent
    .command('map')
    .summary('look into mapping files, test them, and see what a change would do');
  for (const add of [
    explainCommand,
    testCommand,
    mapCoverageCommand,
    docsCommand,
    diffCommand,
    lintCommand,
    unmappedCommand,
    reprocessCommand,
    showCommand,
    exportConceptMapsCommand,
  ])
    add(map);
}
