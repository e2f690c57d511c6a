// An EPR with a FHIR R4 server: what clinicians see there, and what they do with it.
import type { Identifier, Patient, Reference } from '@medplum/fhirtypes';
import type { Epr } from './epr/epr.ts';
import type { Receiving, Standing } from './receiving.ts';
import { trust } from './trust.ts';

/** The sandbox's EPR as the place where effects arrive. */
export function receivingFhir(epr: Epr): Receiving {
  const localNumbers = async (): Promise<ReadonlyMap<string, string>> => {
    const patients = await epr.resources('Patient');
    return new Map(
      patients.map(({ id, identifier }) => [
        `Patient/${id}`,
        identifier?.find(({ system }) => system === trust.patient)?.value ?? id,
      ]),
    );
  };
  const numbersOf = async (
    subjects: readonly (Reference<Patient> | undefined)[],
  ): Promise<ReadonlySet<string>> => {
    const known = await localNumbers();
    return new Set(subjects.flatMap((subject) => known.get(subject?.reference ?? '') ?? []));
  };
  return {
    openProposals: async () => {
      const requests = await epr.resources('ServiceRequest');
      const open = requests.filter(({ intent, status }) => intent === 'proposal' && status === 'draft');
      return numbersOf(open.flatMap(({ subject }) => (subject.type === 'Group' ? [] : [patientOf(subject)])));
    },
    openFlags: async () => {
      const flags = await epr.resources('Flag');
      return numbersOf(
        flags.filter(({ status }) => status === 'active').map(({ subject }) => patientOf(subject)),
      );
    },
    takeUp: async (taken) => {
      const known = await localNumbers();
      const tasks = (await epr.resources('Task')).filter(
        ({ focus, for: about, status }) =>
          focus !== undefined && status === 'requested' && taken.has(known.get(about?.reference ?? '') ?? ''),
      );
      await epr.load(tasks.map((task) => ({ ...task, status: 'accepted' })));
    },
    noteText: async () => {
      const documents = await epr.resources('DocumentReference');
      const data = documents.find(({ status }) => status === 'current')?.content[0]?.attachment.data;
      return data === undefined ? undefined : Buffer.from(data, 'base64').toString('utf8');
    },
    standing: () => standingIn(epr),
  };
}

function patientOf({ reference }: Reference): Reference<Patient> {
  return reference === undefined ? {} : { reference };
}

async function standingIn(epr: Epr): Promise<Standing> {
  const requests = await epr.resources('ServiceRequest');
  const tasks = await epr.resources('Task');
  const prompts = tasks.filter(({ focus }) => focus !== undefined);
  const flags = await epr.resources('Flag');
  const documents = await epr.resources('DocumentReference');
  const inStatus = (status: string): number => requests.filter((request) => request.status === status).length;
  return {
    proposals: {
      open: prompts.filter(({ status }) => status === 'requested').length,
      takenUp: prompts.filter(({ status }) => status === 'accepted').length,
    },
    over: { takenBack: inStatus('revoked'), cameTrue: inStatus('completed') },
    asks: tasks.filter(({ focus, status }) => focus === undefined && status === 'requested').length,
    flags: flags.filter(({ status }) => status === 'active').length,
    notes: {
      current: documents.filter(({ status }) => status === 'current').length,
      superseded: documents.filter(({ status }) => status === 'superseded').length,
      enteredInError: documents.filter(({ status }) => status === 'entered-in-error').length,
    },
    doubles: doublesOf([...requests, ...tasks, ...flags, ...documents]),
  };
}

function doublesOf(
  resources: readonly { readonly resourceType: string; readonly identifier?: readonly Identifier[] }[],
): number {
  const names = resources.flatMap(({ resourceType, identifier }) =>
    (identifier ?? []).map(({ system, value }) => `${resourceType}|${system}|${value}`),
  );
  return names.length - new Set(names).size;
}
