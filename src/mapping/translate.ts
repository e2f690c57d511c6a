// One HL7v2 message as canonical FHIR: which message map its event has, who it is about, what each segment says. It is
// used whole, unused (saying which event), or refused with every fault at once; a value that cannot be used is a
// finding and the rest of the message counts.
import { BridgeError, errorOf } from '../errors.ts';
import type { Finding } from '../errors.ts';
import { personKeyText } from '../fhir/canonical.ts';
import type { CanonicalResource, PersonKey, Translation, WholeList } from '../fhir/canonical.ts';
import { hasControls } from '../hl7v2/escape.ts';
import { eventOf } from '../hl7v2/header.ts';
import { placeOf, segmentsNamed } from '../hl7v2/message.ts';
import type { Message, Segment } from '../hl7v2/message.ts';
import { parsePlace } from '../hl7v2/place.ts';
import type { Trace } from './compile.ts';
import type { Context } from './conversion.ts';
import { personKeys } from './datatypes/cx-identifier.ts';
import { canonicalOf, newDraft } from './draft.ts';
import type { Draft } from './draft.ts';
import { identityEvents, isTrigger, mayChangeIdentity } from './events.ts';
import type { EmptyMeans } from './field.ts';
import { checkUnread, readIdentity } from './identity.ts';
import type { Named } from './identity.ts';
import { fieldOf, whoStands } from './identity-who.ts';
import { listed, tagListed } from './lists.ts';
import type { Mappings, MessageMap } from './load.ts';
import { attributed } from './value-class.ts';

/** What mapping needs to know of the feed that a message came by. */
export interface MessageSource {
  readonly id: string;
  /** IANA zone of its local times: Europe/London. */
  readonly zone: string;
  /** When this message was received; "now" while it is mapped. */
  readonly receivedAt: Date;
  /** What an empty field means; nothing, unless given. */
  readonly emptyMeans?: EmptyMeans;
  /** Whether lists of segments are whole or only add; whole unless given. */
  readonly lists?: 'whole' | 'add';
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
  const { zone, receivedAt, emptyMeans = 'absent' } = feed;
  const context: Context = { zone, receivedAt, authorities, teams, findings, unknownCodes: [], emptyMeans };
  if (map.personOptional && segmentsNamed(message, 'PID').length === 0) {
    return { outcome: 'unused', reason: `this ${event} names nobody`, findings };
  }
  const faults: Finding[] = [];
  const resources: CanonicalResource[] = [];
  const lists: WholeList[] = [];
  const named = groupsOf(message, map, faults).flatMap(({ person: pid, segments }): Named[] => {
    const person = personOf(pid, context, faults);
    return person === undefined ? [] : [{ person, pid, segments }];
  });
  const { file, structure, identity: rule } = map;
  const reading = { rule, file, structure, event: triggerEvent, context, faults, trace };
  const identity = rule === undefined ? [] : readIdentity(named, { ...reading, rule });
  if (rule !== undefined && faults.length > 0) checkUnread(message, named, { ...reading, rule });
  for (const { person, segments } of named) {
    resources.push(...resourcesOf(segments, map, person, context, lists, trace));
  }
  const error = errorOf(faults.map((fault) => attributed(fault, message, map.file)));
  if (error !== undefined) throw error;
  // A code with control characters is damage, and no table will ever hold it.
  const unknownCodes = context.unknownCodes.filter(({ code }) => !hasControls(code));
  const used = { resources, identity, findings: distinct(findings), unknownCodes };
  return { outcome: 'used', ...used, ...(lists.length > 0 && feed.lists !== 'add' ? { lists } : {}) };
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

/** The persons of a message with the segments that speak of each. */
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
  // Of a message about one person, what stands before PID speaks of them too (RF1 and PRD of a REF).
  if (map.repeats === undefined) return [{ person: first, segments: message.segments }];
  return starts.map((person, index) => ({
    person,
    segments: message.segments.slice(person.index, starts[index + 1]?.index),
  }));
}

/** Who a PID is about: the first number of a known person authority. */
function personOf(pid: Segment, context: Context, faults: Finding[]): PersonKey | undefined {
  return whoStands(fieldOf(pid, 3), context, faults)[0];
}

function resourcesOf(
  segments: readonly Segment[],
  map: MessageMap,
  person: PersonKey,
  context: Context,
  lists: WholeList[],
  trace: ((trace: Trace) => void) | undefined,
): CanonicalResource[] {
  const drafts: Draft[] = [];
  const personText = personKeyText(person);
  for (const { segment: name, before, map: segmentMap, list } of map.segments) {
    const stood: (string | undefined)[] = [];
    for (const segment of namedIn(segments, name, before)) {
      if (!segmentMap.selects(segment, context)) continue;
      for (const repetition of segmentMap.repetitions(segment)) {
        const sourceId = segmentMap.identify(segment, repetition, personText, context);
        stood.push(sourceId);
        if (sourceId === undefined) continue;
        const draft = draftFor(drafts, segmentMap.resource, sourceId, segmentMap.name);
        segmentMap.apply(segment, repetition, person, draft, context, trace);
        if (list !== undefined) tagListed(draft, segmentMap.name);
      }
    }
    if (list !== undefined) lists.push(...listed(list, segmentMap.name, name, person, stood));
  }
  return drafts.map((draft) => canonicalOf(draft, person));
}

/** The segments of one name in a group, up to the first of `before`. */
function namedIn(group: readonly Segment[], name: string, before: readonly string[]): readonly Segment[] {
  const [first] = group;
  const last = group.at(-1);
  const named = first === undefined ? [] : segmentsNamed(first.message, name);
  if (first === undefined || last === undefined || named.length === 0) return [];
  const end = before.length === 0 ? undefined : group.find((segment) => before.includes(segment.name));
  const isIn = ({ index }: Segment): boolean =>
    index >= first.index && (end === undefined ? index <= last.index : index < end.index);
  return named.filter(isIn);
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
  const seen = new Map<string, Finding>();
  for (const finding of findings) {
    const key = `${finding.kind}|${finding.where}`;
    if (!seen.has(key)) seen.set(key, finding);
  }
  return [...seen.values()];
}

/**
 * Everyone whom a message names that we use, or that changes who is who: PID-3 and MRG-1 (or where its file says that the
 * other number stands), by numbers of known person authorities. Nobody for a message that is deliberately unused: its people are not ours to keep. Never throws.
 */
export function namedPersons(message: Message, mappings: Mappings): PersonKey[] {
  const { messageCode, triggerEvent } = message.header;
  const map = mappings.events.get(`${messageCode}^${triggerEvent}`);
  if (map === undefined && !(messageCode === 'ADT' && mayChangeIdentity(triggerEvent))) return [];
  const rule = map?.identity;
  const prior = rule !== undefined && 'from' in rule ? parsePlace(rule.from).field : 1;
  const places = [
    ...segmentsNamed(message, 'PID').map((segment) => fieldOf(segment, 3)),
    ...segmentsNamed(message, 'MRG').map((segment) => fieldOf(segment, prior)),
  ];
  const keys = places.flatMap((field) => personKeys(field, mappings.authorities));
  return [...new Map(keys.map((key) => [personKeyText(key), key])).values()];
}
