// The required bindings (FHIR R4, strength "required") of the elements that this program reads or writes. The
// structure validator does not check them. Codes as published by FHIR R4.

const nameUse = ['usual', 'official', 'temp', 'nickname', 'anonymous', 'old', 'maiden'];
const identifierUse = ['usual', 'official', 'temp', 'secondary', 'old'];
const requestStatus = ['draft', 'active', 'on-hold', 'revoked', 'completed', 'entered-in-error', 'unknown'];
const requestPriority = ['routine', 'urgent', 'asap', 'stat'];
const encounterStatus = [
  'planned', 'arrived', 'triaged', 'in-progress', 'onleave', 'finished', 'cancelled', 'entered-in-error', 'unknown',
]; // prettier-ignore
const requestIntent = [
  'proposal', 'plan', 'directive', 'order', 'original-order', 'reflex-order', 'filler-order', 'instance-order',
  'option',
]; // prettier-ignore
const observationStatus = [
  'registered', 'preliminary', 'final', 'amended', 'corrected', 'cancelled', 'entered-in-error', 'unknown',
]; // prettier-ignore
const taskStatus = [
  'draft', 'requested', 'received', 'accepted', 'rejected', 'ready', 'cancelled', 'in-progress', 'on-hold', 'failed',
  'completed', 'entered-in-error',
]; // prettier-ignore
const bundleType = [
  'document', 'message', 'transaction', 'transaction-response', 'batch', 'batch-response', 'history', 'searchset',
  'collection',
]; // prettier-ignore

/** Element path without indices → the codes it may hold. */
export const requiredBindings: Readonly<Record<string, readonly string[]>> = {
  'Patient.gender': ['male', 'female', 'other', 'unknown'],
  'Patient.name.use': nameUse,
  'Patient.identifier.use': identifierUse,
  'Patient.link.type': ['replaced-by', 'replaces', 'refer', 'seealso'],
  'Encounter.status': encounterStatus,
  'Encounter.identifier.use': identifierUse,
  'Appointment.status': [
    'proposed', 'pending', 'booked', 'arrived', 'fulfilled', 'cancelled', 'noshow', 'entered-in-error', 'checked-in',
    'waitlist',
  ], // prettier-ignore
  'Appointment.identifier.use': identifierUse,
  'Appointment.participant.required': ['required', 'optional', 'information-only'],
  'Appointment.participant.status': ['accepted', 'declined', 'tentative', 'needs-action'],
  'EpisodeOfCare.status': [
    'planned',
    'waitlist',
    'active',
    'onhold',
    'finished',
    'cancelled',
    'entered-in-error',
  ],
  'Observation.status': observationStatus,
  'ServiceRequest.status': requestStatus,
  'ServiceRequest.intent': requestIntent,
  'ServiceRequest.priority': requestPriority,
  'ConceptMap.status': ['draft', 'active', 'retired', 'unknown'],
  'ConceptMap.group.element.target.equivalence': [
    'relatedto', 'equivalent', 'equal', 'wider', 'subsumes', 'narrower', 'specializes', 'inexact', 'unmatched', 'disjoint',
  ], // prettier-ignore
  'ConceptMap.group.unmapped.mode': ['provided', 'fixed', 'other-map'],
  'Task.status': taskStatus,
  'Task.intent': ['unknown', ...requestIntent.filter((intent) => intent !== 'directive')],
  'Task.priority': requestPriority,
  'Flag.status': ['active', 'inactive', 'entered-in-error'],
  'DocumentReference.status': ['current', 'superseded', 'entered-in-error'],
  'DocumentReference.docStatus': ['preliminary', 'final', 'amended', 'entered-in-error'],
  'DocumentReference.relatesTo.code': ['replaces', 'transforms', 'signs', 'appends'],
  'CarePlan.status': requestStatus,
  'CarePlan.intent': ['proposal', 'plan', 'order', 'option'],
  'Goal.lifecycleStatus': [
    'proposed', 'planned', 'accepted', 'active', 'on-hold', 'completed', 'cancelled', 'entered-in-error', 'rejected',
  ], // prettier-ignore
  'Consent.status': ['draft', 'proposed', 'active', 'rejected', 'inactive', 'entered-in-error'],
  'Consent.provision.type': ['deny', 'permit'],
  'AuditEvent.action': ['C', 'R', 'U', 'D', 'E'],
  'AuditEvent.outcome': ['0', '4', '8', '12'],
  'Bundle.type': bundleType,
  'Bundle.entry.request.method': ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH'],
};
