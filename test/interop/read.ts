// The messages that are read here: the published examples, and every golden case of what comes in.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { messagesOf } from '../../src/hl7v2/segments.ts';

const root = join(import.meta.dirname, '..');

export interface Inbound {
  /** Path below test/corpora or test/golden. */
  readonly name: string;
  readonly bytes: Buffer;
}

/** A batch counts as the messages in it. */
function messagesBelow(folder: string): Inbound[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.hl7'))
    .sort()
    .flatMap((name) =>
      messagesOf(readFileSync(join(root, folder, name))).map((bytes, index) => ({
        name: `${join(folder, name)}${index === 0 ? '' : `#${index + 1}`}`,
        bytes,
      })),
    );
}

/** Byte for byte as published. */
export const corpus = messagesBelow('corpora/hl7v2');
/** As they stand in the folder when this runs. */
export const golden = messagesBelow('golden/mapping');

/** A message as a question to Java. */
export function question({ name, bytes }: Inbound): { readonly name: string; readonly bytes: string } {
  return { name, bytes: bytes.toString('base64') };
}
