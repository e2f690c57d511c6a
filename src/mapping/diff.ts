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
      for (const one of elementChanges(elementsOf(from), elementsOf(to)))
        elements.add({ event, ...one }, row);
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

/** `Patient.gender` → what all resources of that type say there; an element to be deleted says null. */
function elementsOf(outcome: Outcome): Map<string, Map<string, unknown>> {
  const elements = new Map<string, Map<string, unknown>>();
  if (outcome.outcome !== 'used') return elements;
  const put = (element: string, thing: string, value: unknown): void => {
    const things = elements.get(element) ?? new Map<string, unknown>();
    elements.set(element, things);
    things.set(thing, value);
  };
  for (const item of outcome.resources) {
    const type = item.resource.resourceType;
    for (const [name, value] of Object.entries(item.resource)) {
      if (name !== 'resourceType') put(`${type}.${name}`, thingOf(item), value);
    }
    for (const path of item.clears) put(`${type}.${path}`, thingOf(item), null);
  }
  outcome.identity.forEach((event, index) => put('identity', String(index), event));
  return elements;
}

function thingOf({ person, sourceId }: CanonicalResource): string {
  return `${personKeyText(person)}|${sourceId}`;
}

/** Each element once for a message, however many of its resources differ there; a change tells more than a gain. */
function elementChanges(
  before: ReadonlyMap<string, ReadonlyMap<string, unknown>>,
  after: ReadonlyMap<string, ReadonlyMap<string, unknown>>,
): Pick<ElementChange, 'element' | 'change'>[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((element) => {
    const [from, to] = [before.get(element), after.get(element)];
    if (isDeepStrictEqual(from, to)) return [];
    const [lost, gained] = [missingIn(from, to), missingIn(to, from)];
    const same = [...(from ?? [])].every(([thing, value]) => to?.has(thing) !== true || isDeepStrictEqual(to.get(thing), value)); // prettier-ignore
    const change = same && lost === 0 ? 'gained' : same && gained === 0 ? 'lost' : 'changed';
    return [{ element, change } as const];
  });
}

/** How many things of the one the other does not have. */
function missingIn(
  one: ReadonlyMap<string, unknown> | undefined,
  other: ReadonlyMap<string, unknown> | undefined,
): number {
  return [...(one?.keys() ?? [])].filter((thing) => other?.has(thing) !== true).length;
}

function unknownOf(outcome: Outcome): Map<string, { readonly table: string; readonly code: string }> {
  if (outcome.outcome !== 'used') return new Map();
  return new Map(outcome.unknownCodes.map(({ table, code }) => [`${table}\0${code}`, { table, code }]));
}
