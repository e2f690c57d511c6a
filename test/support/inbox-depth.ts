// How much waits to be processed, over all feeds.
import type { Scope } from '../../src/store/database.ts';
import { waiting } from '../../src/store/inbox.ts';

export async function inboxDepth(scope: Scope): Promise<number> {
  return (await waiting(scope)).reduce((sum, { rows }) => sum + rows, 0);
}
