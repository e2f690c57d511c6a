// One HL7v2 message as canonical FHIR: which message map its event has, who it is about, what each segment says. It is
// used whole, unused (saying which event), or refused with every fault at once; a value that cannot be used is a
// finding and the rest of the message counts.
import { BridgeError, errorOf } from '../errors.ts';
import type { Finding } from '../errors.ts';
import { personKeyText } from '../fhir/canonical.ts';
import type { CanonicalResource, IdentityEvent, PersonKey, Translation } from '../fhir/canonical.ts';
import { eventOf } from '../hl7v2/header.ts';
import { placeOf, segmentsNamed } from '../hl7v2/message.ts';
import type { Message, Segment } from '../hl7v2/message.ts';
import type { Trace } from './compile.ts';
import type { Context } from './conversion.ts';
import { personKeys, readIdentifiers } from './datatypes/cx-identifier.ts';
import { canonicalOf, newDraft } from './draft.ts';
import type { Draft } from './draft.ts';
import { identityEvents, isTrigger, mayChangeIdentity } from './events.ts';
import { whereOf } from './field.ts';
import type { Field } from './field.ts';
import type { Mappings, MessageMap } from './load.ts';

/** What mapping needs to know of the feed that a message came by. */
export interface MessageSource {
  readonly id: string;
  /** IANA zone of its local times: Europe/London. */
  readonly zone: string;
  /** When this message was received; "now" while it is mapped. */
  readonly receivedAt: Date;
}

/**
 * Translates one message.
 * @throws BridgeError holding every fault: identity/… where PID-3 or MRG-1 names nobody we can know,
 * structure/… where the segments do not fit, unsupported/identity-event for a change of identity without a map
 */
export function translate(mappings: Mappings, message: Message, feed: MessageSource): Translation {
  return run(mappings, message, feed);
}

/** The one interpreter; `trace` hears of each element that a row sets. */
export function run(
  mappings: Mappings,
  message: Message,
  feed: MessageSource,
  trace?: (trace: Trace) => void,
): Translation {
  const { messageCode, triggerEvent } = message.header;
  const event = `${messageCode}^${triggerEvent}`;
  const map = mappings.events.get(event);
  if (map === undefined) return unmapped(messageCode, triggerEvent, message);

  const findings: Finding[] = [...message.findings];
  const { authorities, teams } = mappings;
  const { zone, receivedAt } = feed;
  const context: Context = { zone, receivedAt, authorities, teams, findings, unknownCodes: [] };
  if (map.personOptional && segmentsNamed(message, 'PID').length === 0) {
    return { outcome: 'unused', reason: `this ${event} names nobody`, findings };
  }
  const faults: Finding[] = [];
  const resources: CanonicalResource[] = [];
  const identity: IdentityEvent[] = [];
  for (const group of groupsOf(message, map, faults)) {
    const person = personOf(group.person, context, faults);
    if (person === undefined) continue;
    identity.push(...mergesOf(group.segments, map, person, context, faults, trace));
    resources.push(...resourcesOf(group.segments, map, person, context, trace));
  }
  const error = errorOf(faults);
  if (error !== undefined) throw error;
  const { unknownCodes } = context;
  return { outcome: 'used', resources, identity, findings: distinct(findings), unknownCodes };
}

function unmapped(code: string, trigger: string, message: Message): Translation {
  if (code === '') throw new BridgeError('structure/missing-event', 'MSH-9 is empty', { where: 'MSH-9' });
  // Behind a missing or misspelt trigger may stand a merge.
  if (code === 'ADT' && !isTrigger(trigger)) {
    const text = 'an ADT message needs its trigger event (A08) here';
    throw new BridgeError('structure/missing-event', text, { where: 'MSH-9.2' });
  }
  const event = trigger === '' ? code : `${code}^${trigger}`;
  const changes = code === 'ADT' ? identityEvents.get(trigger) : undefined;
  if (changes !== undefined) {
    throw new BridgeError('unsupported/identity-event', `${event} ${changes}, for which there is no map`, {
      where: 'MSH-9.2',
    });
  }
  return {
    outcome: 'unused',
    reason: `${eventOf(message.header)} is not mapped`,
    findings: message.findings,
  };
}

interface Group {
  readonly person: Segment;
  readonly segments: readonly Segment[];
}

/** The persons of a message with the segments that speak of each; the header's stand in no group. */
function groupsOf(message: Message, map: MessageMap, faults: Finding[]): Group[] {
  const starts = segmentsNamed(message, map.repeats ?? 'PID');
  const [first, second] = starts;
  if (first === undefined) {
    faults.push({
      kind: 'structure/missing-segment',
      where: 'PID',
      message: 'this message needs a PID segment',
    });
    return [];
  }
  if (second !== undefined && map.repeats === undefined) {
    const where = placeOf(second);
    faults.push({
      kind: 'structure/several-persons',
      where,
      message: `${map.structure} is about one person`,
    });
    return [];
  }
  return starts.map((person, index) => ({
    person,
    segments: message.segments.slice(person.index, starts[index + 1]?.index),
  }));
}

function fieldOf(segment: Segment, number: number): Field {
  return { segment, number, component: undefined, repetition: undefined };
}

/** Who a PID is about: the first number of a known person authority. */
function personOf(pid: Segment, context: Context, faults: Finding[]): PersonKey | undefined {
  return whoStands(fieldOf(pid, 3), context, faults)[0];
}

/** The person keys of PID-3 or MRG-1, or the fault that says why there is none. */
function whoStands(field: Field, context: Context, faults: Finding[]): readonly PersonKey[] {
  const keys = personKeys(field, context.authorities);
  if (keys.length > 0) return keys;
  const reads = readIdentifiers(field, context.authorities);
  const unusable = reads.find((read) => read.kind === 'unusable');
  const stranger = reads.find((read) => read.kind === 'unknown-authority' || read.kind === 'no-default');
  if (unusable !== undefined) {
    const where = whereOf(field, { repetition: unusable.repetition, component: 1 });
    const message = 'this number is too long or holds control characters, and names nobody';
    faults.push({ kind: 'identity/unusable-number', where, message });
  } else if (stranger !== undefined) {
    const where = whereOf(field, { repetition: stranger.repetition, component: 4 });
    const message =
      'no assigning authority (CX.4) here has a row of kind person in codes/assigning-authorities.csv';
    faults.push({ kind: 'identity/unknown-authority', where, message });
  } else if (reads.length > 0) {
    const message = 'no local number of a known authority; an NHS number alone is no key';
    faults.push({ kind: 'identity/missing-local-number', where: whereOf(field), message });
  } else {
    faults.push({
      kind: 'identity/missing-patient-id',
      where: whereOf(field),
      message: 'nobody is named here',
    });
  }
  return [];
}

function mergesOf(
  segments: readonly Segment[],
  map: MessageMap,
  survivor: PersonKey,
  context: Context,
  faults: Finding[],
  trace: ((trace: Trace) => void) | undefined,
): IdentityEvent[] {
  if (map.merge === undefined) return [];
  const { from, guide } = map.merge;
  const prior = segments.filter((segment) => segment.name === from.segment);
  if (prior.length === 0) {
    const where = from.segment;
    faults.push({
      kind: 'structure/missing-segment',
      where,
      message: `${map.structure} needs one for each PID`,
    });
  }
  return prior.flatMap((segment) => {
    const field = fieldOf(segment, from.field);
    return whoStands(field, context, faults).flatMap((merged): IdentityEvent[] => {
      const where = whereOf(field);
      if (personKeyText(merged) === personKeyText(survivor)) {
        context.findings.push({
          kind: 'identity/merge-into-itself',
          where,
          message: 'names the survivor; nothing to do',
        });
        return [];
      }
      trace?.({ element: 'merge', from: where, file: map.file, guide, value: merged });
      return [{ kind: 'merge', survivor, merged, where }];
    });
  });
}

function resourcesOf(
  segments: readonly Segment[],
  map: MessageMap,
  person: PersonKey,
  context: Context,
  trace: ((trace: Trace) => void) | undefined,
): CanonicalResource[] {
  const drafts: Draft[] = [];
  const personText = personKeyText(person);
  for (const { segment: name, before, map: segmentMap } of map.segments) {
    for (const segment of segments) {
      if (before.length > 0 && before.includes(segment.name)) break;
      if (segment.name !== name || !segmentMap.selects(segment, context)) continue;
      for (const repetition of segmentMap.repetitions(segment)) {
        const sourceId = segmentMap.identify(segment, repetition, personText, context);
        if (sourceId === undefined) continue;
        const draft = draftFor(drafts, segmentMap.resource, sourceId, segmentMap.name);
        segmentMap.apply(segment, repetition, person, draft, context, trace);
      }
    }
  }
  return drafts.map((draft) => canonicalOf(draft, person));
}

/** The resource that another map already began (PD1 adds to PID's Patient), or a new one. */
function draftFor(drafts: Draft[], type: string, sourceId: string, map: string): Draft {
  const begun = drafts.find(
    (draft) => draft.resourceType === type && draft.sourceId === sourceId && !draft.maps.has(map),
  );
  const draft = begun ?? newDraft(type, sourceId);
  if (begun === undefined) drafts.push(draft);
  draft.maps.add(map);
  return draft;
}

/** Rows that read the same field note the same thing once. */
function distinct(findings: readonly Finding[]): readonly Finding[] {
  if (findings.length < 2) return findings;
  const seen = new Map(findings.map((finding) => [`${finding.kind}|${finding.where}`, finding]));
  return [...seen.values()];
}

/**
 * Everyone whom a message names that we use, or that changes who is who: PID-3 and MRG-1, by numbers of known person
 * authorities. Nobody for a message that is deliberately unused: its people are not ours to keep. Never throws.
 */
export function namedPersons(message: Message, mappings: Mappings): PersonKey[] {
  const { messageCode, triggerEvent } = message.header;
  const isUsed = mappings.events.has(`${messageCode}^${triggerEvent}`);
  if (!isUsed && !(messageCode === 'ADT' && mayChangeIdentity(triggerEvent))) return [];
  const places = [
    ...segmentsNamed(message, 'PID').map((segment) => fieldOf(segment, 3)),
    ...segmentsNamed(message, 'MRG').map((segment) => fieldOf(segment, 1)),
  ];
  const keys = places.flatMap((field) => personKeys(field, mappings.authorities));
  return [...new Map(keys.map((key) => [personKeyText(key), key])).values()];
}
