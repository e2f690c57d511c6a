// Progress notes over HTTP.
import { Router } from 'express';
import type { NoteSettings } from '../ips/notes/settings.ts';
import type { Receive } from '../pipeline/arrival.ts';
import type { Store } from '../store/database.ts';

export interface NotesDeps {
  readonly store: Store;
  readonly now: () => Date;
  readonly receive: Receive;
  readonly notes: NoteSettings;
}

export function notesRoutes(_deps: NotesDeps): Router {
  return Router();
}
