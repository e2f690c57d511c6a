// Every identifier and code system that this program names, once. NHS and HL7 systems are as published; systems that
// begin with `urn:x-ips-bridge` are our own, for concepts that no published system holds.

export const systems = {
  nhsNumber: 'https://fhir.nhs.uk/Id/nhs-number',
  odsOrganisation: 'https://fhir.nhs.uk/Id/ods-organization-code',
  snomed: 'http://snomed.info/sct',
  uri: 'urn:ietf:rfc:3986',
  nhsNumberVerification: 'https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland',
  ethnicCategory: 'https://fhir.hl7.org.uk/CodeSystem/UKCore-EthnicCategoryEngland',
  confidentiality: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality',
  actCode: 'http://terminology.hl7.org/CodeSystem/v3-ActCode',
  /** Which question an Observation answers: `wants-work`. */
  question: 'urn:x-ips-bridge:question',
  /** What a person can want, domain.md section 1: paid-job, keep-or-change, unsure, volunteering-or-study, no. */
  wantsWork: 'urn:x-ips-bridge:wants-work',
  /** What a role means to us: `care-coordinator`. */
  role: 'urn:x-ips-bridge:role',
  /** MHSDS employment status 01-08, ZZ; the data set publishes no FHIR system for it. */
  employmentStatus: 'urn:x-ips-bridge:mhsds-employment-status',
  /** On what a list of segments makes: which list it stands on (`ztm-episodeofcare`). */
  list: 'urn:x-ips-bridge:list',
  /** On what a later list did not mention any more: which list it has left. */
  leftList: 'urn:x-ips-bridge:left-list',
  /** A number sent as an NHS number whose check digit is wrong: kept, and nothing matches on it. */
  invalidNhsNumber: 'urn:x-ips-bridge:invalid-nhs-number',
  /** What a Task of ours asks for: `propose-referral`, `ask-wish`, `flag-no-goal`. */
  task: 'urn:x-ips-bridge:task',
  /** Which weekly list of one owner a Task belongs to: `2026-W10/C1234`. */
  digest: 'urn:x-ips-bridge:digest',
  flagCategory: 'http://terminology.hl7.org/CodeSystem/flag-category',
  /** What a progress note is about: contact, employer-contact. */
  noteKind: 'urn:x-ips-bridge:note-kind',
  /** Of a note: whether the person was seen; who met the employer; whether the employer was told who the person is. */
  noteAttended: 'urn:x-ips-bridge:note-attended',
  noteMetBy: 'urn:x-ips-bridge:note-met-by',
  notePersonIdentified: 'urn:x-ips-bridge:note-person-identified',
  /** MHSDS consultation mechanism 01, 02 …; the data set publishes no FHIR system for it. */
  consultationMechanism: 'urn:x-ips-bridge:mhsds-consultation-mechanism',
  /** What a Consent is about: disclosure-to-employers. */
  consentCategory: 'urn:x-ips-bridge:consent-category',
  consentScope: 'http://terminology.hl7.org/CodeSystem/consentscope',
} as const;

export const extensions = {
  nhsNumberVerification:
    'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus',
  ethnicCategory: 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-EthnicCategory',
  /** On a Consent: what may be said to employers, in the person's words. */
  mayBeSaid: 'urn:x-ips-bridge:may-be-said',
  /** On a note that was written by mistake: why, and who says so. */
  enteredInErrorReason: 'urn:x-ips-bridge:entered-in-error-reason',
  /** Where a visit that was closed goes on (HL7 FHIR R4 core extension). */
  associatedEncounter: 'http://hl7.org/fhir/StructureDefinition/encounter-associatedEncounter',
} as const;

/** SNOMED CT concepts, from domain.md section 2. */
export const snomed = {
  employmentStatus: '224362002',
} as const;
