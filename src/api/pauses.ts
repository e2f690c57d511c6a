// Pausing and resuming feeds and destinations over HTTP: GET /pauses, PUT and DELETE /pauses/{what}/{id} with a
// reason. Doing it twice changes nothing, and the answer says so.
import { Router } from 'express';
import type { Request } from 'express';
import { BridgeError } from '../errors.ts';
import type { Store } from '../store/database.ts';
import { pausableKinds, pausePart, pausedParts, resumePart } from '../store/paused.ts';
import type { Part } from '../store/paused.ts';
import { callerOf, reasonOf } from './operator.ts';

export interface PausesDeps {
  readonly store: Store;
  readonly now: () => Date;
  /** Ids of what is configured. */
  readonly parts: Readonly<Record<Part['what'], readonly string[]>>;
}

export function pausesRoutes({ store, now, parts }: PausesDeps): Router {
  const router = Router();
  router.get('/pauses', async (_request, response) => {
    response.json({ pauses: await pausedParts(store) });
  });
  router
    .route('/pauses/:what/:id')
    .put(async (request, response) => {
      const part = partOf(request, (what) => parts[what]);
      const act = { actor: callerOf(response), reason: reasonOf(request), at: now() };
      const changed = await pausePart(store, part, act);
      response.json({ ...part, paused: true, changed });
    })
    .delete(async (request, response) => {
      const paused = await pausedParts(store);
      const known = (what: Part['what']) => [
        ...parts[what],
        ...paused.filter((one) => one.what === what).map(({ id }) => id),
      ];
      const part = partOf(request, known);
      const act = { actor: callerOf(response), reason: reasonOf(request), at: now() };
      response.json({ ...part, paused: false, changed: await resumePart(store, part, act) });
    });
  return router;
}

function partOf(request: Request, known: (what: Part['what']) => readonly string[]): Part {
  const what = pausableKinds.find((kind) => kind === request.params['what']);
  if (what === undefined) {
    throw new BridgeError('field/unknown-part', `only ${pausableKinds.join(' and ')} can be paused`);
  }
  const there = known(what);
  const id = there.find((one) => one === request.params['id']);
  if (id !== undefined) return { what, id };
  const list = there.length === 0 ? 'there is none' : `there is ${[...new Set(there)].join(', ')}`;
  throw new BridgeError('field/unknown-part', `no such ${what}: ${list}`);
}
