// A number of workers that each repeat one step: at once while there is work, else when woken or after a second. A step
// that throws (database away, shutdown) is told once per outage and tried again; nothing is lost, the row waits.
import type { Log } from '../log.ts';

const idleMs = 1_000;
const longestPauseMs = 5_000;

export interface Workers {
  /** Somebody added work. */
  wake(): void;
  /** Stops claiming; resolves when every running step has ended. The steps' signal fires after `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

export interface WorkerOptions {
  readonly name: string;
  readonly count: number;
  /** True when there was something to do and there may be more. */
  readonly step: (signal: AbortSignal) => Promise<boolean>;
  readonly log: Log;
}

export function startWorkers(options: WorkerOptions): Workers {
  const stopping = new AbortController();
  const abandon = new AbortController();
  let sleepers: (() => void)[] = [];
  let failures = 0;

  const wake = (): void => {
    const woken = sleepers;
    sleepers = [];
    for (const awake of woken) awake();
  };

  const sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      sleepers.push(() => {
        clearTimeout(timer);
        resolve();
      });
      if (stopping.signal.aborted) wake();
    });

  const work = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        const more = await options.step(abandon.signal);
        if (failures > 0) options.log.info('workers-recovered', { message: options.name });
        failures = 0;
        if (!more) await sleep(idleMs);
      } catch (thrown) {
        failures += 1;
        if (failures === 1) options.log.error('workers-failing', { message: options.name }, thrown);
        await sleep(Math.min(longestPauseMs, 250 * 2 ** Math.min(failures, 5)));
      }
    }
  };

  const running = Array.from({ length: options.count }, work);
  return {
    wake,
    stop: async (graceMs) => {
      stopping.abort();
      wake();
      const timer = setTimeout(() => abandon.abort(), graceMs);
      await Promise.all(running);
      clearTimeout(timer);
    },
  };
}
