// From a decision to what is sent: the transaction that makes it, and the resources as they are to be after a
// withdrawal. Pure; who the patient and the owner are in the EPR was found out before.
import type { Annotation, Bundle, BundleEntry, ServiceRequest, Task } from '@medplum/fhirtypes';
import { askTask } from './ask.ts';
import type { Decision } from './decision.ts';
import { requestIdentifier, taskIdentifier } from './identity.ts';
import type { OwnIdentifier } from './identity.ts';
import { proposalRequest, promptTask } from './proposal.ts';
import type { PromptReferences } from './proposal.ts';
import { lateNewsText, withdrawalText } from './words.ts';

/**
 * A transaction (FHIR R4 http.html#transaction) whose entries are conditional creates (http.html#ccreate) on our own
 * identifiers: sending it again creates nothing. A proposal: ServiceRequest, then Task; an ask: one Task.
 */
export function renderMake(decision: Decision, refs: PromptReferences): Bundle {
  const task = taskIdentifier(decision);
  if (decision.effect === 'ask-wish') return transaction([create(askTask(decision, refs), task)]);
  const request = requestIdentifier(decision);
  const focus = { reference: request.value, type: 'ServiceRequest' } as const;
  return transaction([
    create(proposalRequest(decision, refs), request),
    create({ ...promptTask(decision, refs), focus }, task),
  ]);
}

/** What stands in the EPR now, as read. */
export interface CurrentEffect {
  readonly serviceRequest?: ServiceRequest | undefined;
  readonly task?: Task | undefined;
}

export type Withdrawal =
  /** The resources to write, each only where it changes. */
  | { readonly outcome: 'withdraw'; readonly serviceRequest?: ServiceRequest; readonly task?: Task }
  /** Somebody has taken it up: it stays as it is, with a note on the Task. */
  | { readonly outcome: 'note'; readonly task: Task }
  /** It is over already, or was never made. */
  | { readonly outcome: 'nothing-to-do' };

/**
 * A withdrawal of what stands in the EPR: the ServiceRequest revoked (completed where it came true), the Task
 * cancelled with the reason in words. What people wrote there is kept.
 */
export function renderWithdrawal(current: CurrentEffect, decision: Decision, zone: string): Withdrawal {
  const { serviceRequest, task } = current;
  const isTaken =
    (task !== undefined && takenTask.has(task.status)) ||
    (serviceRequest !== undefined && takenRequest.has(serviceRequest.status));
  if (isTaken) return task === undefined ? { outcome: 'nothing-to-do' } : withNote(task, decision, zone);
  const text = withdrawalText(decision, zone);
  const note = { time: decision.decidedAt, text };
  const revoked: ServiceRequest | undefined =
    serviceRequest?.status === 'draft'
      ? {
          ...serviceRequest,
          status: decision.completed === true ? 'completed' : 'revoked',
          note: added(serviceRequest.note, note),
        }
      : undefined;
  const cancelled: Task | undefined =
    task !== undefined && openTask.has(task.status)
      ? {
          ...task,
          status: 'cancelled',
          statusReason: { text: decision.because ?? text },
          lastModified: decision.decidedAt,
          note: added(task.note, note),
        }
      : undefined;
  if (revoked === undefined && cancelled === undefined) return { outcome: 'nothing-to-do' };
  return {
    outcome: 'withdraw',
    ...(revoked === undefined ? {} : { serviceRequest: revoked }),
    ...(cancelled === undefined ? {} : { task: cancelled }),
  };
}

/** Nobody has acted on it yet. */
const openTask: ReadonlySet<string> = new Set(['draft', 'requested', 'received', 'ready']);
/** Somebody has taken it up, or has done what it asked for. */
const takenTask: ReadonlySet<string> = new Set(['accepted', 'in-progress', 'on-hold', 'completed']);
const takenRequest: ReadonlySet<string> = new Set(['active', 'on-hold', 'completed']);

function withNote(task: Task, decision: Decision, zone: string): Withdrawal {
  const note = { time: decision.decidedAt, text: lateNewsText(decision, zone) };
  if (task.note?.some(({ text }) => text === note.text) === true) return { outcome: 'nothing-to-do' };
  return {
    outcome: 'note',
    task: { ...task, lastModified: decision.decidedAt, note: added(task.note, note) },
  };
}

function added(notes: readonly Annotation[] | undefined, note: Annotation): Annotation[] {
  return [...(notes ?? []), note];
}

function transaction(entry: BundleEntry[]): Bundle {
  return { resourceType: 'Bundle', type: 'transaction', entry };
}

function create(resource: ServiceRequest | Task, identifier: OwnIdentifier): BundleEntry {
  return {
    fullUrl: identifier.value,
    resource,
    request: {
      method: 'POST',
      url: resource.resourceType,
      ifNoneExist: `identifier=${identifier.system}|${identifier.value}`,
    },
  };
}
