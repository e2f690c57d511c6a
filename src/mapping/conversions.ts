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
import { ceCoded, ceCodedList, prdPractitioner, prdTeam, rf1Key } from './datatypes/rf1-referral.ts';
import {
  dtmInstant,
  eiAppends,
  eiReplaces,
  idSecurityLabel,
  txaContent,
  txaPeriod,
  xcnAuthors,
} from './datatypes/txa-document.ts';
import { nmDecimal, nmPositiveInt, snQuantity, snRange } from './datatypes/nm-number.ts';
import { xadAddress } from './datatypes/xad-address.ts';
import { appointmentEnd, appointmentKey, appointmentStart } from './datatypes/tq-appointment.ts';
import { idRoleActive, team, xcnPractitioner } from './datatypes/xcn-practitioner.ts';
import { hdUri, xonOrganization } from './datatypes/xon-organization.ts';
import { xpnHumanName } from './datatypes/xpn-humanname.ts';
import { xtnContactPoint } from './datatypes/xtn-contactpoint.ts';

export const conversions: ReadonlyMap<string, Conversion> = new Map<string, Conversion>([
  ['cx-identifiers', cxIdentifiers],
  ['cx-visit-number', cxVisitNumber],
  ['xpn-humanname', xpnHumanName],
  ['dtm-datetime', dtmDateTime],
  ['dtm-as-sent', dtmAsSent],
  ['dtm-date', dtmDate],
  ['dtm-plan-status', dtmPlanStatus],
  ['dtm-birthdate', dtmBirthDate],
  ['dtm-finished', dtmFinished],
  ['dtm-id-deceased', dtmIdDeceased],
  ['cwe-codeableconcept', cweCodeableConcept],
  ['cwe-as-sent', cweAsSent],
  ['cwe-as-sent-list', cweAsSentList],
  ['cwe-coding', cweCoding],
  ['cwe-role', cweRole],
  ['cwe-ethnic-category', cweEthnicCategory],
  ['id-confidentiality', idConfidentiality],
  ['xcn-practitioner', xcnPractitioner],
  ['id-role-active', idRoleActive],
  ['team', team],
  ['id-goal-lifecycle', idGoalLifecycle],
  ['nte-annotations', nteAnnotations],
  ['tx-text', txText],
  ['xad-address', xadAddress],
  ['xtn-contactpoint', xtnContactPoint],
  ['xon-organization', xonOrganization],
  ['hd-uri', hdUri],
  ['nm-decimal', nmDecimal],
  ['nm-positive-int', nmPositiveInt],
  ['sn-quantity', snQuantity],
  ['sn-range', snRange],
  ['ed-attachment', edAttachment],
  ['rp-attachment', rpAttachment],
  ['dtm-observed', dtmObserved],
  ['dtm-observed-as-sent', dtmObservedAsSent],
  ['ei-identifier', eiIdentifier],
  ['ei-identifiers', eiIdentifiers],
  ['ei-own-identifiers', eiOwnIdentifiers],
  ['ei-key', eiKey],
  ['ei-appends', eiAppends],
  ['ei-replaces', eiReplaces],
  ['dtm-instant', dtmInstant],
  ['txa-period', txaPeriod],
  ['txa-content', txaContent],
  ['xcn-authors', xcnAuthors],
  ['id-security-label', idSecurityLabel],
  ['rf1-key', rf1Key],
  ['ce-coded', ceCoded],
  ['ce-coded-list', ceCodedList],
  ['prd-practitioner', prdPractitioner],
  ['prd-team', prdTeam],
  ['appointment-key', appointmentKey],
  ['appointment-start', appointmentStart],
  ['appointment-end', appointmentEnd],
  ['appointment-participants', appointmentParticipants],
]);
