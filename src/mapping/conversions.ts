// The conversions that a mapping row may name in `via`. A name that does not stand here is refused when the mapping
// is loaded.
import type { Conversion } from './conversion.ts';
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
import { dtmPlanStatus, idGoalLifecycle, nteAnnotations, txText } from './datatypes/gol-goal.ts';
import { idRoleActive, team, xcnPractitioner } from './datatypes/xcn-practitioner.ts';
import { xpnHumanName } from './datatypes/xpn-humanname.ts';

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
]);
