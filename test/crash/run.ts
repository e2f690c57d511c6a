// `npm run test:crash`: for each seed a chaos plan is played against a running service, and then the history is checked.
//   --seeds N    how many seeds (5), from --from (1)      --seed S   just this one, as a failing run prints it
//   --long       longer plans, more people, for a night or a release
// Ends with "N passed, N failed"; what this machine does not permit is printed as not run.
import { parseArgs } from 'node:util';
import { effectCounts } from '../../src/store/effects.ts';
import { waiting } from '../../src/store/inbox.ts';
import { testPerson } from '../support/epr-messages.ts';
import { until } from '../support/trust.ts';
import { violations } from './checker.ts';
import { startDriver } from './driver.ts';
import type { Driver } from './driver.ts';
import { chaosPlan } from './plan.ts';
import type { Act } from './plan.ts';
import { createWorld } from './world.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '5' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    long: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
});
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const size = values.long
  ? { acts: 30, people: 240, pauseMs: 2_500 }
  : { acts: 12, people: 120, pauseMs: 2_000 };
const connections = 12;
const settleMs = 120_000;

function label(act: Act): string {
  const detail =
    'mode' in act
      ? ` ${act.mode.kind}`
      : 'signal' in act
        ? ` ${act.signal}`
        : 'which' in act
          ? ` ${act.which}`
          : '';
  return `${act.kind}${detail}${'ms' in act ? ` ${act.ms} ms` : ''}`;
}

/** Plays one seed; the violations it led to. */
async function play(
  seed: number,
): Promise<{ wrong: string[]; acts: number; notRun: Map<string, string>; output: string }> {
  const people = Array.from({ length: size.people }, (_, number) => testPerson(number));
  let driver: Driver | undefined;
  const world = await createWorld(people, seed, async () => driver?.cut());
  const notRun = new Map<string, string>();
  try {
    driver = startDriver({
      feeds: world.trust.feeds,
      people,
      connections,
      timeoutMs: 3_000,
      pauseMs: size.pauseMs,
    });
    const plan = chaosPlan(seed, size.acts);
    const running = new Set<Promise<void>>();
    for (const { after, act } of plan) {
      await new Promise((done) => setTimeout(done, after));
      if (values.verbose) say(`  after ${after} ms: ${label(act)}`);
      const one = world.act(act).then((reason) => {
        if (reason !== undefined) notRun.set(act.kind, reason);
      });
      // Networks and disks fail side by side; a kill or a freeze is one at a time.
      if (act.kind === 'kill' || act.kind === 'freeze') await one;
      else running.add(one.finally(() => running.delete(one)));
    }
    await Promise.all(running);
    await world.calm();
    driver.hurry();
    const wrong = await settled(driver, world, people);
    return { wrong, acts: plan.length, notRun, output: world.output() };
  } finally {
    await world.close();
  }
}

async function settled(
  driver: Driver,
  world: Awaited<ReturnType<typeof createWorld>>,
  people: Parameters<typeof createWorld>[0],
): Promise<string[]> {
  const sent = await Promise.race([
    driver.done.then(() => true),
    new Promise<boolean>((done) => setTimeout(() => done(false), settleMs)),
  ]);
  if (!sent) return [`after ${settleMs / 1_000} s of calm not every message has been acknowledged`];
  const store = await world.openStore();
  try {
    const isQuiet = async (): Promise<boolean> =>
      (await waiting(store)).length +
        (await effectCounts(store)).filter(({ state }) => state !== 'observed').length ===
      0;
    const quiet = await until('quiet', isQuiet, settleMs).then(() => true, () => false); // prettier-ignore
    const left = quiet ? [] : (await effectCounts(store)).map(({ state, rows }) => `${rows} effects are ${state} after ${settleMs / 1_000} s of calm`); // prettier-ignore
    return [...left, ...(await violations({ store, epr: world.epr, people, history: driver.history }))];
  } finally {
    await store.close();
  }
}

const first = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds) : 1;
let failed = 0;
const neverRun = new Map<string, string>();
for (let seed = first; seed < first + count; seed += 1) {
  const started = performance.now();
  const { wrong, acts, notRun, output } = await play(seed);
  for (const [kind, reason] of notRun) neverRun.set(kind, reason);
  const seconds = ((performance.now() - started) / 1_000).toFixed(0);
  if (wrong.length === 0) {
    say(`seed ${seed}: passed, ${acts} acts, ${size.people * 5} messages, ${seconds} s`);
    continue;
  }
  failed += 1;
  say(
    `seed ${seed}: FAILED with ${wrong.length} violations, ${seconds} s; play it again: npm run test:crash -- --seed ${seed}${values.long ? ' --long' : ''} --verbose`,
  );
  for (const sentence of wrong.slice(0, 20)) say(`  ${sentence}`);
  if (values.verbose) say(output.slice(-20_000));
}
for (const [kind, reason] of neverRun) say(`not run at least once: ${kind} (${reason})`);
say(`\n${count - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
