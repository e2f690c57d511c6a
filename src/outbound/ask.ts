// Did an earlier send take effect? Asked by our own identifiers, before anything is sent again (R14, R17).
import type { Answer } from '../pipeline/destination.ts';
import { askFailure } from './classify.ts';
import type { FhirClient } from './fhir-client.ts';
import { compare, differing } from './read-back.ts';
import { annotationsOf, hasStatus, sentBundle } from './transaction.ts';
import type { OwnResource, SentEntry } from './transaction.ts';

/**
 * Reads only. `landed` names every resource; some but not all of a transaction is `unclear`, and so is a document that
 * carries our identifier but is not what was sent.
 */
export async function askAbout(client: FhirClient, bytes: Buffer, signal: AbortSignal): Promise<Answer> {
  const references: string[] = [];
  let missing = 0;
  let unread = false;
  for (const entry of sentBundle(bytes).entries) {
    const answer = await client.find(entry.type, entry.identifier, signal);
    if (answer.outcome === 'failed') return askFailure(answer.reply);
    const [only, another] = answer.resources;
    if (another !== undefined) {
      const message = `several resources of type ${entry.type} carry our identifier`;
      return { outcome: 'unclear', kind: 'delivery/several-matches', message };
    }
    if (only === undefined || !isAsSent(only, entry)) missing += 1;
    else {
      references.push(`${entry.type}/${only.id}`);
      if (only.resourceType !== 'DocumentReference') continue;
      const result = await compare(client, only, entry, signal);
      if (result === 'differs') return { outcome: 'unclear', ...differing };
      if (result === 'unread') unread = true;
    }
  }
  if (missing === 0) return { outcome: 'landed', references, ...(unread ? { confirmed: false } : {}) };
  if (references.length === 0) return { outcome: 'not-landed' };
  const message = 'only a part of what was sent in one transaction is there';
  return { outcome: 'unclear', kind: 'delivery/part-landed', message };
}

/**
 * A create landed where the resource is there, whatever became of it since. An update landed where the version moved
 * on and what we wrote is in it; one that somebody else changed counts as not landed: sent again, it is found stale.
 */
function isAsSent(found: OwnResource, sent: SentEntry): boolean {
  if (sent.method === 'POST') return true;
  const notes = new Set(annotationsOf(found));
  return (
    found.meta?.versionId !== sent.replaces &&
    hasStatus(found, sent) &&
    sent.notes.every((text) => notes.has(text))
  );
}
