// `npm run sandbox -- --once`, both trusts, as real processes: every number of the summary against a count over the
// invented people that knows nothing of the program (test/support/sandbox-truth.ts).
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { syntheticCoordinators, syntheticPeople } from '../../src/sandbox/people.ts';
import { runCommand } from '../support/command.ts';
import { expectedOf } from '../support/sandbox-truth.ts';

const people = 240;
const seed = 45;
const teams = ['CMHT-N', 'CMHT-S', 'EIP', 'AOT', 'OPMH'];

const count = z.int().min(0);
const counts = z.record(z.string(), count);
const resultSchema = z.object({
  messages: z.object({
    sent: count,
    acknowledged: count,
    refused: count,
    processed: count,
    unused: count,
    held: count,
  }),
  line: z.object({ people: count, merged: count, refused: count }),
  proposals: z.object({ made: count, takenBack: count, cameTrue: count }),
  asks: count,
  asksNotListed: count,
  standing: z.object({
    proposals: z.object({ open: count, takenUp: count }),
    over: z.object({ takenBack: count, cameTrue: count }).optional(),
    asks: count,
    flags: count,
    notes: z.object({ current: count, superseded: count, enteredInError: count }),
    doubles: count,
  }),
  notes: z.object({
    notes: count,
    contacts: count,
    employerContacts: count,
    personNotIdentified: count,
    amended: count,
    enteredInError: count,
    repeated: count,
    states: counts,
    problems: counts,
  }),
  sweep: z.object({ dry: counts, live: counts, flagged: count, cleared: count }),
  coverage: z.object({
    steps: z.array(z.object({ step: z.string(), people: count })),
    files: z.array(z.string()),
  }),
  heldMessages: z.array(z.object({ event: z.string(), message: z.string() })),
  heldEffects: z.array(
    z.object({
      decision: z.object({
        action: z.enum(['make', 'withdraw']),
        rule: z.string(),
        note: z.object({ version: count }),
      }),
      failure: z.object({ message: z.string() }),
    }),
  ),
  blocked: z.object({ byIdentity: count, behindHeld: count }),
  unsettled: count,
});
type Result = z.output<typeof resultSchema>;

const now = new Date();
const expected = expectedOf(
  syntheticPeople({ seed, count: people, now }, teams, syntheticCoordinators(now)),
  now,
);
const writes =
  expected.notes.contacts +
  expected.notes.employerContacts +
  expected.notes.amended +
  expected.notes.enteredInError;

const folder = mkdtempSync(join(tmpdir(), 'ips-bridge-sandbox-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(['fhir', 'hl7v2'] as const)('the sandbox, scenario %s', (scenario) => {
  let result: Result;
  beforeAll(async () => {
    const args = ['--scenario', scenario, '--people', String(people), '--seed', String(seed)];
    const ended = await runCommand(['sandbox', '--once', '--json', '--folder', join(folder, scenario), ...args]); // prettier-ignore
    expect({ code: ended.code, err: ended.err }).toEqual({ code: 0, err: '' });
    result = resultSchema.parse(JSON.parse(ended.out));
  }, 240_000);

  it('the people are such that every number is put to the test', () => {
    const { doubt, verdicts, coverage, proposals, notes, flagged, cleared, asks, merged } = expected;
    const all = { ...verdicts, ...coverage, ...proposals, ...notes, flagged, cleared, asks, merged };
    expect(Object.entries(all).filter(([, number]) => number === 0)).toEqual([]);
    expect(Object.keys(verdicts)).toHaveLength(12);
    expect(doubt).toBeDefined();
    expect(expected.asksListed).toBeLessThan(asks);
  });

  it('every message is acknowledged, and processed but for the one that is held', () => {
    const { sent, merged } = expected;
    expect(result.messages).toEqual({ sent, acknowledged: sent, refused: 0, processed: sent - 1, unused: 1, held: 1 }); // prettier-ignore
    // The held message names somebody of whom nothing else is known.
    expect(result.line).toEqual({ people: people + 1, merged, refused: 0 });
  });

  it('who wants work is proposed, once; what people answer, and what becomes of it', () => {
    const { made, takenBack, cameTrue, takenUp, waiting } = expected.proposals;
    expect(result.proposals).toEqual({ made, takenBack, cameTrue });
    // A worklist shows what is open; an EPR keeps what is over.
    expect(result.standing.proposals).toEqual({ open: waiting, takenUp: scenario === 'fhir' ? takenUp : 0 });
    expect(result.standing.over).toEqual(
      scenario === 'fhir' ? { takenBack, cameTrue: cameTrue - takenUp } : undefined,
    );
    const asks = scenario === 'fhir' ? expected.asks : expected.asksListed;
    expect([result.asks, result.standing.asks]).toEqual([asks, asks]);
    expect(result.asksNotListed).toBe(expected.asks - asks);
  });

  it('every note is filed once, amended or taken back, or said to be held and why', () => {
    const { notes, standing, heldEffects, blocked } = result;
    const { states, problems, notes: posted, ...kinds } = notes;
    expect(kinds).toEqual(expected.notes);
    expect(posted).toBe(kinds.contacts + kinds.employerContacts);
    const filed = (states['read-back'] ?? 0) + (states['delivered'] ?? 0) + (states['queued'] ?? 0);
    const held = states['held'] ?? 0;
    expect(states['waiting']).toBe(expected.waitingNotes + blocked.behindHeld);
    expect(filed + held + expected.waitingNotes + blocked.behindHeld).toBe(writes);
    // What is held is explained, and is nothing but what the engine refused for good.
    expect(heldEffects).toHaveLength(held);
    expect(Object.values(problems).reduce((sum, some) => sum + some, 0)).toBe(held);
    for (const { decision, failure } of heldEffects) {
      expect(decision.rule).toBe('progress-note');
      expect(failure.message).toMatch(/AR with error 103/);
    }
    if (scenario === 'fhir') expect(held).toBe(0);
    else expect(held).toBeGreaterThan(0);
    const refused = (action: string, version: number): number =>
      heldEffects.filter(({ decision }) => decision.action === action && decision.note.version === version).length; // prettier-ignore
    expect({ ...standing.notes, behind: blocked.behindHeld }).toEqual({
      current: posted - kinds.enteredInError - expected.waitingNotes - refused('make', 1) + refused('withdraw', 1), // prettier-ignore
      superseded: kinds.amended - refused('make', 2),
      enteredInError: kinds.enteredInError - refused('withdraw', 1),
      behind: 0,
    });
  });

  it('nothing is written about the person whose identity message is held, and nothing else waits', () => {
    expect(result.heldMessages.map(({ event }) => event)).toEqual(['ADT^A18']);
    expect(result.blocked.byIdentity).toBe(expected.waitingNotes);
    expect(result.unsettled).toBe(0);
  });

  it('the sweep says the same of everybody dry and live, flags within the pace, and flags clear', () => {
    const { sweep, standing } = result;
    expect(sweep.dry).toEqual(expected.verdicts);
    expect(sweep.live).toEqual(expected.verdicts);
    expect([sweep.flagged, sweep.cleared]).toEqual([expected.flagged, expected.cleared]);
    expect(standing.flags).toBe(expected.flagged - expected.cleared);
  });

  it('the coverage report counts whom IPS reaches, and its files are there', () => {
    const { steps, files } = result.coverage;
    expect(Object.fromEntries(steps.map(({ step, people: some }) => [step, some]))).toEqual(
      expected.coverage,
    );
    expect(files).toHaveLength(3);
    const html = files.find((file) => file.endsWith('.html')) ?? '';
    expect(readFileSync(html, 'utf8')).toContain('<svg');
  });

  it('nothing stands twice', () => {
    expect(result.standing.doubles).toBe(0);
  });
});
