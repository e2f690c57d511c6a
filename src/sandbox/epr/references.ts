// The references of a transaction, made ready for the router (FHIR R4 http.html#trules). `Patient?identifier=…` stands
// for the one resource that fits; none or several fail the whole transaction. Full URLs are renamed, because the
// router would put the new `Type/id` in place of any equal string, an identifier's value included.
import { OperationOutcomeError, generateId, isResource, parseSearchRequest } from '@medplum/core';
import { isEprType } from './definitions.ts';
import type { EprRepository } from './repository.ts';

/** The bundle with its references resolved or renamed; the input is left as it is. */
export async function prepareReferences(bundle: unknown, repository: EprRepository): Promise<unknown> {
  return walk(bundle, { repository, renamed: renames(bundle) });
}

interface Walk {
  readonly repository: EprRepository;
  readonly renamed: ReadonlyMap<string, string>;
}

function renames(bundle: unknown): Map<string, string> {
  const renamed = new Map<string, string>();
  if (!isResource(bundle) || bundle.resourceType !== 'Bundle') return renamed;
  for (const { fullUrl } of bundle.entry ?? []) {
    if (fullUrl?.startsWith('urn:uuid:') === true) renamed.set(fullUrl, `urn:uuid:${generateId()}`);
  }
  return renamed;
}

async function walk(node: unknown, using: Walk): Promise<unknown> {
  if (Array.isArray(node)) return Promise.all(node.map((each: unknown) => walk(each, using)));
  if (typeof node !== 'object' || node === null) return node;
  const fields: [string, unknown][] = [];
  for (const [name, value] of Object.entries(node)) {
    const isReference = (name === 'reference' || name === 'fullUrl') && typeof value === 'string';
    fields.push([name, await (isReference ? referenceOf(value, using) : walk(value, using))]);
  }
  return Object.fromEntries(fields);
}

function referenceOf(reference: string, { repository, renamed }: Walk): string | Promise<string> {
  if (/^[A-Z][A-Za-z]+\?/.test(reference)) return resolve(reference, repository);
  return renamed.get(reference) ?? reference;
}

async function resolve(reference: string, repository: EprRepository): Promise<string> {
  const type = reference.slice(0, reference.indexOf('?'));
  const found = isEprType(type) ? await repository.searchResources(parseSearchRequest(reference)) : [];
  const [only, another] = found;
  if (only === undefined || another !== undefined) {
    throw new OperationOutcomeError({
      resourceType: 'OperationOutcome',
      id: 'conditional-reference',
      issue: [
        {
          severity: 'error',
          code: another === undefined ? 'not-found' : 'multiple-matches',
          details: { text: `A conditional reference to ${type} fits ${found.length} resources` },
        },
      ],
    });
  }
  return `${only.resourceType}/${only.id}`;
}
