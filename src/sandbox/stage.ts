// The stage on which the acts play: the running bridge, the people, the systems in which its effects arrive, and what
// has been sent so far. An act sends what the trust's systems would send, and waits until all of it has led somewhere.
import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from '../app.ts';
import { BridgeError } from '../errors.ts';
import { sendMessages } from '../outbound/mllp-client.ts';
import type { SendOutcome } from '../outbound/mllp-client.ts';
import { effectCounts } from '../store/effects.ts';
import { waiting } from '../store/inbox.ts';
import { effectsBlocked } from '../store/summary.ts';
import type { SyntheticPerson } from './people.ts';
import type { Receiving } from './receiving.ts';
import type { Scenario } from './scenario.ts';

export interface Stage {
  readonly app: App;
  readonly people: readonly SyntheticPerson[];
  readonly scenario: Scenario;
  readonly receiving: Receiving;
  /** Bearer token of the bridge's API. */
  readonly apiToken: string;
  /** The folder in which everything of this sandbox is kept. */
  readonly folder: string;
  /** One for each message that was sent, in order. */
  readonly outcomes: SendOutcome[];
  /** Replaces what was last shown of this work: "sent 120 of 640". */
  readonly progress: (text: string, done: boolean) => void;
  readonly stop: AbortSignal;
}

const settleLimitMs = 120_000;
const portions = 40;

/** Where the sandbox's EPR sends its messages. */
export function feedAddress({ app }: Pick<Stage, 'app'>): { host: string; port: number } {
  return { host: '127.0.0.1', port: app.feedPorts.get('epr-adt') ?? 0 };
}

/**
 * Sends messages over MLLP, each after the one before was acknowledged, and waits until everything has arrived.
 * @throws the reason of `stop` where it is stopped before
 */
export async function play(stage: Stage, what: string, messages: readonly Buffer[]): Promise<void> {
  const portion = Math.max(1, Math.ceil(messages.length / portions));
  for (let from = 0; from < messages.length; from += portion) {
    stage.stop.throwIfAborted();
    const bodies = messages.slice(from, from + portion);
    stage.outcomes.push(...(await sendMessages(bodies, { ...feedAddress(stage), window: 1 })));
    stage.progress(`${what}: sent ${from + bodies.length} of ${messages.length} messages`, false);
  }
  await settle(stage, what);
  stage.progress(`${what}: ${messages.length} messages, and everything that follows from them`, true);
}

/**
 * Waits until every message has been processed and every effect has arrived or is held. What waits for a
 * person is not waited for.
 * @throws BridgeError `internal/sandbox` where that takes too long; the reason of `stop` where it is stopped before
 */
export async function settle({ app, progress, stop }: Stage, what: string): Promise<void> {
  const limit = performance.now() + settleLimitMs;
  for (;;) {
    stop.throwIfAborted();
    const messages = (await waiting(app.store)).reduce((sum, { rows }) => sum + rows, 0);
    const effects = (await effectCounts(app.store))
      .filter(({ state }) => state !== 'observed' && state !== 'held')
      .reduce((sum, { rows }) => sum + rows, 0);
    const { byIdentity, behindHeld } = await effectsBlocked(app.store);
    const left = effects - byIdentity - behindHeld;
    if (messages + left <= 0) return;
    if (performance.now() > limit) throw new BridgeError('internal/sandbox', `after ${settleLimitMs / 1_000} s ${messages} messages and ${left} effects still wait`); // prettier-ignore
    progress(`${what}: ${messages} messages to process, ${left} effects to deliver`, false);
    await sleep(100);
  }
}

/** The people with these local numbers, in the order of the people. */
export function peopleOf(stage: Stage, localNumbers: ReadonlySet<string>): SyntheticPerson[] {
  return stage.people.filter(({ localNumber }) => localNumbers.has(localNumber));
}
