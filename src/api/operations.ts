// What an operator sees and may do over HTTP: held messages and effects, by row number and reason, and pauses. Nothing here shows
// who a message is about.
import { Router } from 'express';
import type { Request } from 'express';
import type { Actor } from '../audit/entry.ts';
import { BridgeError } from '../errors.ts';
import type { Store } from '../store/database.ts';
import { cancelEffect, heldEffects, replayEffect } from '../store/effects.ts';
import { heldRows, replayRow, skipRow } from '../store/inbox-rows.ts';
import { callerOf, reasonOf } from './operator.ts';
import { pausesRoutes } from './pauses.ts';
import type { PausesDeps } from './pauses.ts';

export interface OperationsDeps extends PausesDeps {
  readonly store: Store;
  readonly now: () => Date;
}

export function operationsRoutes(deps: OperationsDeps): Router {
  const { store, now } = deps;
  const router = Router();
  router.use(pausesRoutes(deps));
  router.get('/held', async (_request, response) => {
    const [messages, effects] = await Promise.all([heldRows(store), heldEffects(store)]);
    response.json({
      messages: messages.map(({ id, feed, event, receivedAt, kind, where, message, findings }) => ({
        row: id, feed, event, receivedAt, kind, where, message, findings,
      })), // prettier-ignore
      effects: effects.map(({ row, destination, revision, attempt, failure, createdAt, decision }) => ({
        row, destination, revision, attempt, failure, createdAt, rule: decision.rule, effect: decision.effect,
      })), // prettier-ignore
    });
  });
  const act = (
    path: string,
    run: (row: number, actor: Actor, request: Request) => Promise<boolean>,
    message: string,
  ): void => {
    router.post(path, async (request, response) => {
      const row = rowOf(request);
      if (!(await run(row, callerOf(response), request))) throw new BridgeError('unsupported/state', message);
      response.json({ row, done: true });
    });
  };
  const notHeld = 'this row is not held';
  act('/held/messages/:row/replay', (row, actor) => replayRow(store, row, actor, now()), notHeld);
  act(
    '/held/messages/:row/skip',
    (row, actor, request) => skipRow(store, row, actor, reasonOf(request), now()),
    notHeld,
  );
  act('/held/effects/:row/replay', (row, actor) => replayEffect(store, row, actor, now()), notHeld);
  act(
    '/held/effects/:row/cancel',
    (row, actor, request) => cancelEffect(store, row, actor, reasonOf(request), now()),
    'this row is neither held nor waiting',
  );
  return router;
}

function rowOf(request: Request): number {
  const row = Number(request.params['row']);
  if (!Number.isSafeInteger(row) || row < 1)
    throw new BridgeError('field/row', 'a row is named by its number');
  return row;
}
