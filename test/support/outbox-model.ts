// What the outbox should hold, by the rules of docs/architecture.md and nothing of the database: rows in a list, and what
// each step makes of them. The commands of outbox-commands.ts play the same steps on a real store and compare.
import type { Settlement } from '../../src/store/delivery.ts';
import type { OutboxState } from '../../src/store/tables.ts';

/** One row as it should be; the database's is read into the same shape. */
export interface ModelRow {
  readonly id: number;
  readonly key: string;
  readonly revision: number;
  readonly action: 'make' | 'withdraw';
  person: number;
  lane: number;
  state: OutboxState;
  inDoubt: boolean;
  attempt: number;
  failures: number;
  frozen: string | null;
  references: readonly string[];
  confirmed: boolean;
  settled: boolean;
  leased: boolean;
}

/** What a comparison with the database cannot see at once: what time does. */
interface Timing {
  /** The lease has run out, and nobody has noticed yet. */
  lapsed: boolean;
  due: boolean;
}

export type TimedRow = ModelRow & Timing;

/** The part of a row that the database shows. */
export function asStored(row: TimedRow): ModelRow {
  const stored: Partial<TimedRow> & ModelRow = { ...row };
  delete stored.lapsed;
  delete stored.due;
  return stored;
}

export interface OutboxModel {
  readonly destination: string;
  readonly order: 'person' | 'destination';
  /** Row numbers of the people of this run, and who each has become. */
  readonly people: readonly number[];
  readonly survivors: Map<number, number>;
  live: boolean;
  rows: TimedRow[];
}

export const inFlight = ({ state }: ModelRow): boolean => state === 'sending' || state === 'ambiguous';
const unsettled = (row: ModelRow): boolean => row.state === 'pending' || inFlight(row);
export const isOver = ({ state }: ModelRow): boolean =>
  state === 'delivered' || state === 'superseded' || state === 'cancelled';

/** A later revision of what is held waits for it, and holds up nobody else. */
export function isBehindHeld(row: ModelRow, rows: readonly ModelRow[]): boolean {
  const isHeld = ({ key, revision, state }: ModelRow): boolean =>
    key === row.key && revision < row.revision && state === 'held';
  return row.state === 'pending' && rows.some(isHeld);
}

/** Rows that may be sent now: the head of a lane that has nothing in flight, due. */
export function claimable({ rows }: OutboxModel): readonly TimedRow[] {
  return rows.filter((row) => {
    const lane = rows.filter(
      (other) => other.lane === row.lane && unsettled(other) && !isBehindHeld(other, rows),
    );
    const isHead = lane.includes(row) && lane.every((other) => other.id >= row.id);
    return row.state === 'pending' && row.due && isHead && !lane.some(inFlight);
  });
}

/** Rows that may be asked about now. */
export function askable({ rows }: OutboxModel): readonly TimedRow[] {
  return rows.filter((row) => row.state === 'ambiguous' && row.due && (!row.leased || row.lapsed));
}

export function lease(row: TimedRow): void {
  row.attempt += 1;
  row.leased = true;
  row.lapsed = false;
}

function release(row: TimedRow): void {
  row.leased = false;
  row.lapsed = false;
}

/** The end of a claim. */
export function settled(row: TimedRow, end: Settlement): void {
  release(row);
  switch (end.outcome) {
    case 'delivered':
      row.references = end.references;
      row.confirmed = end.confirmed;
      row.inDoubt = false;
      break;
    case 'transient':
      row.failures += end.counts ? 1 : 0;
      row.due = end.retryAfterMs === 0;
      break;
    case 'not-landed':
      row.due = (end.retryAfterMs ?? 0) === 0;
      row.inDoubt = end.inDoubt ?? row.inDoubt;
      break;
    case 'ambiguous':
      row.failures += end.counts === true ? 1 : 0;
      row.due = end.askAfterMs === 0;
      row.inDoubt = true;
      break;
    case 'held':
      row.inDoubt = end.inDoubt ?? row.inDoubt;
  }
  row.state = end.outcome === 'transient' || end.outcome === 'not-landed' ? 'pending' : end.outcome;
  row.settled = isOver(row);
}

/** Every lapsed lease of a sender is taken back: asked about if anything may have gone out, else to be sent. */
export function expired(model: OutboxModel): { readonly pending: number; readonly ambiguous: number } {
  const lapsed = model.rows.filter((row) => row.state === 'sending' && row.lapsed);
  for (const row of lapsed) {
    release(row);
    row.inDoubt = row.frozen !== null;
    row.state = row.inDoubt ? 'ambiguous' : 'pending';
    row.due = true;
  }
  const ambiguous = lapsed.filter(({ inDoubt }) => inDoubt).length;
  return { pending: lapsed.length - ambiguous, ambiguous };
}

/** A held row again: what may have landed is asked about with its bytes, anything else is rendered anew. */
export function replayed(row: TimedRow): void {
  row.state = row.inDoubt ? 'ambiguous' : 'pending';
  row.frozen = row.inDoubt ? row.frozen : null;
  row.failures = 0;
  row.due = true;
}

export function relived(model: OutboxModel, live: boolean): { promoted: number; demoted: number } {
  model.live = live;
  const changed = model.rows.filter((row) =>
    live
      ? row.state === 'observed' &&
        !model.rows.some(
          (later) =>
            later.key === row.key &&
            later.revision > row.revision &&
            (later.inDoubt || inFlight(later) || later.state === 'delivered'),
        )
      : row.state === 'pending' && row.action === 'make' && !row.inDoubt,
  );
  for (const row of changed) {
    row.state = live ? 'pending' : 'observed';
    if (live) row.due = true;
  }
  return { promoted: live ? changed.length : 0, demoted: live ? 0 : changed.length };
}

/** One person becomes another, with what is not over of theirs. False where they are one already. */
export function merged(model: OutboxModel, survivor: number, gone: number): boolean {
  const root = (person: number): number => model.survivors.get(person) ?? person;
  const from = root(gone);
  if (survivor === gone || (root(survivor) === from && gone !== from)) return false;
  // Both are one, and the present survivor is named as the one that goes: they turn round.
  const to = root(survivor) === from ? survivor : root(survivor);
  for (const person of model.people) if (root(person) === from) model.survivors.set(person, to);
  model.survivors.set(to, to);
  for (const row of model.rows) {
    if (row.person !== from || isOver(row)) continue;
    row.person = to;
    if (model.order === 'person') row.lane = to;
  }
  return true;
}
