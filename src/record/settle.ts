// What a resource must still say once it was laid over the version that the record holds: that what has ended stays
// ended, and the elements that FHIR requires where no message said them. One kind of resource, one rule.
import type { CarePlan, Goal, PractitionerRole, Resource } from '@medplum/fhirtypes';
import type { Finding } from '../errors.ts';
import type { CanonicalResource } from '../fhir/canonical.ts';
import { before } from '../time.ts';
import { settleAppointment } from './appointment.ts';
import { settleDocument } from './document.ts';
import { withElements } from './merge.ts';
import { settleRequest } from './request.ts';
import { settleReferral, settleStay } from './stay.ts';

/**
 * The resource as it goes into the record, or undefined (with a finding) where it cannot stand there.
 * @param base what the record held before, of the same source and id
 */
export function settle(
  base: Resource | undefined,
  merged: Resource,
  item: CanonicalResource,
  findings: Finding[],
): Resource | undefined {
  switch (merged.resourceType) {
    case 'Encounter':
      return settleStay(base, merged, item, findings);
    case 'EpisodeOfCare':
      return settleReferral(base, merged, item, findings);
    case 'Appointment':
      return settleAppointment(base, merged, item, findings);
    case 'DocumentReference':
      return settleDocument(base, merged, item, findings);
    case 'ServiceRequest':
      return settleRequest(merged);
    case 'PractitionerRole':
      return begunAgain(merged, item);
    case 'CarePlan':
      return planned(plannedAgain(merged, item));
    case 'Goal':
      return planned(merged);
    default:
      return merged;
  }
}

/** A role that begins after its old end has no end yet, unless the message states one. */
function begunAgain(role: PractitionerRole, { resource }: CanonicalResource): Resource {
  const { start, end } = role.period ?? {};
  const stated = resource.resourceType === 'PractitionerRole' && resource.period?.end !== undefined;
  const again = !stated && start !== undefined && end !== undefined && before(end, start) === true;
  return again ? withElements(role, { period: { start } }) : role;
}

/** A plan that begins after its old end is another one under the same number: it stands, unless the message ends it. */
function plannedAgain(plan: CarePlan, { resource }: CanonicalResource): CarePlan {
  const { start, end } = plan.period ?? {};
  const stated = resource.resourceType === 'CarePlan' && resource.period?.end !== undefined;
  const again = !stated && start !== undefined && end !== undefined && before(end, start) === true;
  return again ? { ...plan, status: 'active', period: { start } } : plan;
}

/** What FHIR requires of plans and goals, where no message said it: they stand until they end, in words not known. */
function planned(resource: CarePlan | Goal): Resource {
  const stated: Readonly<Record<string, unknown>> = { ...resource };
  if (resource.resourceType === 'CarePlan') {
    return withElements(resource, { status: stated.status ?? 'active' });
  }
  const unknown = { url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' };
  return withElements(resource, {
    lifecycleStatus: stated.lifecycleStatus ?? 'active',
    description: stated.description ?? { extension: [unknown] },
  });
}
