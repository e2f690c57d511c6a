// The bytes to freeze, and whether frozen ones may be sent again.
import type { Bundle, Resource } from '@medplum/fhirtypes';
import { validate } from '../fhir/validate.ts';
import type { Prepared } from '../pipeline/destination.ts';
import { sentBundle } from './transaction.ts';

/** The bytes of a transaction, if the EPR can be expected to take them: a fault here is ours, and is held. */
export function ready(bundle: Bundle): Prepared {
  const entries = bundle.entry ?? [];
  if (entries.some(({ request }) => request?.method === 'PUT' && request.ifMatch === undefined)) {
    const message = 'the EPR gives no versions, so nothing can be changed safely there';
    return { outcome: 'refused', kind: 'unsupported/no-versions', message };
  }
  const resources = entries.flatMap(({ resource }): Resource[] => (resource === undefined ? [] : [resource]));
  const [fault] = resources.flatMap(validate);
  if (fault !== undefined) {
    const message = `what would be sent is not valid: ${fault.where} ${fault.message}`;
    return { outcome: 'refused', kind: 'structure/not-valid', message };
  }
  return { outcome: 'ready', bytes: Buffer.from(JSON.stringify(bundle)) };
}

/**
 * Frozen bytes are sent again as they are, while they are about the person of today. An update is of a resource that
 * the EPR itself has: who that is about is the EPR's to say.
 *
 * @param patient reference to the Patient who was checked just now
 */
export function stillMeant(frozen: Buffer, patient: string): Prepared {
  const creates = sentBundle(frozen).entries.filter(({ method }) => method === 'POST');
  if (creates.some((entry) => entry.patient !== patient)) return { outcome: 'readdressed' };
  return { outcome: 'ready', bytes: frozen };
}
