// Mapping on one thread: bytes to canonical FHIR, beside the plain parse of the library that it stands on. In seconds of
// processor time, the collector's included: on a machine that others share, a clock measures the others as well.
import { join } from 'node:path';
import { Hl7Message } from '@medplum/core';
import { readMessage } from '../../src/hl7v2/message.ts';
import { loadMappings } from '../../src/mapping/load.ts';
import { translate } from '../../src/mapping/translate.ts';
import { readMappingTree } from '../../src/mapping/tree.ts';
import { admission, benchMessage } from './messages.ts';

export interface MappingResult {
  readonly plainParsePerSecond: number;
  /** A08 and A28. */
  readonly translatePerSecond: number;
  /** ADT^A01 alone, with its stay. */
  readonly admissionsPerSecond: number;
}

export function benchMapping(count: number): MappingResult {
  const folder = join(import.meta.dirname, '../../mappings');
  const mappings = loadMappings(readMappingTree(folder, 'RZZ'), 'RZZ');
  const numbers = Array.from({ length: 1_000 }, (_, index) => index);
  const updates = numbers.map((number) => benchMessage(number, number % 4));
  const admissions = numbers.map((number) => admission(number));
  const source = { id: 'bench', zone: 'Europe/London', receivedAt: new Date() };
  const charset = { charset: 'utf-8', fallbackCharset: 'windows-1252' };
  const timed = (bodies: readonly Buffer[], work: (body: Buffer) => void): number => {
    // The compiler needs some seconds of it: a service that runs has had them.
    for (let round = 0; round < 10; round += 1) for (const body of bodies) work(body);
    const started = process.cpuUsage();
    for (let done = 0; done < count; done += 1) work(bodies[done % bodies.length] ?? Buffer.alloc(0));
    return count / (process.cpuUsage(started).user / 1e6);
  };
  const toCanonical = (body: Buffer): void => {
    const { outcome } = translate(mappings, readMessage(body, charset), source);
    if (outcome !== 'used') throw new Error('a message of the bench was not used');
  };
  return {
    plainParsePerSecond: timed(updates, (body) => Hl7Message.parse(body.toString('utf8'))),
    translatePerSecond: timed(updates, toCanonical),
    admissionsPerSecond: timed(admissions, toCanonical),
  };
}
