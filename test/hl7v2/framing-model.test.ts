// MLLP framing against two oracles: streams put together from known parts, and a slow reading of all bytes so far.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createFramer, frame } from '../../src/hl7v2/framing.ts';
import type { Framer } from '../../src/hl7v2/framing.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const header = '(?:MSH|FHS|BHS|\xef\xbb\xbf)';
const endOrTear = `\x1c\r|\x1c\x0b|\x0b${header}`;

/** Bytes that mean something to a framer, whole and in part, among some that do not. */
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom('\x0b', '\x1c', '\r', '\x0bM', '\x0bMS', '\x0bF', '\x0bB', '\x0b\xef', '\x0b\xef\xbb'),
      fc.constantFrom('MSH|', 'H', '\xbf', 'PID|1', '|'),
      fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));
const content = text.filter((each) => !new RegExp(endOrTear).test(each));
const headed = fc
  .tuple(fc.constantFrom('MSH|', 'FHS|', 'BHS|', '\xef\xbb\xbfMSH|'), content)
  .map((parts) => parts.join(''))
  .filter((each) => !new RegExp(endOrTear).test(each));
const junk = text.map((each) => each.replaceAll('\x0b', '.'));

interface Part {
  readonly sent: string;
  readonly frames: readonly string[];
  readonly junk: number;
}

const part: fc.Arbitrary<Part> = fc.oneof(
  content.map((each) => ({ sent: `\x0b${each}\x1c\r`, frames: [each], junk: 0 })),
  junk.map((noise) => ({ sent: noise, frames: [], junk: noise.length })),
  // The CR forgotten, and at once the next frame.
  fc.tuple(content, content).map(([one, two]) => ({ sent: `\x0b${one}\x1c\x0b${two}\x1c\r`, frames: [one, two], junk: 0 })),
  // Torn off by a sender that begins again; FS as its last byte would be the end of a frame without CR.
  fc.tuple(content.filter((each) => !each.endsWith('\x1c')), headed).map(([torn, whole]) => ({ sent: `\x0b${torn}\x0b${whole}\x1c\r`, frames: [whole], junk: torn.length })),
); // prettier-ignore

const cuts = fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 80, size: 'max' });
const fewCuts = fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 6 });

/** The stream in chunks of these sizes; the rest is one chunk. */
function cut(stream: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    chunks.push(stream.subarray(at, at + size));
    at += size;
  }
  return [...chunks, stream.subarray(at)];
}

interface Seen {
  readonly frames: readonly string[];
  readonly junk: number;
  readonly isOver: boolean;
  readonly isPartial: boolean;
}

/** What all bytes that a connection has sent so far amount to, read from the beginning with a regular expression. */
function readSlowly(stream: string, limit: number): Seen {
  const one = new RegExp(`\x0b((?:(?!${endOrTear})[\\s\\S])*)(\x1c\r|(?=\x1c\x0b)\x1c|(?=\x0b)|$)`, 'y');
  // The end of the stream that only the next byte can explain.
  const undecided = /(?:\x1c|\x0b(?:|M|MS|F|FH|B|BH|\xef|\xef\xbb))$/;
  const frames: string[] = [];
  let dropped = 0;
  for (let at = 0; at < stream.length;) {
    one.lastIndex = at;
    const found = one.exec(stream);
    if (found === null) {
      dropped += 1;
      at += 1;
      continue;
    }
    const [whole, body = '', end = ''] = found;
    const isOpen = end === '' && at + whole.length === stream.length;
    const kept = isOpen ? body.replace(undecided, '') : body;
    if (kept.length > limit) return { frames, junk: dropped, isOver: true, isPartial: true };
    if (isOpen) return { frames, junk: dropped, isOver: false, isPartial: true };
    if (end === '') dropped += body.length;
    else frames.push(body);
    at += whole.length;
  }
  return { frames, junk: dropped, isOver: false, isPartial: false };
}

interface Connection {
  framer: Framer;
  frames: string[];
  junk: number;
}

/** The model: the bytes sent since the connection began, one after another. */
interface Sent {
  stream: string;
}

const limit = 40;
const connection = (): Connection => ({ framer: createFramer(limit), frames: [], junk: 0 });

/** Sends a text in chunks of these sizes; after each, the framer has told what the slow reading tells. */
function push(name: string, stream: string, sizes: readonly number[]): fc.Command<Sent, Connection> {
  const chunks = cut(bytes(stream), sizes);
  return {
    check: () => true,
    run: (sent, real) => {
      const told: Seen[] = [];
      const expected: Seen[] = [];
      for (const chunk of chunks) {
        sent.stream += chunk.toString('latin1');
        const { frames, junkBytes, overLimit } = real.framer.push(chunk);
        real.frames.push(...frames.map((each) => each.toString('latin1')));
        real.junk += junkBytes;
        const isPartial = real.framer.isPartial();
        told.push({ frames: [...real.frames], junk: real.junk, isOver: overLimit, isPartial });
        expected.push(readSlowly(sent.stream, limit));
      }
      expect(told).toEqual(expected);
    },
    toString: () => `${name} ${JSON.stringify(chunks.map((chunk) => chunk.toString('latin1')))}`,
  };
}

const reset: fc.Command<Sent, Connection> = {
  check: () => true,
  run: (sent, real) => {
    sent.stream = '';
    Object.assign(real, connection());
  },
  toString: () => 'a new connection',
};

const framed = content.map((each) => frame(bytes(each)).toString('latin1'));
const tooLong = fc
  .tuple(fc.nat(60), fc.constantFrom('', '\x1c\r', '\x1c\x0b', '\x0bMSH|'))
  .map(([more, end]) => `\x0bMSH|${'x'.repeat(limit - 3 + more)}${end}`);
const commands = fc.commands(
  [
    fc.tuple(text, fewCuts).map(([each, sizes]) => push('chunk', each, sizes)),
    fc.tuple(framed, fewCuts).map(([each, sizes]) => push('frame', each, sizes)),
    fc.tuple(junk, fewCuts).map(([each, sizes]) => push('junk', each, sizes)),
    fc.tuple(headed, fewCuts).map(([each, sizes]) => push('torn', `\x0b${each}`, sizes)),
    fc.tuple(tooLong, fewCuts).map(([each, sizes]) => push('over the limit', each, sizes)),
    fc.constant(reset),
  ],
  { maxCommands: 30, size: 'max' },
);

describe('createFramer', () => {
  it('R5 any chunking of any concatenation, with noise and torn frames between, gives the frames and counts the rest', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 10 }), cuts, (parts, sizes) => {
        const framer = createFramer(10_000);
        const stream = bytes(parts.map(({ sent }) => sent).join(''));
        const told = cut(stream, sizes).map((chunk) => framer.push(chunk));
        const frames = told.flatMap((each) => each.frames.map((whole) => whole.toString('latin1')));
        expect(frames).toEqual(parts.flatMap((each) => each.frames));
        const dropped = told.reduce((sum, { junkBytes }) => sum + junkBytes, 0);
        expect(dropped).toBe(parts.reduce((sum, each) => sum + each.junk, 0));
        expect(framer.isPartial()).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('R5 R6 after every chunk it has told what all bytes so far amount to, and passes its limit at the same byte', () => {
    fc.assert(
      fc.property(commands, (given) => {
        fc.modelRun(() => ({ model: { stream: '' }, real: connection() }), given);
      }),
      { numRuns: 300 },
    );
  });

  it('R6 a torn frame over the limit ends a connection, whether it came in one chunk or in many', () => {
    const stream = `\x0b${'x'.repeat(limit + 1)}\x0bMSH|`;
    for (const sizes of [[], [20, 10], Array.from(stream, () => 1)]) {
      const framer = createFramer(limit);
      expect(cut(bytes(stream), sizes).some((chunk) => framer.push(chunk).overLimit)).toBe(true);
    }
  });
});
