// Mapping on one thread: bytes to canonical FHIR, beside the plain parse of the library that it stands on.
import { join } from 'node:path';
import { Hl7Message } from '@medplum/core';
import { readMessage } from '../../src/hl7v2/message.ts';
import { loadMappings } from '../../src/mapping/load.ts';
import { translate } from '../../src/mapping/translate.ts';
import { readMappingTree } from '../../src/mapping/tree.ts';
import { benchMessage } from './messages.ts';

export interface MappingResult {
  readonly plainParsePerSecond: number;
  readonly translatePerSecond: number;
}

export function benchMapping(count: number): MappingResult {
  const folder = join(import.meta.dirname, '../../mappings');
  const mappings = loadMappings(readMappingTree(folder, 'RZZ'), 'RZZ');
  const bodies = Array.from({ length: 1_000 }, (_, index) => benchMessage(index, index % 4));
  const source = { id: 'bench', zone: 'Europe/London', receivedAt: new Date() };
  const charset = { charset: 'utf-8', fallbackCharset: 'windows-1252' };
  const timed = (work: (body: Buffer) => void): number => {
    for (const body of bodies) work(body);
    const started = performance.now();
    for (let done = 0; done < count; done += 1) work(bodies[done % bodies.length] ?? Buffer.alloc(0));
    return count / ((performance.now() - started) / 1_000);
  };
  return {
    plainParsePerSecond: timed((body) => Hl7Message.parse(body.toString('utf8'))),
    translatePerSecond: timed((body) => translate(mappings, readMessage(body, charset), source)),
  };
}
