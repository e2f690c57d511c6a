// Stays (Encounter) and referrals to a team (EpisodeOfCare) over what the record holds. What has ended stays ended, what
// was cancelled stays cancelled and who is on leave stays on leave, until a message says otherwise: a status that a
// message only implies (A08 repeats the patient class) moves nothing.
import type { Encounter, EpisodeOfCare, Resource } from '@medplum/fhirtypes';
import type { Finding } from '../errors.ts';
import type { CanonicalResource } from '../fhir/canonical.ts';
import { before } from '../time.ts';
import { about, withElements } from './merge.ts';

/** A stay over the one that the record holds, with the elements that FHIR requires. */
export function settleStay(
  base: Resource | undefined,
  merged: Encounter,
  item: CanonicalResource,
  findings: Finding[],
): Resource {
  if (base?.resourceType !== 'Encounter') return completed(merged);
  const implied = item.assumed?.includes('status') === true;
  if (base.status === 'finished') {
    if (implied && isBefore(merged.status)) return keptCourse(base, merged, item, findings);
    return completed(stayEnded(base, merged, item, findings));
  }
  return completed(implied ? impliedOver(base, merged, item, findings) : merged);
}

/** A referral to a team over the one that the record holds. */
export function settleReferral(
  base: Resource | undefined,
  merged: EpisodeOfCare,
  item: CanonicalResource,
  findings: Finding[],
): Resource {
  const ended = base?.resourceType === 'EpisodeOfCare' && base.status === 'finished';
  return ended ? stayEnded(base, merged, item, findings) : merged;
}

/**
 * What has ended stays ended: an update that does not mention the end (empty means not sent) opens nothing again. Only
 * a deleted end (`""`, or A13) does, or a start after that end (the sender uses the number again).
 */
function stayEnded<R extends Encounter | EpisodeOfCare>(
  base: Encounter | EpisodeOfCare,
  merged: R,
  item: CanonicalResource,
  findings: Finding[],
): R {
  if (merged.status === 'finished' || merged.status === 'cancelled' || item.clears.includes('period.end')) {
    return merged;
  }
  const end = base.period?.end;
  const start = merged.period?.start;
  if (end !== undefined && start !== undefined && before(end, start) === true) {
    return { ...merged, period: { start } };
  }
  findings.push(about(item, 'field/end-not-deleted', 'it has ended, and this does not say that it has not'));
  return { ...merged, status: 'finished' };
}

/** A status that the message only implies: the record's stands, but for one that is planned or not known. */
function impliedOver(
  base: Encounter,
  merged: Encounter,
  item: CanonicalResource,
  findings: Finding[],
): Encounter {
  const { status } = base;
  if (status === 'unknown' || status === merged.status) return merged;
  if (status === 'planned') {
    // Another class than that of those who will come tells of an admission that was missed.
    const isTaken = merged.status === 'cancelled' || base.class.code !== merged.class.code;
    return isTaken ? merged : { ...merged, status };
  }
  if (status === 'cancelled') {
    findings.push(about(item, 'field/stay-cancelled', 'it was cancelled, and this does not admit anybody'));
    return { ...merged, status };
  }
  return isBefore(merged.status) ? keptCourse(base, merged, item, findings) : { ...merged, status };
}

/** Whether a status belongs to the time before an admission. */
function isBefore(status: Encounter['status']): boolean {
  return status === 'planned' || status === 'cancelled';
}

/** A stay that has begun goes back neither to being planned nor to never having been, nor to the class and times of it. */
function keptCourse(
  base: Encounter,
  merged: Encounter,
  item: CanonicalResource,
  findings: Finding[],
): Encounter {
  findings.push(about(item, 'field/stay-has-begun', 'it has begun, and this speaks of the time before'));
  const { period, ...rest } = merged;
  const kept = base.period ?? (period === undefined ? undefined : {});
  return { ...rest, status: base.status, class: base.class, ...(kept === undefined ? {} : { period: kept }) };
}

/** Encounter.status and class are required; where no message said them yet, that is said. */
function completed(encounter: Encounter): Resource {
  const stated: Readonly<Record<string, unknown>> = { ...encounter };
  return withElements(encounter, {
    status: stated.status ?? 'unknown',
    class: stated.class ?? { system: 'http://terminology.hl7.org/CodeSystem/v3-NullFlavor', code: 'UNK' },
  });
}
