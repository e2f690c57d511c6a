// What mapping tests share: the product's own mapping set, with files of a test laid over it.
import { join } from 'node:path';
import { readMessage } from '../../src/hl7v2/message.ts';
import type { Message } from '../../src/hl7v2/message.ts';
import { loadMappings } from '../../src/mapping/load.ts';
import type { Mappings } from '../../src/mapping/load.ts';
import { readMappingTree } from '../../src/mapping/tree.ts';
import type { MappingTree } from '../../src/mapping/tree.ts';

export const mappingFolder = join(import.meta.dirname, '../../mappings');

/** The product's mapping files; a text of `undefined` leaves a file out. */
export function mappingTree(files: Readonly<Record<string, string | undefined>> = {}): MappingTree {
  const tree = new Map(readMappingTree(mappingFolder, 'RZZ'));
  for (const [path, text] of Object.entries(files)) {
    if (text === undefined) tree.delete(path);
    else tree.set(path, { file: `mappings/${path}`, text });
  }
  return tree;
}

export function mappingsWith(files: Readonly<Record<string, string>> = {}): Mappings {
  return loadMappings(mappingTree(files), 'RZZ');
}

export const pasFeed = { id: 'pas', zone: 'Europe/London', receivedAt: new Date('2026-03-01T12:00:00Z') };

/** A message of segments; MSH is made from the event. */
export function messageOf(event: string, ...segments: readonly string[]): Message {
  const header = `MSH|^~\\&|PAS|RZZ|IPS-BRIDGE|RZZ|20260301115900||${event}|TEST1|P|2.4||||||UNICODE`;
  return readMessage(Buffer.from([header, ...segments].join('\r')));
}
