// Rendering a proposal to FHIR R4 for delivery: a ServiceRequest (intent proposal, status draft), and the Task by which
// its owner, or that of an ask, is prompted. Without the referral code and without D05: a proposal is no referral and
// is never counted as one.
import type { Patient, Reference, ServiceRequest, Task } from '@medplum/fhirtypes';
import { systems } from '../fhir/systems.ts';
import type { Decision } from './decision.ts';
import { requestIdentifier, taskIdentifier } from './identity.ts';
import { effectNames, promptLines, reasonText, toldReasons } from './words.ts';

/** Declared, as no element here goes beyond it; its bindings of code and reason are not required, so text is allowed. */
const profile = 'https://fhir.hl7.org.uk/StructureDefinition/UKCore-ServiceRequest';

export interface PromptReferences {
  readonly patient: Reference<Patient>;
  readonly owner: NonNullable<Task['owner']>;
  /** IANA zone for the days in the text. */
  readonly zone: string;
}

/** The proposal itself. Its reasons and their evidence stand in the note. */
export function proposalRequest(decision: Decision, refs: PromptReferences): ServiceRequest {
  return {
    resourceType: 'ServiceRequest',
    meta: { profile: [profile] },
    identifier: [requestIdentifier(decision)],
    status: 'draft',
    intent: 'proposal',
    code: { text: effectNames['propose-referral'] },
    subject: refs.patient,
    authoredOn: decision.decidedAt,
    reasonCode: [{ text: decision.title }],
    note: [
      {
        time: decision.decidedAt,
        text: toldReasons(decision)
          .map((reason) => `The person ${reasonText(reason, refs.zone)}.`)
          .join('\n'),
      },
    ],
  };
}

/** The prompt to the owner, as every effect has it. */
export function promptTask(decision: Decision, refs: PromptReferences): Task {
  return {
    resourceType: 'Task',
    identifier: [taskIdentifier(decision)],
    status: 'requested',
    intent: 'proposal',
    code: { coding: [{ system: systems.task, code: decision.effect }], text: effectNames[decision.effect] },
    description: promptLines(decision, refs.zone).join('\n'),
    for: refs.patient,
    owner: refs.owner,
    authoredOn: decision.decidedAt,
    lastModified: decision.decidedAt,
    reasonCode: { text: decision.title },
  };
}
