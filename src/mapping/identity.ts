// What a message changes of who is who: its file says what the event does and where the other number stands, here the
// segments are read for it. Every fault is reported; the caller uses all of a message's changes or none.
import type { Finding } from '../errors.ts';
import { personKeyText } from '../fhir/canonical.ts';
import type { IdentityEvent, PersonKey, VisitKey } from '../fhir/canonical.ts';
import { placeOf, segmentsNamed } from '../hl7v2/message.ts';
import type { Message, Segment } from '../hl7v2/message.ts';
import { parsePlace } from '../hl7v2/place.ts';
import type { Trace } from './compile.ts';
import type { Context } from './conversion.ts';
import { personKeys } from './datatypes/cx-identifier.ts';
import { textOf, whereOf } from './field.ts';
import { fieldOf, whoStands } from './identity-who.ts';
import type { IdentityRule } from './identity-schema.ts';

/** One person of a message, with the segments that speak of them. */
export interface Named {
  readonly person: PersonKey;
  readonly pid: Segment;
  readonly segments: readonly Segment[];
}

interface Reading {
  readonly rule: IdentityRule;
  /** Path of the message file. */
  readonly file: string;
  readonly structure: string;
  /** MSH-9.2. */
  readonly event: string;
  readonly context: Context;
  readonly faults: Finding[];
  readonly trace: ((trace: Trace) => void) | undefined;
}

/** The changes of a whole message, in its order. */
export function readIdentity(named: readonly Named[], reading: Reading): IdentityEvent[] {
  const { rule, event } = reading;
  switch (rule.does) {
    case 'link':
    case 'unlink':
      return readLink(named, rule.does === 'link', reading);
    case 'mark':
      return named.map(({ person, pid }) => {
        const where = whereOf(fieldOf(pid, 3));
        return told(reading, { kind: 'mark', person, event, where }, event);
      });
    case 'move-registration':
      return named.flatMap((one) => eachPrior(one, reading, (mrg) => readMove(one, mrg, rule.from, reading)));
    case 'move-visit':
      return named.flatMap((one) => eachPrior(one, reading, (mrg) => readVisit(one, mrg, rule, reading)));
    case 'move-account':
      return named.flatMap((one) =>
        eachPrior(one, reading, (mrg) => readPair(one, mrg, rule.from, rule.people, reading)),
      );
    case 'merge':
    case 'change-number':
      return named.flatMap((one) =>
        eachPrior(one, reading, (mrg) => readMerge(one, mrg, rule.from, reading)),
      );
  }
}

/** The faults of each MRG that stands in nobody's group, as its PID is missing or names nobody: all are told at once. */
export function checkUnread(message: Message, named: readonly Named[], reading: Reading): void {
  const { rule, context, faults } = reading;
  if (!('from' in rule)) return;
  const read = new Set(named.flatMap(({ segments }) => segments));
  for (const mrg of segmentsNamed(message, 'MRG').filter((segment) => !read.has(segment))) {
    whoStands(fieldOf(mrg, parsePlace(rule.from).field), context, faults);
  }
}

/** What each MRG of a person's group says; without one the message says nothing that it must. */
function eachPrior(
  { segments }: Named,
  { structure, faults }: Reading,
  read: (mrg: Segment) => IdentityEvent[],
): IdentityEvent[] {
  const prior = segments.filter(({ name }) => name === 'MRG');
  if (prior.length === 0) {
    const message = `${structure} needs one for each PID`;
    faults.push({ kind: 'structure/missing-segment', where: 'MRG', message });
  }
  return prior.flatMap(read);
}

function readMerge({ person }: Named, mrg: Segment, from: string, reading: Reading): IdentityEvent[] {
  const field = fieldOf(mrg, parsePlace(from).field);
  const where = whereOf(field);
  return whoStands(field, reading.context, reading.faults).flatMap((merged): IdentityEvent[] => {
    if (isSame(merged, person)) {
      const message = 'names the survivor; nothing to do';
      reading.context.findings.push({ kind: 'identity/merge-into-itself', where, message });
      return [];
    }
    return [told(reading, { kind: 'merge', survivor: person, merged, where }, merged)];
  });
}

/**
 * HL7 v2.5.1 §3.3.43: what is moved stands in both PID-3 and MRG-1, beside the numbers that it is moved from and to. Many
 * send only the two that differ: then the number in MRG-1 is what is moved.
 */
function readMove({ pid }: Named, mrg: Segment, from: string, reading: Reading): IdentityEvent[] {
  const { context, faults } = reading;
  const target = fieldOf(pid, 3);
  const prior = fieldOf(mrg, parsePlace(from).field);
  const now = personKeys(target, context.authorities);
  const before = whoStands(prior, context, faults);
  const shared = before.filter((key) => now.some((other) => isSame(key, other)));
  const survivor = now.find((key) => !shared.some((other) => isSame(key, other)));
  const where = whereOf(prior);
  if (survivor === undefined) {
    const message = 'every number in MRG-1 stands in PID-3 too: nothing says whom it is moved to';
    if (before.length > 0) faults.push({ kind: 'identity/move-without-target', where, message });
    return [];
  }
  const moved = shared.length > 0 ? shared : before;
  return moved.map((merged) => told(reading, { kind: 'move', survivor, merged, where }, merged));
}

function readPair(
  { person }: Named,
  mrg: Segment,
  from: string,
  people: 'same' | 'may-differ',
  reading: Reading,
): IdentityEvent[] {
  const field = fieldOf(mrg, parsePlace(from).field);
  const where = whereOf(field);
  const kind = people === 'same' ? 'same' : 'account';
  return whoStands(field, reading.context, reading.faults).flatMap((other): IdentityEvent[] =>
    isSame(other, person) ? [] : [told(reading, { kind, one: person, other, where }, other)],
  );
}

function readVisit(
  one: Named,
  mrg: Segment,
  rule: Extract<IdentityRule, { does: 'move-visit' }>,
  reading: Reading,
): IdentityEvent[] {
  const from = parsePlace(rule.from);
  const pairs = rule.people === 'same' ? readPair(one, mrg, rule.from, 'same', reading) : [];
  const [prior] = whoStands(
    fieldOf(mrg, from.field),
    reading.context,
    rule.people === 'same' ? [] : reading.faults,
  );
  const visitField = fieldOf(mrg, parsePlace(rule.visit).field);
  const before = numberAt(visitField.segment, visitField.number);
  const pv1 = visitOf(one, mrg);
  const toField = parsePlace(rule.to).field;
  const now = pv1 === undefined ? undefined : numberAt(pv1, toField);
  if (before === undefined) missing(reading, whereOf(visitField));
  if (now === undefined) missing(reading, pv1 === undefined ? rule.to : placeOf(pv1, { field: toField }));
  if (prior === undefined || before === undefined || now === undefined) return pairs;
  const source: VisitKey = { person: prior, visit: before };
  const target: VisitKey = { person: one.person, visit: now };
  if (isSame(source.person, target.person) && before === now) return pairs;
  const where = whereOf(visitField);
  return [...pairs, told(reading, { kind: 'visit', from: source, to: target, where }, now)];
}

/** The PV1 that belongs to an MRG: the first after it, before the next MRG. */
function visitOf({ segments }: Named, mrg: Segment): Segment | undefined {
  const after = segments.filter(({ index }) => index > mrg.index);
  const next = after.find(({ name }) => name === 'MRG' || name === 'PV1');
  return next?.name === 'PV1' ? next : undefined;
}

function numberAt(segment: Segment, number: number): string | undefined {
  return textOf(fieldOf(segment, number), { component: 1 });
}

function missing({ faults }: Reading, where: string): void {
  faults.push({ kind: 'identity/missing-visit-number', where, message: 'no visit is named here' });
}

function readLink(named: readonly Named[], linked: boolean, reading: Reading): IdentityEvent[] {
  const [one, other, ...more] = named;
  if (one === undefined) return [];
  if (other === undefined || more.length > 0) {
    const message = `${reading.structure} names two persons`;
    reading.faults.push({ kind: 'structure/two-persons', where: placeOf(one.pid), message });
    return [];
  }
  const where = whereOf(fieldOf(other.pid, 3));
  if (isSame(one.person, other.person)) {
    const message = 'names the same number twice; nothing to do';
    reading.context.findings.push({ kind: 'identity/link-with-itself', where, message });
    return [];
  }
  const event = { kind: 'link', one: one.person, other: other.person, linked, where } as const;
  return [told(reading, event, other.person)];
}

function isSame(one: PersonKey, other: PersonKey): boolean {
  return personKeyText(one) === personKeyText(other);
}

function told<E extends IdentityEvent>({ trace, rule, file }: Reading, event: E, value: unknown): E {
  const element = event.kind === 'link' && !event.linked ? 'unlink' : event.kind;
  trace?.({ element, from: event.where, file, guide: rule.guide ?? rule.own, value });
  return event;
}
