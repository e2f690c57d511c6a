// Taking a proposal or an ask back: the resources that stand in the EPR, as they are to be afterwards. Pure; whoever
// calls has read them, and writes them over the version that was read.
import type { Annotation, ServiceRequest, Task } from '@medplum/fhirtypes';
import type { Decision } from './decision.ts';
import { lateNewsText, withdrawalText } from './words.ts';

/** What stands in the EPR now, as read. */
export interface CurrentEffect {
  readonly serviceRequest?: ServiceRequest | undefined;
  readonly task?: Task | undefined;
}

/**
 * The resources that a withdrawal changes; none where it is over already or was never made. The ServiceRequest is
 * revoked (completed where it came true), the Task cancelled with the reason in words. Where somebody has taken it up,
 * both stay as they are and the Task gets a note, once. What people wrote there is kept.
 */
export function renderWithdrawal(
  current: CurrentEffect,
  decision: Decision,
  zone: string,
): (ServiceRequest | Task)[] {
  const { serviceRequest, task } = current;
  const isOver = task !== undefined && overTask.has(task.status) && serviceRequest?.status === 'completed';
  const isTaken =
    (task !== undefined && takenTask.has(task.status)) ||
    (serviceRequest !== undefined && takenRequest.has(serviceRequest.status) && !isOver);
  if (isTaken && task !== undefined)
    return isAnsweredFlag(task, decision) ? [] : withNote(task, decision, zone);
  if (isTaken) return [];
  const text = withdrawalText(decision, zone);
  const note = { time: decision.decidedAt, text };
  const changed: (ServiceRequest | Task)[] = [];
  if (serviceRequest?.status === 'draft') {
    const status = decision.completed === true ? 'completed' : 'revoked';
    changed.push({ ...serviceRequest, status, note: added(serviceRequest.note, note) });
  }
  if (task !== undefined && openTask.has(task.status)) {
    changed.push({
      ...task,
      status: 'cancelled',
      statusReason: { text: decision.because ?? text },
      lastModified: decision.decidedAt,
      note: added(task.note, note),
    });
  }
  return changed;
}

/** Nobody has acted on it yet. */
const openTask: ReadonlySet<string> = new Set(['draft', 'requested', 'received', 'ready']);
/** Somebody has taken it up, or has done what it asked for. */
const takenTask: ReadonlySet<string> = new Set(['accepted', 'in-progress', 'on-hold', 'completed']);
/** Nobody looks at it any more: taken back, or refused by whoever was asked. */
const overTask: ReadonlySet<string> = new Set(['cancelled', 'rejected', 'failed', 'entered-in-error']);
const takenRequest: ReadonlySet<string> = new Set(['active', 'on-hold', 'completed']);

/** Whoever ticked a flag off has done what it asked for: that it is cleared then is no news to them. */
function isAnsweredFlag(task: Task, decision: Decision): boolean {
  return decision.effect === 'flag-no-goal' && task.status === 'completed';
}

function withNote(task: Task, decision: Decision, zone: string): Task[] {
  const note = { time: decision.decidedAt, text: lateNewsText(decision, zone) };
  if (task.note?.some(({ text }) => text === note.text) === true) return [];
  return [{ ...task, lastModified: decision.decidedAt, note: added(task.note, note) }];
}

function added(notes: readonly Annotation[] | undefined, note: Annotation): Annotation[] {
  return [...(notes ?? []), note];
}
