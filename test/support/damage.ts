// The corpus messages (test/corpora/hl7v2) and damage to them, byte by byte and separator by separator.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';

const folder = join(import.meta.dirname, '../corpora/hl7v2');

/** The 33 corpus messages, by file name. */
export const corpus: ReadonlyMap<string, Buffer> = new Map(
  readdirSync(folder)
    .filter((name) => name.endsWith('.hl7'))
    .map((name) => [name, readFileSync(join(folder, name))]),
);

interface Damage {
  readonly at: number;
  readonly length: number;
  readonly bytes: Buffer;
}

const someBytes: fc.Arbitrary<Buffer> = fc.oneof(
  fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
  fc.string({ maxLength: 12, unit: 'binary' }).map((text) => Buffer.from(text)),
  fc
    .constantFrom('|', '^', '~', '&', '\\', '""', '|""|', '\r', '\n', '\r\n', 'PID|', '\rPID|1||""\r', '\r\rMRG|""',
      '\\X00\\', '\\XFFFD\\', '\\XEFBFBD\\', '\\.sp999999\\', '\uFFFD', '\uFEFF', '19801301', '||||||||', '\rZTM|1|T1|X\r')
    .map((text) => Buffer.from(text)),
); // prettier-ignore

const damage: fc.Arbitrary<Damage> = fc.record({
  at: fc.nat(),
  length: fc.integer({ min: 0, max: 40 }),
  bytes: someBytes,
});

/** One to four places of a message overwritten. */
export const damages: fc.Arbitrary<readonly Damage[]> = fc.array(damage, { minLength: 1, maxLength: 4 });

export function damaged(body: Buffer, places: readonly Damage[]): Buffer {
  return places.reduce((whole, { at, length, bytes }) => {
    const place = at % (whole.length + 1);
    return Buffer.concat([whole.subarray(0, place), bytes, whole.subarray(place + length)]);
  }, body);
}
