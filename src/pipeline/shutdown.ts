// Stopping in order and in time (R46): no new messages, whole frames answered, nothing more claimed, what is under way
// ended or left to its lease, the store last. One deadline holds for all of it; a part that hangs or fails is named in
// the log and keeps nobody else from ending.
import type { Log } from '../log.ts';

export interface Part {
  readonly name: string;
  /** `graceMs`: what is still under way after it should be given up. */
  readonly stop: (graceMs: number) => unknown;
}

/** What runs; parts are added as they start, so that a start that fails half-way stops what there is. */
export interface Running {
  /** Take messages and calls in, and finish those that they have: ended first. */
  readonly intake: Part[];
  /** Send: claim nothing more from the beginning on. */
  readonly delivery: Part[];
  /** Process what came in: needed until the intake has answered. */
  readonly work: Part[];
  store?: Part;
}

/** What still runs after this is given up to its lease. */
const deadlineMs = 7_700;
/** Of the deadline, what the intake may take: answers that wait for a frozen database never come. */
const intakeMs = 5_000;
/** Before the deadline, so that what is given up can still be written down. */
const settleMs = 1_000;
/** For ending connections, and an embedded database, after the deadline: the whole stop takes less than 10 s. */
const storeMs = 1_500;

/** Stops everything, each part once; never rejects. */
export async function stopAll(running: Running, log: Log): Promise<void> {
  const started = performance.now();
  const left = (): number => Math.max(0, deadlineMs - (performance.now() - started));
  const stopPart = async ({ name, stop }: Part, graceMs: number): Promise<void> => {
    try {
      await stop(graceMs);
    } catch (thrown) {
      log.warn('stop-failed', { message: name }, thrown);
    }
  };
  const begin = (parts: Part[], graceMs: number): Ending[] =>
    parts.splice(0).map((part) => ({ name: part.name, ended: stopPart(part, graceMs) }));

  const delivery = begin(running.delivery, deadlineMs - settleMs);
  await inTime(begin(running.intake, intakeMs), intakeMs, log);
  const work = begin(running.work, Math.max(0, left() - settleMs));
  await inTime([...work, ...delivery], left(), log);
  const { store } = running;
  delete running.store;
  if (store !== undefined) await inTime(begin([store], storeMs), storeMs, log);
}

interface Ending {
  readonly name: string;
  readonly ended: Promise<void>;
}

/** Waits for all of them, at most `ms`; names those that are not done by then. */
async function inTime(endings: readonly Ending[], ms: number, log: Log): Promise<void> {
  const open = new Set(endings.map(({ name }) => name));
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  const all = Promise.all(endings.map(({ name, ended }) => ended.then(() => open.delete(name))));
  await Promise.race([all, late]);
  clearTimeout(timer);
  for (const name of open) log.warn('stop-given-up', { message: name, ms: Math.round(ms) });
}
