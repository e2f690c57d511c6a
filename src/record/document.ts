// A DocumentReference over the one that the record holds: that a document exists, without its content. Its number names
// one document for ever (HL7 v2.5.1 §9.6.1.12), so that one which was replaced or deleted never becomes current again,
// in whichever order the messages come.
import type { DocumentReference, Resource } from '@medplum/fhirtypes';
import type { Finding } from '../errors.ts';
import type { CanonicalResource } from '../fhir/canonical.ts';
import { about, withElements } from './merge.ts';

/** How far a document has come; it only goes on. */
const course: readonly string[] = ['current', 'superseded', 'entered-in-error'];

/** The document with what FHIR requires where no message said it: current, and an attachment that is not held. */
export function settleDocument(
  base: Resource | undefined,
  merged: DocumentReference,
  item: CanonicalResource,
  findings: Finding[],
): Resource {
  const stated: Readonly<Record<string, unknown>> = { ...merged };
  const known = base?.resourceType === 'DocumentReference' ? base.status : 'current';
  const told = typeof stated.status === 'string' ? stated.status : 'current';
  const returns = course.indexOf(told) < course.indexOf(known);
  if (returns) {
    findings.push(about(item, 'field/document-ended', 'it was replaced or deleted before, and stays so'));
  }
  const absent = {
    url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason',
    valueCode: 'not-applicable',
  };
  return withElements(merged, {
    status: returns ? known : told,
    content: stated.content ?? [{ attachment: { extension: [absent] } }],
  });
}
