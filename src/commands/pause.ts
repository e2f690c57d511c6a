// To be written.
import type { Command } from 'commander';

export function pauseCommands(_parent: Command): void {}
