// Rendering a decision to FHIR R4 for delivery, as a transaction of conditional creates. A proposal is a ServiceRequest
// (intent proposal, status draft) and a Task for its owner, without the referral code and without D05: a proposal is no
// referral and is never counted as one. An ask is one Task.
import type {
  Bundle,
  BundleEntry,
  Identifier,
  Patient,
  Reference,
  ServiceRequest,
  Task,
} from '@medplum/fhirtypes';
import { systems } from '../fhir/systems.ts';
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
  /** The URN of a key: `urnOf`. */
  readonly identifierOf: (key: string) => string;
  /** IANA zone for the days in the text. */
  readonly zone: string;
}

/**
 * A transaction (FHIR R4 http.html#transaction) whose entries are conditional creates (http.html#ccreate) on our own
 * identifier, the URN of the decision's key: sending it again creates nothing. ServiceRequest and Task carry the same
 * one, which is unique within its type. Full URLs are URNs of their own: no two entries may share one, and servers
 * built on Medplum put `Type/id` in place of every string that equals one, an identifier's value included.
 */
export function renderMake(decision: Decision, refs: PromptReferences): Bundle {
  const urn = refs.identifierOf(decision.key);
  const requestUrl = refs.identifierOf(`${decision.key}/request`);
  const taskUrl = refs.identifierOf(`${decision.key}/task`);
  const prompt = promptTask(decision, refs);
  if (decision.effect === 'ask-wish')
    return transaction([create({ ...prompt, input: askInputs() }, urn, taskUrl)]);
  const focus: Reference<ServiceRequest> = { reference: requestUrl, type: 'ServiceRequest' };
  return transaction([
    create(proposalRequest(decision, refs), urn, requestUrl),
    create({ ...prompt, focus }, urn, taskUrl),
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

function transaction(entry: BundleEntry[]): Bundle {
  return { resourceType: 'Bundle', type: 'transaction', entry };
}

function create(resource: ServiceRequest | Task, urn: string, fullUrl: string): BundleEntry {
  return {
    fullUrl,
    resource,
    request: { method: 'POST', url: resource.resourceType, ifNoneExist: `identifier=${systems.uri}|${urn}` },
  };
}
