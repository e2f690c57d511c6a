// What a sandbox has come to, as data: counted in the bridge and, apart from it, in the systems that its effects arrived
// in. The summary puts it in words; `--json` prints it.
import { notesFeed } from '../ips/notes/identity.ts';
import { effectCounts, heldEffects } from '../store/effects.ts';
import type { Effect } from '../store/effects.ts';
import { heldRows } from '../store/inbox-rows.ts';
import type { HeldRow } from '../store/inbox-rows.ts';
import { effectsBlocked, lineSummary } from '../store/summary.ts';
import type { EffectsBlocked, LineSummary } from '../store/summary.ts';
import type { CoveragePlayed } from './acts/coverage.ts';
import type { NotesPosted } from './acts/notes.ts';
import type { SweepPlayed } from './acts/sweep.ts';
import type { Standing } from './receiving.ts';
import type { Stage } from './stage.ts';

export interface SandboxResult {
  readonly people: number;
  readonly seconds: number;
  readonly messages: {
    readonly sent: number;
    readonly acknowledged: number;
    readonly refused: number;
    readonly processed: number;
    readonly unused: number;
    readonly held: number;
  };
  readonly line: LineSummary;
  /** What was decided, by its latest revision. What never went out is not counted. */
  readonly proposals: { readonly made: number; readonly takenBack: number; readonly cameTrue: number };
  readonly asks: number;
  /** Asks about people whose record is restricted: on no worklist. */
  readonly asksNotListed: number;
  /** What really stands in the trust's systems, counted there. */
  readonly standing: Standing;
  readonly notes: NotesPosted;
  readonly sweep: SweepPlayed;
  readonly coverage: CoveragePlayed;
  readonly heldMessages: readonly HeldRow[];
  readonly heldEffects: readonly Effect[];
  readonly blocked: EffectsBlocked;
  /** Effects on their way, or whose fate is not known; none at the end. */
  readonly unsettled: number;
  readonly notServed: readonly string[];
}

const total = (rows: readonly { readonly rows: number }[]): number =>
  rows.reduce((sum, { rows: some }) => sum + some, 0);

const isAsk = ({ rule }: { readonly rule: string }): boolean => rule === 'seeking-work-not-asked';

export async function resultOf(
  stage: Stage,
  acts: Pick<SandboxResult, 'notes' | 'sweep' | 'coverage'>,
  seconds: number,
): Promise<SandboxResult> {
  const { app, outcomes, people, receiving } = stage;
  const codes = outcomes.map((one) => (one.outcome === 'acknowledged' ? one.code : one.outcome));
  const line = await lineSummary(app.store);
  const fromEpr = line.messages.filter(({ feed }) => feed !== notesFeed);
  const inState = (state: string): number => total(fromEpr.filter((one) => one.state === state));
  const sent = line.effects.filter(({ state }) => state !== 'superseded' && state !== 'cancelled');
  const proposals = sent.filter(({ rule }) => rule === 'wants-work');
  const withdrawn = proposals.filter(({ action }) => action === 'withdraw');
  const blocked = await effectsBlocked(app.store);
  const open = (await effectCounts(app.store)).filter(
    ({ state }) => state !== 'observed' && state !== 'held',
  );
  return {
    people: people.length,
    seconds,
    messages: {
      sent: outcomes.length,
      acknowledged: codes.filter((code) => code === 'AA').length,
      refused: codes.filter((code) => code === 'AR').length,
      processed: inState('processed'),
      unused: total(fromEpr.filter((one) => one.outcome === 'unused')),
      held: inState('held'),
    },
    line,
    proposals: {
      made: total(proposals),
      takenBack: total(withdrawn.filter(({ completed }) => !completed)),
      cameTrue: total(withdrawn.filter(({ completed }) => completed)),
    },
    asks: total(sent.filter(isAsk)),
    asksNotListed: total(line.effects.filter((one) => isAsk(one) && one.state === 'cancelled')),
    standing: await receiving.standing(),
    ...acts,
    heldMessages: await heldRows(app.store),
    heldEffects: await heldEffects(app.store),
    blocked,
    unsettled: total(open) - blocked.byIdentity - blocked.behindHeld,
    notServed: app.interpretation().notServed,
  };
}
