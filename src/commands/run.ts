// To be written.
import type { Command } from 'commander';

export function runCommand(_parent: Command): void {}
