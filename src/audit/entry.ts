// Plain audit rows: who did what, to which message, effect and person, with which outcome. They are written in the
// same transaction as what they tell of (an effect whose entry cannot be written does not happen); FHIR AuditEvents
// are made from them. Rows are named by number: of a message or the record, no name, no NHS number and no text.

export type AuditAction =
  | 'received' | 'processed' | 'decided' | 'withdrawn' | 'superseded' | 'sent' | 'delivered' | 'confirmed' | 'asked'
  | 'held' | 'replayed' | 'skipped' | 'cancelled' | 'released' | 'merged' | 'viewed' | 'reported' | 'paused' | 'resumed'
  | 'ran' | 'refused' | 'linked' | 'unlinked' | 'marked' | 'cleared' | 'unmerged'; // prettier-ignore

/** `service` is this program by itself; everyone else is named as they logged in or as the operating system knows them. */
export type Actor =
  | { readonly kind: 'service' }
  | { readonly kind: 'operator'; readonly name: string }
  | { readonly kind: 'client'; readonly name: string };

const serviceActor: Actor = { kind: 'service' };

/**
 * Of the program's own: rule names, keys, revisions, kinds of error, counts. Besides, the reason that an operator gave,
 * as they typed it: they are asked to name nobody in it, and nothing here can tell whether they did.
 */
type AuditDetail = Readonly<Record<string, string | number | boolean>>;

export interface AuditEntry {
  readonly at: Date;
  /** `service`, `operator:<name>` or `client:<name>`. */
  readonly actor: string;
  readonly action: AuditAction;
  readonly outcome: 'success' | 'failure';
  /** Row number of the person (the survivor, where people were merged). */
  readonly person?: number;
  readonly inboxRow?: number;
  readonly outboxRow?: number;
  readonly detail: AuditDetail;
}

export interface AuditSubject {
  readonly person?: number | undefined;
  readonly inboxRow?: number | undefined;
  readonly outboxRow?: number | undefined;
}

interface AuditExtras {
  readonly actor?: Actor;
  readonly outcome?: 'success' | 'failure';
  readonly detail?: AuditDetail;
}

/** One entry: by the service and successful unless `extras` says otherwise. `at` is the receipt or due time. */
export function auditEntry(
  action: AuditAction,
  at: Date,
  subject: AuditSubject,
  extras: AuditExtras = {},
): AuditEntry {
  return {
    at,
    actor: actorText(extras.actor ?? serviceActor),
    action,
    outcome: extras.outcome ?? 'success',
    ...(subject.person === undefined ? {} : { person: subject.person }),
    ...(subject.inboxRow === undefined ? {} : { inboxRow: subject.inboxRow }),
    ...(subject.outboxRow === undefined ? {} : { outboxRow: subject.outboxRow }),
    detail: extras.detail ?? {},
  };
}

/** An entry of an operator's command, with the reason they gave. The reason is kept, so the command asks for none that names a person. */
export function operatorEntry(
  action: Extract<
    AuditAction,
    'replayed' | 'skipped' | 'cancelled' | 'viewed' | 'released' | 'cleared' | 'unmerged'
  >,
  at: Date,
  subject: AuditSubject,
  by: string,
  reason: string,
): AuditEntry {
  return auditEntry(action, at, subject, { actor: { kind: 'operator', name: by }, detail: { reason } });
}

function actorText(actor: Actor): string {
  return actor.kind === 'service' ? 'service' : `${actor.kind}:${actor.name}`;
}
