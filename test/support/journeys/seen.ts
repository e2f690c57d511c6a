// What stands in the EPR about the people of a journey, in the words in which journeys expect it.
import type { DocumentReference, Flag, Resource, ServiceRequest, Task } from '@medplum/fhirtypes';
import type { Epr } from '../../../src/sandbox/epr/epr.ts';
import type { Expected, Journey } from './schema.ts';
import type { World } from './world.ts';

type Ours = ServiceRequest | Task | Flag | DocumentReference;

const types = ['ServiceRequest', 'Task', 'Flag'] as const;

/** The same shape as `expected`, with only the parts that it names. */
export async function seen(world: World, journey: Journey, expected: Expected): Promise<Expected> {
  const names = await namesOf(world, journey);
  const found: Expected = {};
  for (const type of types) {
    if (expected[type] === undefined) continue;
    found[type] = (await about(world.epr, type, names)).map(({ resource }) => resource.status); // prettier-ignore
  }
  if (expected.DocumentReference !== undefined) {
    found.DocumentReference = (await about(world.epr, 'DocumentReference', names)).map(
      ({ resource, name }, index) => {
        const wanted = expected.DocumentReference?.[index];
        const data = resource.content[0]?.attachment.data ?? '';
        const text = Buffer.from(data, 'base64').toString('utf8');
        return {
          status: resource.status,
          about: name,
          ...(wanted?.author === undefined ? {} : { author: resource.author?.[0]?.display ?? '' }),
          ...(wanted?.says === undefined ? {} : { says: text.includes(wanted.says) ? wanted.says : text }),
        };
      },
    );
  }
  if (expected.held !== undefined) {
    const held: Record<string, string> = {};
    for (const name of Object.keys(expected.held)) held[name] = heldAs(await world.noteState(journey, name));
    found.held = held;
  }
  return found;
}

/** The error under which a note is held, wherever the receipt tells it. */
function heldAs(state: unknown): string {
  return /"kind":"((?:identity|delivery|field|structure)\/[^"]+)"/.exec(JSON.stringify(state))?.[1] ?? '';
}

/** The people of a journey by their reference in the EPR. */
async function namesOf(world: World, journey: Journey): Promise<ReadonlyMap<string, string>> {
  const patients = await world.epr.resources('Patient');
  return new Map(
    journey.people.flatMap((name) => {
      const { local } = world.personOf(journey, name);
      const own = patients.filter(
        ({ identifier }) => identifier?.some(({ value }) => value === local) === true,
      );
      return own.map(({ id }): [string, string] => [`Patient/${id}`, name]);
    }),
  );
}

async function about<T extends 'ServiceRequest' | 'Task' | 'Flag' | 'DocumentReference'>(
  epr: Epr,
  type: T,
  names: ReadonlyMap<string, string>,
): Promise<{ resource: Extract<Resource, { resourceType: T }>; name: string }[]> {
  const all = await epr.resources(type);
  return all
    .flatMap((resource) => {
      const name = names.get(patientIn(resource));
      return name === undefined ? [] : [{ resource, name }];
    })
    .toSorted((one, other) => (timeOf(one.resource) < timeOf(other.resource) ? -1 : 1));
}

function patientIn(resource: Ours): string {
  if (resource.resourceType === 'Task') return resource.for?.reference ?? '';
  return resource.subject?.reference ?? '';
}

function timeOf(resource: Ours): string {
  if (resource.resourceType === 'ServiceRequest' || resource.resourceType === 'Task')
    return resource.authoredOn ?? '';
  if (resource.resourceType === 'Flag') return resource.period?.start ?? '';
  return resource.date ?? '';
}
