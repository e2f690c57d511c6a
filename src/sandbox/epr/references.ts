// Conditional references in a transaction (FHIR R4 http.html#trules): `Patient?identifier=system|value` stands for
// the one resource that fits; none or several fail the whole transaction.
import { OperationOutcomeError, parseSearchRequest } from '@medplum/core';
import { isEprType } from './definitions.ts';
import type { EprRepository } from './repository.ts';

/** The bundle with each conditional reference replaced by `Type/id`; the input is left as it is. */
export async function resolveConditionalReferences(
  node: unknown,
  repository: EprRepository,
): Promise<unknown> {
  if (Array.isArray(node)) {
    return Promise.all(node.map((each: unknown) => resolveConditionalReferences(each, repository)));
  }
  if (typeof node !== 'object' || node === null) return node;
  const fields: [string, unknown][] = [];
  for (const [name, value] of Object.entries(node)) {
    const conditional = name === 'reference' && typeof value === 'string' && /^[A-Z][A-Za-z]+\?/.test(value);
    const resolved = conditional
      ? resolve(value, repository)
      : resolveConditionalReferences(value, repository);
    fields.push([name, await resolved]);
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
