// To be written.
import type { Command } from 'commander';

export function observedCommand(_parent: Command): void {}
