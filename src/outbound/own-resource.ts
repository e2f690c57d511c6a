// What we once made, as it stands in the EPR now: read by our own identifier, so that it can be changed without
// overwriting what somebody did with it since (R16).
import { urnOf } from '../fhir/ids.ts';
import { systems } from '../fhir/systems.ts';
import type { Prepared } from '../pipeline/destination.ts';
import { readFailure } from './classify.ts';
import type { FhirClient, Typed } from './fhir-client.ts';
import type { OwnType } from './transaction.ts';

export type OwnRead<T extends OwnType> =
  | { readonly outcome: 'read'; readonly resource: Typed<T> | undefined }
  | Extract<Prepared, { outcome: 'transient' | 'refused' }>;

/** The one resource of this type that carries the URN of `key`, if there is one; `refused` where there are several. */
export async function readOwn<T extends OwnType>(
  client: FhirClient,
  type: T,
  key: string,
  signal: AbortSignal,
): Promise<OwnRead<T>> {
  const answer = await client.find(type, { system: systems.uri, value: urnOf(key) }, signal);
  if (answer.outcome === 'failed') return readFailure(answer.reply);
  const [only, another] = answer.resources;
  if (another !== undefined) {
    const message = `several resources of type ${type} carry our identifier`;
    return { outcome: 'refused', kind: 'delivery/several-matches', message };
  }
  return { outcome: 'read', resource: only };
}
