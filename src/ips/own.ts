// Our own proposals and asks in the person's record: how a decision becomes rows (source = ownSource, sourceId = the
// decision's key) and how those rows are read back. The Task row holds everything; a proposal has a ServiceRequest
// row beside it, so that whoever reads the record sees a proposal as FHIR has it: intent proposal, status draft.
import type { CareTeam, Patient, Reference, ServiceRequest, Task } from '@medplum/fhirtypes';
import type { CanonicalResource, PersonKey } from '../fhir/canonical.ts';
import { systems } from '../fhir/systems.ts';
import { currentRows, ownSource } from '../record/person.ts';
import type { PersonRecord } from '../record/person.ts';
import { ownKinds } from './decision.ts';
import type { Decision, DecisionTeam, OwnKind } from './decision.ts';
import type { OwnEffect } from './fact.ts';

/** The rows that a decision adds to the record, with `at` = its `decidedAt`. A withdrawal is a new version of the same rows. */
export function ownResources(decision: Decision, person: PersonKey): CanonicalResource[] {
  const subject: Reference<Patient> = {
    type: 'Patient',
    identifier: { system: person.system, value: person.value },
  };
  const row = (resource: ServiceRequest | Task): CanonicalResource => ({
    person,
    sourceId: decision.key,
    resource,
    clears: [],
  });
  const task: Task = {
    resourceType: 'Task',
    status:
      decision.action === 'make' ? 'requested' : decision.completed === true ? 'completed' : 'cancelled',
    intent: 'proposal',
    code: { coding: [{ system: systems.task, code: decision.effect }] },
    description: decision.title,
    for: subject,
    input: [{ type: { text: 'team' }, valueReference: teamReference(decision.team) }],
    ...(decision.action === 'make' ? { authoredOn: decision.decidedAt } : {}),
    lastModified: decision.decidedAt,
    ...(decision.because === undefined ? {} : { statusReason: { text: decision.because } }),
  };
  if (decision.effect !== 'propose-referral') return [row(task)];
  const request: ServiceRequest = {
    resourceType: 'ServiceRequest',
    status: decision.action === 'make' ? 'draft' : decision.completed === true ? 'completed' : 'revoked',
    intent: 'proposal',
    code: { text: decision.title },
    subject,
    ...(decision.action === 'make' ? { authoredOn: decision.decidedAt } : {}),
  };
  return [row(request), row(task)];
}

/** The same for what an operator gave up: not made again under this key, while a new wish leads to a new one. */
export function givenUpResources(decision: Decision, person: PersonKey): CanonicalResource[] {
  return ownResources(decision, person).map((row) =>
    row.resource.resourceType === 'Task' ? { ...row, resource: { ...row.resource, status: 'failed' } } : row,
  );
}

/** Everything of ours on a record at `at`, oldest first; rows of people merged into this one included. */
export function ownEffects(record: PersonRecord, at: Date): OwnEffect[] {
  const made = new Map<string, string>();
  for (const row of record.rows) {
    if (row.source !== ownSource || row.resource.resourceType !== 'Task') continue;
    if (row.at <= at && !made.has(row.sourceId)) made.set(row.sourceId, row.at.toISOString());
  }
  return currentRows(record, 'Task', at)
    .filter((row) => row.source === ownSource)
    .flatMap((row) => {
      const effect = effectOf(row.resource);
      const team = teamOf(row.resource.input?.[0]?.valueReference);
      if (effect === undefined || team === undefined) return [];
      return [
        {
          effect,
          rule: row.sourceId.split('/')[0] ?? row.sourceId,
          key: row.sourceId,
          title: row.resource.description ?? '',
          team,
          state: stateOf(row.resource),
          ...(row.resource.status === 'rejected' ? { elsewhere: true } : {}),
          madeAt: made.get(row.sourceId) ?? row.at.toISOString(),
          changedAt: row.at.toISOString(),
        },
      ];
    })
    .toSorted((one, other) =>
      one.madeAt === other.madeAt ? (one.key < other.key ? -1 : 1) : one.madeAt < other.madeAt ? -1 : 1,
    );
}

function stateOf(task: Task): OwnEffect['state'] {
  switch (task.status) {
    case 'cancelled':
    case 'rejected':
      return 'withdrawn';
    case 'failed':
      return 'given-up';
    case 'completed':
      return 'completed';
    default:
      return 'open';
  }
}

function effectOf(task: Task): OwnKind | undefined {
  const code = task.code?.coding?.find((coding) => coding.system === systems.task)?.code;
  return ownKinds.find((kind) => kind === code);
}

function teamReference(team: DecisionTeam): Reference<CareTeam> {
  return {
    type: 'CareTeam',
    identifier: { type: { coding: [{ code: team.type }] }, value: team.id },
    display: team.name,
  };
}

function teamOf(reference: Reference | undefined): DecisionTeam | undefined {
  const id = reference?.identifier?.value;
  if (id === undefined) return undefined;
  return {
    id,
    name: reference?.display ?? id,
    type: reference?.identifier?.type?.coding?.[0]?.code ?? '',
  };
}
