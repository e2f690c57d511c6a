// One large document in a process of its own, so that its peak of memory is that of nothing else: reads the message in the
// file that it is given, to canonical FHIR, and prints how long that took and what it held.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMessage } from '../../src/hl7v2/message.ts';
import { loadMappings } from '../../src/mapping/load.ts';
import { translate } from '../../src/mapping/translate.ts';
import { readMappingTree } from '../../src/mapping/tree.ts';
import { documentMessage } from './messages.ts';

const mappings = loadMappings(readMappingTree(join(import.meta.dirname, '../../mappings'), 'RZZ'), 'RZZ');
const source = { id: 'bench', zone: 'Europe/London', receivedAt: new Date() };
const charset = { charset: 'utf-8', fallbackCharset: 'windows-1252' };
const timed = (work: () => unknown): number => {
  const started = performance.now();
  work();
  return performance.now() - started;
};
const toCanonical = (bytes: Buffer): void => {
  const { outcome } = translate(mappings, readMessage(bytes, charset), source);
  if (outcome !== 'used') throw new Error('the document was not used');
};

const small = documentMessage(2_000);
for (let warm = 0; warm < 200; warm += 1) toCanonical(small);
// In KiB, on every system.
const before = process.resourceUsage().maxRSS;
const bytes = readFileSync(process.argv[2] ?? '');
const translateMs = timed(() => toCanonical(bytes));
const peakBytes = (process.resourceUsage().maxRSS - before) * 1_024;
const copyMs = timed(() => Buffer.from(bytes));
const splitMs = timed(() => bytes.toString('utf8').split(/[\r|^&]/));
process.stdout.write(JSON.stringify({ bytes: bytes.length, translateMs, peakBytes, copyMs, splitMs }));
