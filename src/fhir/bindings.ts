// The required bindings (FHIR R4, strength "required") of the elements that this program reads or writes. The
// structure validator does not check them. Codes as published by FHIR R4.

const nameUse = ['usual', 'official', 'temp', 'nickname', 'anonymous', 'old', 'maiden'];
const identifierUse = ['usual', 'official', 'temp', 'secondary', 'old'];
const administrativeGender = ['male', 'female', 'other', 'unknown'];
const daysOfWeek = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const unitsOfTime = ['s', 'min', 'h', 'd', 'wk', 'mo', 'a'];
const episodeStatus = [
  'planned',
  'waitlist',
  'active',
  'onhold',
  'finished',
  'cancelled',
  'entered-in-error',
];
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

const issueType = [
  'invalid', 'structure', 'required', 'value', 'invariant', 'security', 'login', 'unknown', 'expired', 'forbidden',
  'suppressed', 'processing', 'not-supported', 'duplicate', 'multiple-matches', 'not-found', 'deleted', 'too-long',
  'code-invalid', 'extension', 'too-costly', 'business-rule', 'conflict', 'transient', 'lock-error', 'no-store',
  'exception', 'timeout', 'incomplete', 'throttled', 'informational',
]; // prettier-ignore

/** Element path without indices → the codes it may hold. */
const ofResources: Readonly<Record<string, readonly string[]>> = {
  'Patient.gender': administrativeGender,
  'Patient.contact.gender': administrativeGender,
  'Practitioner.gender': administrativeGender,
  'PractitionerRole.availableTime.daysOfWeek': daysOfWeek,
  'Patient.link.type': ['replaced-by', 'replaces', 'refer', 'seealso'],
  'Encounter.status': encounterStatus,
  'Encounter.statusHistory.status': encounterStatus,
  'Encounter.location.status': ['planned', 'active', 'reserved', 'completed'],
  'Appointment.status': [
    'proposed', 'pending', 'booked', 'arrived', 'fulfilled', 'cancelled', 'noshow', 'entered-in-error', 'checked-in',
    'waitlist',
  ], // prettier-ignore
  'Appointment.participant.required': ['required', 'optional', 'information-only'],
  'Appointment.participant.status': ['accepted', 'declined', 'tentative', 'needs-action'],
  'EpisodeOfCare.status': episodeStatus,
  'EpisodeOfCare.statusHistory.status': episodeStatus,
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
  'CarePlan.activity.detail.kind': [
    'Appointment', 'CommunicationRequest', 'DeviceRequest', 'MedicationRequest', 'NutritionOrder', 'Task',
    'ServiceRequest', 'VisionPrescription',
  ], // prettier-ignore
  'CarePlan.activity.detail.status': [
    'not-started', 'scheduled', 'in-progress', 'on-hold', 'completed', 'cancelled', 'stopped', 'unknown',
    'entered-in-error',
  ], // prettier-ignore
  'Goal.lifecycleStatus': [
    'proposed', 'planned', 'accepted', 'active', 'on-hold', 'completed', 'cancelled', 'entered-in-error', 'rejected',
  ], // prettier-ignore
  'Consent.status': ['draft', 'proposed', 'active', 'rejected', 'inactive', 'entered-in-error'],
  'Consent.provision.type': ['deny', 'permit'],
  'Consent.provision.data.meaning': ['instance', 'related', 'dependents', 'authoredby'],
  'AuditEvent.agent.network.type': ['1', '2', '3', '4', '5'],
  'AuditEvent.action': ['C', 'R', 'U', 'D', 'E'],
  'AuditEvent.outcome': ['0', '4', '8', '12'],
  'OperationOutcome.issue.severity': ['fatal', 'error', 'warning', 'information'],
  'OperationOutcome.issue.code': issueType,
  'Provenance.entity.role': ['derivation', 'revision', 'quotation', 'source', 'removal'],
  'Bundle.entry.search.mode': ['match', 'include', 'outcome'],
  'Bundle.type': bundleType,
  'Bundle.entry.request.method': ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH'],
};

/** Elements of the data types, by the name under which resources hold them: the last two parts of the path. */
const ofDataTypes: Readonly<Record<string, readonly string[]>> = {
  'identifier.use': identifierUse,
  'masterIdentifier.use': identifierUse,
  'requisition.use': identifierUse,
  'groupIdentifier.use': identifierUse,
  'name.use': nameUse,
  'telecom.system': ['phone', 'fax', 'email', 'pager', 'url', 'sms', 'other'],
  'telecom.use': ['home', 'work', 'temp', 'old', 'mobile'],
  'address.use': ['home', 'work', 'temp', 'old', 'billing'],
  'address.type': ['postal', 'physical', 'both'],
  'text.status': ['generated', 'extensions', 'additional', 'empty'],
  'valueQuantity.comparator': ['<', '<=', '>=', '>'],
  'repeat.durationUnit': unitsOfTime,
  'repeat.periodUnit': unitsOfTime,
  'repeat.dayOfWeek': daysOfWeek,
};

/**
 * The codes that an element may hold, or undefined where none are required or they are no short list (MIME types).
 * @param path element path from its resource without indices: `Patient.name.use`
 */
export function requiredCodes(path: string): readonly string[] | undefined {
  return ofResources[path] ?? ofDataTypes[path.split('.').slice(-2).join('.')];
}
