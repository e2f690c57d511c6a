// What two mapping sets make of the same messages, counted: messages that become used or held, elements that change, and
// codes that a table begins or ceases to know. Counts and places only, never what stands in an element.
import { isDeepStrictEqual } from 'node:util';
import { asBridgeError } from '../errors.ts';
import type { CanonicalResource, Translation } from '../fhir/canonical.ts';
import { personKeyText } from '../fhir/canonical.ts';
import type { Message } from '../hl7v2/message.ts';
import type { Mappings } from './load.ts';
import { translate } from './translate.ts';
import type { MessageSource } from './translate.ts';

/** What a set makes of one message; one that would be held with the reason. */
export type Outcome = Translation | { readonly outcome: 'held'; readonly reason: string };

export function outcomeOf(mappings: Mappings, message: Message, source: MessageSource): Outcome {
  try {
    return translate(mappings, message, source);
  } catch (thrown) {
    return { outcome: 'held', reason: asBridgeError(thrown).kind };
  }
}

/** How often something differs, and in which message it does first. */
export interface Counted {
  readonly messages: number;
  readonly first: number;
}

export interface OutcomeChange extends Counted {
  readonly event: string;
  /** `used`, `unused`, `held (identity/unknown-authority)`. */
  readonly from: string;
  readonly to: string;
}

export interface ElementChange extends Counted {
  readonly event: string;
  /** `Patient.gender`; `identity` for a change of who is who. */
  readonly element: string;
  /** `gained`: only the other set says it; `lost`: only this one does. */
  readonly change: 'gained' | 'lost' | 'changed';
}

export interface CodeChange extends Counted {
  readonly table: string;
  readonly code: string;
  /** `gained`: unknown to the other set only. */
  readonly change: 'gained' | 'lost';
}

export interface MessageDiff {
  readonly messages: number;
  readonly outcomes: readonly OutcomeChange[];
  readonly elements: readonly ElementChange[];
  readonly unknownCodes: readonly CodeChange[];
}

export interface MessageDiffCount {
  /** `row` names the message for whoever looks it up. */
  readonly add: (event: string, row: number, from: Outcome, to: Outcome) => void;
  readonly report: () => MessageDiff;
}

/** An empty comparison; memory grows with what differs, not with the number of messages. */
export function createMessageDiff(): MessageDiffCount {
  let messages = 0;
  const outcomes = createTally<Omit<OutcomeChange, keyof Counted>>();
  const elements = createTally<Omit<ElementChange, keyof Counted>>();
  const codes = createTally<Omit<CodeChange, keyof Counted>>();
  return {
    add(event, row, from, to) {
      messages += 1;
      const [before, after] = [wordOf(from), wordOf(to)];
      if (before !== after) outcomes.add({ event, from: before, to: after }, row);
      for (const one of elementChanges(from, to)) elements.add({ event, ...one }, row);
      const [unknownBefore, unknownAfter] = [unknownOf(from), unknownOf(to)];
      for (const [key, one] of unknownAfter) if (!unknownBefore.has(key)) codes.add({ ...one, change: 'gained' }, row); // prettier-ignore
      for (const [key, one] of unknownBefore) if (!unknownAfter.has(key)) codes.add({ ...one, change: 'lost' }, row); // prettier-ignore
    },
    report: () => ({
      messages,
      outcomes: outcomes.all(),
      elements: elements.all(),
      unknownCodes: codes.all(),
    }),
  };
}

interface Tally<T> {
  readonly add: (what: T, row: number) => void;
  /** The most frequent first. */
  readonly all: () => readonly (T & Counted)[];
}

function createTally<T extends object>(): Tally<T> {
  const counts = new Map<string, T & { messages: number; first: number }>();
  return {
    add(what, row) {
      const key = JSON.stringify(what);
      const known = counts.get(key);
      if (known === undefined) counts.set(key, { ...what, messages: 1, first: row });
      else known.messages += 1;
    },
    all: () => [...counts.values()].sort((one, other) => other.messages - one.messages),
  };
}

function wordOf(outcome: Outcome): string {
  return outcome.outcome === 'held' ? `held (${outcome.reason})` : outcome.outcome;
}

type Change = ElementChange['change'];
type Elements = Readonly<Record<string, unknown>>;

/** Each element once for a message, however many of its resources differ there. */
function elementChanges(from: Outcome, to: Outcome): Pick<ElementChange, 'element' | 'change'>[] {
  const changes = new Map<string, Change>();
  const note = (element: string, change: Change): void => {
    const known = changes.get(element);
    changes.set(element, known === undefined || known === change ? change : 'changed');
  };
  for (const [one, other] of pairsOf(resourcesOf(from), resourcesOf(to))) {
    const [before, after] = [elementsOf(one), elementsOf(other)];
    const type = (one ?? other)?.resource.resourceType ?? '';
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      if (name === 'resourceType' || isDeepStrictEqual(before[name], after[name])) continue;
      note(`${type}.${name}`, !(name in before) ? 'gained' : !(name in after) ? 'lost' : 'changed');
    }
  }
  const [before, after] = [identityOf(from), identityOf(to)];
  if (!isDeepStrictEqual(before, after)) {
    note('identity', before.length === 0 ? 'gained' : after.length === 0 ? 'lost' : 'changed');
  }
  return [...changes].map(([element, change]) => ({ element, change }));
}

function resourcesOf(outcome: Outcome): readonly CanonicalResource[] {
  return outcome.outcome === 'used' ? outcome.resources : [];
}

function identityOf(outcome: Outcome): readonly unknown[] {
  return outcome.outcome === 'used' ? outcome.identity : [];
}

/** What a resource says, by element; null where it is to be deleted. Its `sourceId` is told like an element. */
function elementsOf(item: CanonicalResource | undefined): Elements {
  if (item === undefined) return {};
  const { resource, clears, sourceId } = item;
  return { ...resource, ...Object.fromEntries(clears.map((path) => [path, null])), sourceId };
}

type Pair = readonly [CanonicalResource | undefined, CanonicalResource | undefined];

/** The same thing in both: by its id, else by its place among those of its type that have no partner. */
function pairsOf(from: readonly CanonicalResource[], to: readonly CanonicalResource[]): Pair[] {
  const idOf = ({ person, sourceId, resource }: CanonicalResource): string =>
    `${resource.resourceType}|${personKeyText(person)}|${sourceId}`;
  const byId = new Map(to.map((item) => [idOf(item), item]));
  const ids = new Set(from.map(idOf));
  const left = to.filter((item) => !ids.has(idOf(item)));
  const pairs = from.map((item): Pair => {
    const same = byId.get(idOf(item));
    if (same !== undefined) return [item, same];
    const place = left.findIndex(({ resource }) => resource.resourceType === item.resource.resourceType);
    return [item, place === -1 ? undefined : left.splice(place, 1)[0]];
  });
  return [...pairs, ...left.map((item): Pair => [undefined, item])];
}

function unknownOf(outcome: Outcome): Map<string, { readonly table: string; readonly code: string }> {
  if (outcome.outcome !== 'used') return new Map();
  return new Map(outcome.unknownCodes.map(({ table, code }) => [`${table}\0${code}`, { table, code }]));
}
