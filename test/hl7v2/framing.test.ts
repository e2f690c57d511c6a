// MLLP framing: whatever the chunks, the same frames; never half a frame, never more memory than the limit.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createFramer, frame } from '../../src/hl7v2/framing.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

interface Collected {
  readonly frames: readonly string[];
  readonly junk: number;
  readonly overLimit: boolean;
  readonly isPartial: boolean;
}

function run(chunks: readonly Buffer[], limit = 10_000): Collected {
  const framer = createFramer(limit);
  const pushed = chunks.map((chunk) => framer.push(chunk));
  return {
    frames: pushed.flatMap(({ frames }) => frames.map((whole) => whole.toString('latin1'))),
    junk: pushed.reduce((sum, { junkBytes }) => sum + junkBytes, 0),
    overLimit: pushed.some(({ overLimit }) => overLimit),
    isPartial: framer.isPartial(),
  };
}

const oneByOne = (whole: Buffer): Buffer[] => [...whole].map((byte) => Buffer.from([byte]));

/** Every case is tried in one chunk and in chunks of one byte: the answer must not differ. */
function both(text: string, limit?: number): Collected {
  const whole = run([bytes(text)], limit);
  expect(run(oneByOne(bytes(text)), limit)).toEqual(whole);
  return whole;
}

describe('createFramer', () => {
  it('R5 takes merged frames apart', () => {
    expect(both('\x0bMSH|1\x1c\r\x0bMSH|2\x1c\r').frames).toEqual(['MSH|1', 'MSH|2']);
  });

  it('R5 drops and counts what is outside frames', () => {
    expect(both('junk\r\n\x0bMSH|1\x1c\rMSH|lost\x1c\r\x0bMSH|2\x1c\r')).toMatchObject({
      frames: ['MSH|1', 'MSH|2'],
      junk: 6 + 10,
    });
  });

  it('R5 never hands on half a frame', () => {
    expect(both('\x0bMSH|1|half')).toEqual({ frames: [], junk: 0, overLimit: false, isPartial: true });
    expect(both('\x0bMSH|1\x1c').frames).toEqual([]);
  });

  it('takes FS without CR as an end where the next frame follows at once', () => {
    expect(both('\x0bMSH|1\x1c\x0bMSH|2\x1c\r').frames).toEqual(['MSH|1', 'MSH|2']);
  });

  it('keeps FS as content before any other byte', () => {
    expect(both('\x0bMSH|a\x1cb\x1c\r').frames).toEqual(['MSH|a\x1cb']);
  });

  it('drops a torn frame where a new message begins in the middle of it', () => {
    expect(both('\x0bMSH|1|PID|torn\x0bMSH|2\x1c\r')).toMatchObject({ frames: ['MSH|2'], junk: 14 });
    expect(both('\x0bMSH|1\x0b\xef\xbb\xbfMSH|2\x1c\r').frames).toEqual(['\xef\xbb\xbfMSH|2']);
    expect(both('\x0b\x0bMSH|2\x1c\r').frames).toEqual(['MSH|2']);
  });

  it('keeps the soft line break that word processors leave in text', () => {
    expect(both('\x0bMSH|line\x0bMore text\x1c\r').frames).toEqual(['MSH|line\x0bMore text']);
    expect(both('\x0bMSH|line\x0bM\x1c\r').frames).toEqual(['MSH|line\x0bM']);
  });

  it('hands on an empty frame, to be refused', () => {
    expect(both('\x0b\x1c\r').frames).toEqual(['']);
  });

  it('R6 says when a frame passes the limit, gives what came before, and takes nothing more', () => {
    expect(both(`\x0bMSH|1\x1c\r\x0b${'x'.repeat(11)}\x1c\r\x0bMSH|2\x1c\r`, 10)).toMatchObject({
      frames: ['MSH|1'],
      overLimit: true,
    });
    expect(both(`\x0b${'x'.repeat(10)}\x1c\r`, 10)).toMatchObject({
      frames: ['x'.repeat(10)],
      overLimit: false,
    });
    const framer = createFramer(10);
    framer.push(bytes(`\x0b${'x'.repeat(11)}`));
    expect(framer.push(bytes('\x1c\r\x0bMSH|2\x1c\r'))).toEqual({
      frames: [],
      junkBytes: 0,
      overLimit: true,
    });
  });

  it('R5 gives the same bytes for any chunking of any concatenation', () => {
    const content = fc
      .uint8Array({ maxLength: 40 })
      .map((array) => Buffer.from(array))
      .filter((buffer) => !buffer.includes(0x0b) && !buffer.includes(0x1c));
    const junk = content.filter((buffer) => !buffer.includes(0x0b));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(junk, content), { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 60 }),
        (parts, sizes) => {
          const stream = Buffer.concat(parts.flatMap(([noise, message]) => [noise, frame(message)]));
          const chunks: Buffer[] = [];
          let at = 0;
          for (const size of sizes) {
            chunks.push(stream.subarray(at, at + size));
            at += size;
          }
          chunks.push(stream.subarray(at));
          const result = run(chunks);
          expect(result.frames).toEqual(parts.map(([, message]) => message.toString('latin1')));
          expect(result.junk).toBe(parts.reduce((sum, [noise]) => sum + noise.length, 0));
        },
      ),
    );
  });

  it('R13 is linear: four times the bytes in small chunks take about four times the time, not sixteen', () => {
    const chunk = Buffer.alloc(1_000, 'a');
    const timeOf = (chunks: number): number => {
      const framer = createFramer(40 * 1_048_576);
      const started = performance.now();
      framer.push(bytes('\x0bMSH|'));
      for (let i = 0; i < chunks; i += 1) framer.push(chunk);
      framer.push(Buffer.alloc(1_000_000, 0x1c));
      const { frames } = framer.push(bytes('\r'));
      expect(frames[0]?.length).toBe(4 + chunks * 1_000 + 999_999);
      return performance.now() - started;
    };
    // The best of a few: other tests run beside this one.
    const best = (chunks: number): number => Math.min(...Array.from({ length: 4 }, () => timeOf(chunks)));
    best(1_000);
    expect(best(20_000) / best(5_000)).toBeLessThan(10);
  });
});
