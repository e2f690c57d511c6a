// A document of 20 MB as MDM^T02 with base64 in OBX-5, bytes to canonical FHIR: time beside a plain copy and a plain split
// of the same bytes, and the peak of memory beside its size.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { documentMessage } from './messages.ts';

const result = z.object({
  bytes: z.number(),
  translateMs: z.number(),
  /** Resident memory at its most, above what the process held before; the message itself is in it. */
  peakBytes: z.number(),
  copyMs: z.number(),
  /** To text, and split at every separator. */
  splitMs: z.number(),
});
export type DocumentResult = z.output<typeof result>;

export function benchDocument(megabytes: number): DocumentResult {
  const folder = mkdtempSync(join(tmpdir(), 'ips-bridge-document-'));
  try {
    const file = join(folder, 'document.hl7');
    writeFileSync(file, documentMessage(megabytes * 1_000_000));
    const reader = join(import.meta.dirname, 'document-reader.ts');
    return result.parse(JSON.parse(execFileSync(process.execPath, [reader, file], { encoding: 'utf8' })));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
