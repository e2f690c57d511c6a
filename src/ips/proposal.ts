// Rendering a decision to FHIR R4 for delivery, as a transaction of conditional creates. A proposal is a ServiceRequest
// (intent proposal, status draft) and a Task for its owner, without the referral code and without D05: a proposal is no
// referral and is never counted as one. An ask is one Task, and so is a flag that goes to a digest.
import type { Bundle, Identifier, Patient, Reference, ServiceRequest, Task } from '@medplum/fhirtypes';
import { systems } from '../fhir/systems.ts';
import { conditionalCreate, transaction } from '../fhir/transaction.ts';
import type { Decision } from './decision.ts';
import {
  answerChoices,
  effectNames,
  promptLines,
  reasonText,
  suggestedQuestion,
  toldReasons,
} from './words.ts';

/** Declared, as no element here goes beyond it; its bindings of code and reason are not required, so text is allowed. */
const profile = 'https://fhir.hl7.org.uk/StructureDefinition/UKCore-ServiceRequest';

export interface PromptReferences {
  readonly patient: Reference<Patient>;
  readonly owner: NonNullable<Task['owner']>;
  /** Of a flag: the list that an EPR shows it in, as one value for one owner's week (`digestOf`). */
  readonly digest?: string;
  /** The URN of a key: `urnOf`. */
  readonly identifierOf: (key: string) => string;
  /** IANA zone for the days in the text. */
  readonly zone: string;
}

/**
 * A transaction of conditional creates on our own identifier, the URN of the decision's key. ServiceRequest and Task
 * carry the same one, which is unique within its type.
 */
export function renderMake(decision: Decision, refs: PromptReferences): Bundle {
  const urn = refs.identifierOf(decision.key);
  const requestUrl = refs.identifierOf(`${decision.key}/request`);
  const taskUrl = refs.identifierOf(`${decision.key}/task`);
  const prompt = promptTask(decision, refs);
  if (decision.effect === 'flag-no-goal') return transaction([conditionalCreate(prompt, urn, taskUrl)]);
  if (decision.effect === 'ask-wish')
    return transaction([conditionalCreate({ ...prompt, input: askInputs() }, urn, taskUrl)]);
  const focus: Reference<ServiceRequest> = { reference: requestUrl, type: 'ServiceRequest' };
  return transaction([
    conditionalCreate(proposalRequest(decision, refs), urn, requestUrl),
    conditionalCreate({ ...prompt, focus }, urn, taskUrl),
  ]);
}

/** The proposal itself. Its reasons and their evidence stand in the note. */
function proposalRequest(decision: Decision, refs: PromptReferences): ServiceRequest {
  return {
    resourceType: 'ServiceRequest',
    meta: { profile: [profile] },
    identifier: [ownIdentifier(decision, refs)],
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
function promptTask(decision: Decision, refs: PromptReferences): Task {
  return {
    resourceType: 'Task',
    identifier: [ownIdentifier(decision, refs)],
    ...(refs.digest === undefined ? {} : { groupIdentifier: { system: systems.digest, value: refs.digest } }),
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

/** Suggested words and the five answers. Recording the answer where the trust records it completes an ask. */
function askInputs(): NonNullable<Task['input']> {
  return [
    { type: { text: 'Suggested words' }, valueString: suggestedQuestion },
    ...answerChoices.map((choice) => ({
      type: { text: 'Possible answer' },
      valueCoding: { system: systems.wantsWork, ...choice },
    })),
  ];
}

function ownIdentifier(decision: Decision, refs: PromptReferences): Identifier {
  return { system: systems.uri, value: refs.identifierOf(decision.key) };
}
