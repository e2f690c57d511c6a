// The elements of the resource types that mapping files may make, each with its type, as FHIR R4 defines them (`*`: it
// repeats). A mapping row that names another element would set something that nobody ever reads. Whether this table is
// right, a test asks the published definitions.

const published: Readonly<Record<string, string>> = {
  Patient: `
    meta Meta, extension Extension*, modifierExtension Extension*, identifier Identifier*, active
    boolean, name HumanName*, telecom ContactPoint*, gender code, birthDate date, deceased[x]
    boolean|dateTime, address Address*, maritalStatus CodeableConcept, multipleBirth[x] boolean|integer,
    photo Attachment*, contact BackboneElement*, communication BackboneElement*, generalPractitioner
    Reference*, managingOrganization Reference, link BackboneElement*`,
  Encounter: `
    meta Meta, extension Extension*, modifierExtension Extension*, identifier Identifier*, status code,
    statusHistory BackboneElement*, class Coding, classHistory BackboneElement*, type CodeableConcept*,
    serviceType CodeableConcept, priority CodeableConcept, subject Reference, episodeOfCare Reference*,
    basedOn Reference*, participant BackboneElement*, appointment Reference*, period Period, length
    Duration, reasonCode CodeableConcept*, reasonReference Reference*, diagnosis BackboneElement*,
    account Reference*, hospitalization BackboneElement, location BackboneElement*, serviceProvider
    Reference, partOf Reference`,
  EpisodeOfCare: `
    meta Meta, extension Extension*, modifierExtension Extension*, identifier Identifier*, status code,
    statusHistory BackboneElement*, type CodeableConcept*, diagnosis BackboneElement*, patient
    Reference, managingOrganization Reference, period Period, referralRequest Reference*, careManager
    Reference, team Reference*, account Reference*`,
  PractitionerRole: `
    meta Meta, extension Extension*, modifierExtension Extension*, identifier Identifier*, active
    boolean, period Period, practitioner Reference, organization Reference, code CodeableConcept*,
    specialty CodeableConcept*, location Reference*, healthcareService Reference*, telecom
    ContactPoint*, availableTime BackboneElement*, notAvailable BackboneElement*, availabilityExceptions
    string, endpoint Reference*`,
  Observation: `
    meta Meta, extension Extension*, modifierExtension Extension*, identifier Identifier*, basedOn
    Reference*, partOf Reference*, status code, category CodeableConcept*, code CodeableConcept, subject
    Reference, focus Reference*, encounter Reference, effective[x] dateTime|Period|Timing|instant,
    issued instant, performer Reference*, value[x]
    Quantity|CodeableConcept|string|boolean|integer|Range|Ratio|SampledData|time|dateTime|Period,
    dataAbsentReason CodeableConcept, interpretation CodeableConcept*, note Annotation*, bodySite
    CodeableConcept, method CodeableConcept, specimen Reference, device Reference, referenceRange
    BackboneElement*, hasMember Reference*, derivedFrom Reference*, component BackboneElement*`,
  CarePlan: `
    meta Meta, extension Extension*, modifierExtension Extension*, identifier Identifier*,
    instantiatesCanonical canonical*, instantiatesUri uri*, basedOn Reference*, replaces Reference*,
    partOf Reference*, status code, intent code, category CodeableConcept*, title string, description
    string, subject Reference, encounter Reference, period Period, created dateTime, author Reference,
    contributor Reference*, careTeam Reference*, addresses Reference*, supportingInfo Reference*, goal
    Reference*, activity BackboneElement*, note Annotation*`,
  Goal: `
    meta Meta, extension Extension*, modifierExtension Extension*, identifier Identifier*,
    lifecycleStatus code, achievementStatus CodeableConcept, category CodeableConcept*, priority
    CodeableConcept, description CodeableConcept, subject Reference, start[x] date|CodeableConcept,
    target BackboneElement*, statusDate date, statusReason string, expressedBy Reference, addresses
    Reference*, note Annotation*, outcomeCode CodeableConcept*, outcomeReference Reference*`,
  ServiceRequest: `
    meta Meta, extension Extension*, modifierExtension Extension*, identifier Identifier*,
    instantiatesCanonical canonical*, instantiatesUri uri*, basedOn Reference*, replaces Reference*,
    requisition Identifier, status code, intent code, category CodeableConcept*, priority code,
    doNotPerform boolean, code CodeableConcept, orderDetail CodeableConcept*, quantity[x]
    Quantity|Ratio|Range, subject Reference, encounter Reference, occurrence[x] dateTime|Period|Timing,
    asNeeded[x] boolean|CodeableConcept, authoredOn dateTime, requester Reference, performerType
    CodeableConcept, performer Reference*, locationCode CodeableConcept*, locationReference Reference*,
    reasonCode CodeableConcept*, reasonReference Reference*, insurance Reference*, supportingInfo
    Reference*, specimen Reference*, bodySite CodeableConcept*, note Annotation*, patientInstruction
    string, relevantHistory Reference*`,
  DocumentReference: `
    meta Meta, extension Extension*, modifierExtension Extension*, masterIdentifier Identifier,
    identifier Identifier*, status code, docStatus code, type CodeableConcept, category
    CodeableConcept*, subject Reference, date instant, author Reference*, authenticator Reference,
    custodian Reference, relatesTo BackboneElement*, description string, securityLabel CodeableConcept*,
    content BackboneElement*, context BackboneElement`,
  Appointment: `
    meta Meta, extension Extension*, modifierExtension Extension*, identifier Identifier*, status code,
    cancelationReason CodeableConcept, serviceCategory CodeableConcept*, serviceType CodeableConcept*,
    specialty CodeableConcept*, appointmentType CodeableConcept, reasonCode CodeableConcept*,
    reasonReference Reference*, priority unsignedInt, description string, supportingInformation
    Reference*, start instant, end instant, minutesDuration positiveInt, slot Reference*, created
    dateTime, comment string, patientInstruction string, basedOn Reference*, participant
    BackboneElement*, requestedPeriod Period*`,
};

/** What can be set of an element by itself: the parts of the data types that rows write into. */
const parts: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Meta: { security: 'Coding*', tag: 'Coding*' },
  Period: { start: 'dateTime', end: 'dateTime' },
  CodeableConcept: { coding: 'Coding*', text: 'string' },
  Coding: { system: 'uri', code: 'code', display: 'string' },
  Reference: { identifier: 'Identifier', display: 'string' },
  Identifier: { system: 'uri', value: 'string' },
};

const elements = new Map(
  Object.entries(published).map(([type, text]) => [
    type,
    new Map(
      text
        .trim()
        .split(/,\s+/)
        .flatMap((one): [string, string][] => {
          const [name = '', types = ''] = one.split(/\s+/);
          const stem = name.replace('[x]', '');
          const choices = types.split('|').map((type): [string, string] => [stem + type.charAt(0).toUpperCase() + type.slice(1), type]);
          return name.endsWith('[x]') ? [[name, 'choice'], ...choices] : [[name, types]];
        }),
    ),
  ]),
); // prettier-ignore

/**
 * The type of an element (`Identifier*`, `code`, `choice` for `deceased[x]`), or undefined where FHIR has no such one.
 *
 * @param path `gender`, `deceased[x]`, `effectiveDateTime`, or one part of an element that does not repeat: `period.start`
 */
export function elementType(resource: string, path: string): string | undefined {
  const [element = '', part] = path.split('.');
  const type = elements.get(resource)?.get(element);
  return part === undefined || type === undefined ? type : parts[type]?.[part];
}

/** Every element that a resource of this type can have. */
export function elementNames(resource: string): readonly string[] {
  return [...(elements.get(resource)?.keys() ?? [])];
}
