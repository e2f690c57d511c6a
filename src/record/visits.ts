// Visits that change their number or their person (A42, A45, A50). The old one is closed as entered in error and says
// where it went on, so that a later message under the old number opens no second stay; what was known goes along.
import type { Encounter, Extension, Reference } from '@medplum/fhirtypes';
import { BridgeError } from '../errors.ts';
import type { Finding } from '../errors.ts';
import { personKeyText } from '../fhir/canonical.ts';
import type { CanonicalResource, PersonKey } from '../fhir/canonical.ts';
import { urnOf } from '../fhir/ids.ts';
import { extensions, systems } from '../fhir/systems.ts';
import type { PersonRecord, RecordedResource } from './person.ts';

interface VisitMove {
  /** The feed's id: visit numbers are each feed's own. */
  readonly source: string;
  readonly from: { readonly person: PersonKey; readonly visit: string };
  readonly to: { readonly person: PersonKey; readonly visit: string };
  /** The place in the message that says so. */
  readonly where: string;
}

interface MovedVisit {
  readonly sourceId: string;
  readonly resource: Encounter;
}

/**
 * The new versions of a visit under its old number, for the one record, and under its new one, for the other (which may
 * be the same). Neither where it was told before; no new one where nothing is known of the visit yet, unless it comes back.
 * @throws BridgeError identity/visit-moved-elsewhere where an earlier message took the visit to another place
 */
export function planVisitMove(
  from: PersonRecord,
  to: PersonRecord,
  move: VisitMove,
): { readonly left?: MovedVisit; readonly gained?: MovedVisit } {
  const { source, where } = move;
  const isOnePerson = from.id === to.id;
  if (isOnePerson && move.from.visit === move.to.visit) return {};
  const base = visitIn(from.rows, source, move.from.visit);
  const goal = visitIn(to.rows, source, move.to.visit);
  const moved = base === undefined ? undefined : movedTo(base);
  if (moved !== undefined) {
    const isRepeated =
      moved.visit === undefined
        ? goal !== undefined || moved.elsewhere === elsewhere(move.to)
        : isOnePerson && moved.visit === move.to.visit;
    if (isRepeated) return {};
    const message =
      'an earlier message said that this visit went on elsewhere; the two contradict each other';
    throw new BridgeError('identity/visit-moved-elsewhere', message, { where });
  }
  const left = closed(base ?? nothingKnown(move.from), pointerTo(move.to, isOnePerson));
  const isLive = base !== undefined && base.status !== 'entered-in-error';
  const isBack = goal !== undefined && movedTo(goal) !== undefined;
  // Of one that nobody knows yet there is nothing to take along; but where it has come back, it stands there again.
  if (!isLive && !isBack) return { left: { sourceId: move.from.visit, resource: left } };
  const { person, visit } = move.to;
  const gained: Encounter = {
    ...(isLive ? joined(base, isBack ? undefined : goal) : { ...nothingKnown(move.to), status: 'unknown' }),
    identifier: numbered(visit),
    subject: { identifier: { system: person.system, value: person.value } },
  };
  return {
    left: { sourceId: move.from.visit, resource: left },
    gained: { sourceId: visit, resource: gained },
  };
}

/**
 * What a message says of a visit under a number that it no longer has, said of the number that it has now; left out
 * where the visit is another person's. A finding tells of either.
 * @param rows the person's rows that the message is laid over
 */
export function followVisits(
  incoming: readonly CanonicalResource[],
  rows: readonly RecordedResource[],
  source: string,
  findings: Finding[],
): CanonicalResource[] {
  return incoming.flatMap((item): CanonicalResource[] => {
    const { resource } = item;
    if (resource.resourceType !== 'Encounter') return [item];
    const seen = new Set<string>();
    let visit = item.sourceId;
    for (;;) {
      const known = visitIn(rows, source, visit);
      const moved = known === undefined ? undefined : movedTo(known);
      if (moved === undefined) break;
      seen.add(visit);
      if (moved.visit === undefined || seen.has(moved.visit)) {
        const message = 'this visit was moved to another person; what is said of it here is not used';
        findings.push({ kind: 'identity/visit-of-another', where: 'Encounter', message });
        return [];
      }
      visit = moved.visit;
    }
    if (visit === item.sourceId) return [item];
    const message = 'this visit has another number now; what is said of it counts for that one';
    findings.push({ kind: 'identity/visit-renumbered', where: 'Encounter', message });
    return [{ ...item, sourceId: visit, resource: { ...resource, identifier: numbered(visit) } }];
  });
}

function visitIn(rows: readonly RecordedResource[], source: string, visit: string): Encounter | undefined {
  const row = rows.findLast(
    (one) => one.source === source && one.sourceId === visit && one.resource.resourceType === 'Encounter',
  );
  return row?.resource.resourceType === 'Encounter' ? row.resource : undefined;
}

interface MovedTo {
  /** Another number of the same person; undefined where it went on with another person. */
  readonly visit: string | undefined;
  /** Which visit of another person, without naming them. */
  readonly elsewhere: string | undefined;
}

/** Where a closed visit went on. */
function movedTo({ status, extension }: Encounter): MovedTo | undefined {
  if (status !== 'entered-in-error') return undefined;
  const pointer = extension?.find(({ url }) => url === extensions.associatedEncounter);
  if (pointer === undefined) return undefined;
  const { identifier, display } = pointer.valueReference ?? {};
  return display === undefined
    ? { visit: identifier?.value, elsewhere: undefined }
    : { visit: undefined, elsewhere: identifier?.value };
}

function elsewhere({ person, visit }: VisitMove['to']): string {
  return urnOf(`${personKeyText(person)}/visit/${visit}`);
}

function pointerTo(to: VisitMove['to'], isOnePerson: boolean): Reference<Encounter> {
  if (isOnePerson) return { identifier: { value: to.visit } };
  return { identifier: { system: systems.uri, value: elsewhere(to) }, display: 'of another person' };
}

function closed(encounter: Encounter, valueReference: Reference<Encounter>): Encounter {
  const others = (encounter.extension ?? []).filter(({ url }) => url !== extensions.associatedEncounter);
  const pointer: Extension = { url: extensions.associatedEncounter, valueReference };
  return { ...encounter, status: 'entered-in-error', extension: [...others, pointer] };
}

function nothingKnown({ person, visit }: VisitMove['from']): Encounter {
  return {
    resourceType: 'Encounter',
    status: 'entered-in-error',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-NullFlavor', code: 'UNK' },
    identifier: numbered(visit),
    subject: { identifier: { system: person.system, value: person.value } },
  };
}

function numbered(visit: string): NonNullable<Encounter['identifier']> {
  const type = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'VN' }] };
  return [{ type, value: visit }];
}

/** What came under the new number counts; what was known under the old one fills its gaps. A marking of either restricts. */
function joined(older: Encounter, newer: Encounter | undefined): Encounter {
  if (newer === undefined) return older;
  const status = newer.status === 'unknown' ? older.status : newer.status;
  const start = newer.period?.start ?? older.period?.start;
  const end = newer.period?.end ?? (status === 'finished' ? older.period?.end : undefined);
  const period = {
    ...(start === undefined ? {} : { start }),
    ...(end === undefined ? {} : { end }),
  };
  const before = older.meta?.security ?? [];
  const added = (newer.meta?.security ?? []).filter(({ code }) => !before.some((one) => one.code === code));
  const security = [...before, ...added];
  const meta = { ...older.meta, ...newer.meta, ...(security.length === 0 ? {} : { security }) };
  const whole: Encounter = { ...older, ...newer, status, period };
  if (Object.keys(meta).length > 0) whole.meta = meta;
  if (Object.keys(period).length === 0) delete whole.period;
  return whole;
}
