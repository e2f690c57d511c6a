import { describe, expect, it } from '@jest/globals';
import { createLog } from '../../src/log.ts';
import { startWorkers } from '../../src/pipeline/workers.ts';

const log = createLog('silent');

describe('workers', () => {
  it('work on without a pause while there is more, and at once when woken', async () => {
    let left = 50;
    const workers = startWorkers({ name: 'test', count: 2, log, step: () => Promise.resolve(left-- > 0) });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(left).toBeLessThanOrEqual(0);
    left = 3;
    workers.wake();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(left).toBeLessThanOrEqual(0);
    await workers.stop(1_000);
  });

  it('go on after a step has thrown', async () => {
    let calls = 0;
    const step = (): Promise<boolean> => {
      calls += 1;
      return calls === 1 ? Promise.reject(new Error('database away')) : Promise.resolve(calls < 3);
    };
    const workers = startWorkers({ name: 'test', count: 1, log, step });
    await new Promise((resolve) => setTimeout(resolve, 700));
    await workers.stop(1_000);
    expect(calls).toBeGreaterThanOrEqual(3);
  });

  it('stop waits for the running step, and after its grace tells it to give up', async () => {
    let ended = '';
    const step = (signal: AbortSignal): Promise<boolean> =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          ended = 'given up';
          resolve(false);
        });
      });
    const workers = startWorkers({ name: 'test', count: 1, log, step });
    await workers.stop(20);
    expect(ended).toBe('given up');
  });
});
