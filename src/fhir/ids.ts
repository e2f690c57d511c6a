// Identifiers of what we create: name-based UUIDs (RFC 9562 §5.5, version 5) in one namespace, so that the same
// decision gets the same identifier on every run and replay, and a conditional create finds what is already there.
import { createHash } from 'node:crypto';

/** The one namespace of this program. Changing it would orphan everything that was ever created under it. */
const namespace = Buffer.from('6f0c8d1e5b7a4c3f9d2e1a8b7c6d5e4f', 'hex');

/** The UUIDv5 of a key, in lower case with hyphens. The same key always gives the same UUID. */
export function uuidOf(key: string): string {
  const digest = createHash('sha1').update(namespace).update(key, 'utf8').digest().subarray(0, 16);
  digest.writeUInt8((digest.readUInt8(6) & 0x0f) | 0x50, 6);
  digest.writeUInt8((digest.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = digest.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** `urn:uuid:…` of a key: the value of an identifier whose system is `urn:ietf:rfc:3986` (FHIR R4 §2.24.0.10). */
export function urnOf(key: string): string {
  return `urn:uuid:${uuidOf(key)}`;
}
