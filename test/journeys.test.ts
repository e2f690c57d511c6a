// Journeys: what happens to people from their first message to their last note, through the real line. All of them go
// side by side, step by step, so that a kill between two events is one between two events of each.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readJourneys } from './support/journeys/schema.ts';
import { seen } from './support/journeys/seen.ts';
import { startWorld } from './support/journeys/world.ts';
import type { World } from './support/journeys/world.ts';

const journeys = readJourneys();
const steps = Math.max(...journeys.map((journey) => journey.steps.length));

const ways = [
  { way: 'as they are', times: 1, kills: false },
  { way: 'with each event told twice', times: 2, kills: false },
  { way: 'with kill -9 between any two events', times: 1, kills: true },
] as const;

describe.each(ways)('journeys $way', ({ times, kills }) => {
  let world: World;
  /** What went wrong, by journey. */
  const wrong = new Map<string, string[]>();

  beforeAll(async () => {
    world = await startWorld(journeys);
    for (let index = 0; index < steps; index += 1) {
      for (let time = 0; time < times; time += 1) {
        for (const journey of journeys) await world.play(journey, index);
        if (kills) await world.kill();
        await world.settled();
        if (journeys.some((journey) => journey.steps[index]?.sweep === true)) await world.sweep();
        await world.settled();
      }
      // The first run that meets anybody is dry, whatever the job's mode.
      if (index === 0) await world.sweep();
      for (const journey of journeys) {
        const expected = journey.steps[index]?.then;
        if (expected === undefined) continue;
        const found = await seen(world, journey, expected);
        try {
          expect(found).toEqual(expected);
        } catch (thrown) {
          const at = `step ${index + 1}: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
          wrong.set(journey.name, [...(wrong.get(journey.name) ?? []), at]);
        }
      }
    }
  }, 240_000);
  afterAll(() => world.close());

  it.each(journeys)('$name: $journey', ({ name }) => {
    expect((wrong.get(name) ?? []).join('\n')).toBe('');
  });
});
