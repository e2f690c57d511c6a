// To be written.
import type { Command } from 'commander';

export function coverageCommand(_parent: Command): void {}
