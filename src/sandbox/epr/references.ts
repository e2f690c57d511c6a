// The conditional references of a transaction, made ready for the router (FHIR R4 http.html#trules): a reference
// `Patient?identifier=…` stands for the one resource that fits; none or several fail the whole transaction. Full URLs
// are the router's: it puts the new `Type/id` in place of every string that equals one, as Medplum servers do.
import { OperationOutcomeError, parseSearchRequest } from '@medplum/core';
import { isEprType } from './definitions.ts';
import type { EprRepository } from './repository.ts';

/** The bundle with its conditional references resolved; the input is left as it is. */
export async function resolveReferences(node: unknown, repository: EprRepository): Promise<unknown> {
  if (Array.isArray(node)) {
    return Promise.all(node.map((each: unknown) => resolveReferences(each, repository)));
  }
  if (typeof node !== 'object' || node === null) return node;
  const fields: [string, unknown][] = [];
  for (const [name, value] of Object.entries(node)) {
    const isSearch = name === 'reference' && typeof value === 'string' && /^[A-Z][A-Za-z]+\?/.test(value);
    fields.push([name, await (isSearch ? resolve(value, repository) : resolveReferences(value, repository))]);
  }
  return Object.fromEntries(fields);
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
