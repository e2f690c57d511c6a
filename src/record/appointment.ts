// An Appointment over the one that the record holds. Whether somebody came is only ever what the sender says (fulfilled,
// noshow), never that the time has passed; an update that states no status leaves what became of it.
import type { Appointment, Resource } from '@medplum/fhirtypes';
import type { Finding } from '../errors.ts';
import type { CanonicalResource } from '../fhir/canonical.ts';
import { about, withElements } from './merge.ts';

/** FHIR R4 invariant app-3: only these may stand without their times. */
const withoutTimes: readonly unknown[] = ['proposed', 'cancelled', 'waitlist'];

/**
 * The appointment with what FHIR requires: a status and a participant. Undefined (with a finding)
 * where neither this message nor the record tells when it is.
 */
export function settleAppointment(
  base: Resource | undefined,
  merged: Appointment,
  item: CanonicalResource,
  findings: Finding[],
): Resource | undefined {
  const known = base?.resourceType === 'Appointment' ? base : undefined;
  const stated: Readonly<Record<string, unknown>> = { ...merged };
  // Another time is another meeting (S13): what became of the one before says nothing of it.
  const isImplied = item.assumed?.includes('status') === true && known?.start === merged.start;
  const status = isImplied && known !== undefined ? known.status : (stated.status ?? 'pending');
  const { start } = merged;
  if (start === undefined && !withoutTimes.includes(status)) {
    findings.push(about(item, 'field/missing-time', 'nothing tells when it is; not used'));
    return undefined;
  }
  return withElements(merged, {
    status,
    participant: stated.participant ?? [
      { actor: { type: 'Patient', identifier: { ...item.person } }, status: 'needs-action' },
    ],
  });
}
