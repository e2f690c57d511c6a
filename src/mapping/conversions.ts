// The conversions that a mapping row may name in `via`. A name that does not stand here is refused when the mapping
// is loaded.
import type { Conversion } from './conversion.ts';
import { appointmentParticipants } from './datatypes/aip-participant.ts';
import {
  cweAsSent,
  cweAsSentList,
  cweCodeableConcept,
  cweCoding,
  cweEthnicCategory,
  cweRole,
  idConfidentiality,
  idConfidentialityWithoutVisit,
} from './datatypes/cwe-codeableconcept.ts';
import { cxIdentifiers, cxVisitNumber } from './datatypes/cx-identifier.ts';
import {
  dtmAsSent,
  dtmBirthDate,
  dtmDate,
  dtmDateTime,
  dtmFinished,
  dtmIdDeceased,
} from './datatypes/dtm-datetime.ts';
import { eiIdentifier, eiIdentifiers, eiKey, eiOwnIdentifiers } from './datatypes/ei-identifier.ts';
import { edAttachment, rpAttachment } from './datatypes/ed-attachment.ts';
import { dtmPlanStatus, idGoalLifecycle, nteAnnotations, txText } from './datatypes/gol-goal.ts';
import { dtmObserved, dtmObservedAsSent } from './datatypes/obx-observed.ts';
import { ceCoded, prdTeam, rf1Key } from './datatypes/rf1-referral.ts';
import {
  dtmInstant,
  eiAppends,
  eiReplaces,
  idSecurityLabel,
  txaContent,
  txaPeriod,
} from './datatypes/txa-document.ts';
import { nmDecimal, nmPositiveInt, snQuantity, snRange } from './datatypes/nm-number.ts';
import { xadAddress } from './datatypes/xad-address.ts';
import { appointmentEnd, appointmentKey, appointmentStart } from './datatypes/tq-appointment.ts';
import { idRoleActive, team, xcnPractitioner } from './datatypes/xcn-practitioner.ts';
import { hdUri, xonOrganization } from './datatypes/xon-organization.ts';
import { xpnHumanName } from './datatypes/xpn-humanname.ts';
import { xtnContactPoint } from './datatypes/xtn-contactpoint.ts';

/** A conversion, and what a row must know to name it. */
export interface NamedConversion {
  readonly convert: Conversion;
  /** The FHIR types that it makes (`*`: a list), `choice` for one of several elements, `key` for a part of a sourceId. */
  readonly makes: readonly string[];
  /** Whether it reads a code table; without an entry it reads none. */
  readonly codes?: 'needs' | 'takes';
  /** How many fields it reads together at least; one, unless given. */
  readonly fields?: number;
}

export const conversions: ReadonlyMap<string, NamedConversion> = new Map<string, NamedConversion>([
  ['cx-identifiers', { convert: cxIdentifiers, makes: ['Identifier*'] }],
  ['cx-visit-number', { convert: cxVisitNumber, makes: ['Identifier*'] }],
  ['xpn-humanname', { convert: xpnHumanName, makes: ['HumanName*'], codes: 'takes' }],
  ['dtm-datetime', { convert: dtmDateTime, makes: ['dateTime'] }],
  ['dtm-as-sent', { convert: dtmAsSent, makes: ['key'] }],
  ['dtm-date', { convert: dtmDate, makes: ['date', 'dateTime'] }],
  ['dtm-plan-status', { convert: dtmPlanStatus, makes: ['code'] }],
  ['dtm-birthdate', { convert: dtmBirthDate, makes: ['date'] }],
  ['dtm-finished', { convert: dtmFinished, makes: ['code'] }],
  ['dtm-id-deceased', { convert: dtmIdDeceased, makes: ['choice'], fields: 2 }],
  ['cwe-codeableconcept', { convert: cweCodeableConcept, makes: ['CodeableConcept'], codes: 'needs' }],
  ['cwe-as-sent', { convert: cweAsSent, makes: ['CodeableConcept'] }],
  ['cwe-as-sent-list', { convert: cweAsSentList, makes: ['CodeableConcept*'] }],
  ['cwe-coding', { convert: cweCoding, makes: ['Coding'], codes: 'needs' }],
  ['cwe-role', { convert: cweRole, makes: ['CodeableConcept*'], codes: 'needs' }],
  ['cwe-ethnic-category', { convert: cweEthnicCategory, makes: ['Extension*'] }],
  ['id-confidentiality', { convert: idConfidentiality, makes: ['Coding*'], codes: 'needs' }],
  [
    'id-confidentiality-without-visit',
    { convert: idConfidentialityWithoutVisit, makes: ['Coding*'], codes: 'needs', fields: 2 },
  ],
  ['xcn-practitioner', { convert: xcnPractitioner, makes: ['Reference'] }],
  ['id-role-active', { convert: idRoleActive, makes: ['boolean'], fields: 2 }],
  ['team', { convert: team, makes: ['Reference*'] }],
  ['id-goal-lifecycle', { convert: idGoalLifecycle, makes: ['code'], codes: 'needs', fields: 2 }],
  ['nte-annotations', { convert: nteAnnotations, makes: ['Annotation*'] }],
  ['tx-text', { convert: txText, makes: ['string', 'markdown'] }],
  ['xad-address', { convert: xadAddress, makes: ['Address*'] }],
  ['xtn-contactpoint', { convert: xtnContactPoint, makes: ['ContactPoint*'] }],
  ['xon-organization', { convert: xonOrganization, makes: ['Reference'] }],
  ['hd-uri', { convert: hdUri, makes: ['uri'] }],
  ['nm-decimal', { convert: nmDecimal, makes: ['decimal'] }],
  ['nm-positive-int', { convert: nmPositiveInt, makes: ['positiveInt', 'unsignedInt', 'integer'] }],
  ['sn-quantity', { convert: snQuantity, makes: ['Quantity'] }],
  ['sn-range', { convert: snRange, makes: ['Range'] }],
  ['ed-attachment', { convert: edAttachment, makes: ['Attachment'] }],
  ['rp-attachment', { convert: rpAttachment, makes: ['Attachment'] }],
  ['dtm-observed', { convert: dtmObserved, makes: ['dateTime'] }],
  ['dtm-observed-as-sent', { convert: dtmObservedAsSent, makes: ['key'] }],
  ['ei-identifier', { convert: eiIdentifier, makes: ['Identifier'] }],
  ['ei-identifiers', { convert: eiIdentifiers, makes: ['Identifier*'] }],
  ['ei-own-identifiers', { convert: eiOwnIdentifiers, makes: ['Identifier*'] }],
  ['ei-key', { convert: eiKey, makes: ['key'] }],
  ['ei-appends', { convert: eiAppends, makes: ['BackboneElement*'] }],
  ['ei-replaces', { convert: eiReplaces, makes: ['BackboneElement*'] }],
  ['dtm-instant', { convert: dtmInstant, makes: ['instant', 'dateTime'] }],
  ['txa-period', { convert: txaPeriod, makes: ['BackboneElement'], fields: 2 }],
  ['txa-content', { convert: txaContent, makes: ['BackboneElement*'], codes: 'needs', fields: 2 }],
  ['id-security-label', { convert: idSecurityLabel, makes: ['CodeableConcept*'], codes: 'needs' }],
  ['rf1-key', { convert: rf1Key, makes: ['key'] }],
  ['ce-coded', { convert: ceCoded, makes: ['CodeableConcept'], codes: 'takes' }],
  ['prd-team', { convert: prdTeam, makes: ['Reference*'] }],
  ['appointment-key', { convert: appointmentKey, makes: ['key'] }],
  ['appointment-start', { convert: appointmentStart, makes: ['instant'], codes: 'needs' }],
  ['appointment-end', { convert: appointmentEnd, makes: ['instant'], codes: 'needs' }],
  [
    'appointment-participants',
    { convert: appointmentParticipants, makes: ['BackboneElement*'], codes: 'needs' },
  ],
]);
