// MLLP framing (HL7 MLLP Release 1): VT, message, FS, CR. Bytes in, frames out; bounded and linear whatever the
// chunks. Nothing is decoded here, and half a frame is never handed on.

const startBlock = 0x0b;
const endBlock = 0x1c;
const carriageReturn = 0x0d;

interface Framing {
  /** Whole frames in order, without their framing bytes, each a copy of its own. */
  readonly frames: readonly Buffer[];
  /** Bytes dropped: outside any frame, or of a frame that was torn off. */
  readonly junkBytes: number;
  /** A frame exceeds the limit. Frames before it are whole; the framer takes nothing more. */
  readonly overLimit: boolean;
}

export interface Framer {
  push(chunk: Buffer): Framing;
  /** True while a frame has begun and not ended. */
  isPartial(): boolean;
}

/** VT + message + FS + CR. */
export function frame(message: Buffer): Buffer {
  const framed = Buffer.allocUnsafe(message.length + 3);
  framed[0] = startBlock;
  message.copy(framed, 1);
  framed[message.length + 1] = endBlock;
  framed[message.length + 2] = carriageReturn;
  return framed;
}

/**
 * A framer for one connection. A frame ends with FS CR; FS and at once the next VT is taken as an end too (senders
 * that forget the CR). FS before any other byte is content. VT inside a frame begins a new one, and drops the torn
 * half, only where a header follows it (MSH, FHS, BHS or a byte-order mark): word processors put VT into text as a
 * soft line break. What was torn was never acknowledged, so its sender sends it again.
 * @param maxFrameBytes the longest message, without framing bytes
 */
export function createFramer(maxFrameBytes: number): Framer {
  const content = createContent(maxFrameBytes);
  // Bytes at the end of a chunk whose meaning only the next chunk tells: FS, or VT and the start of a header.
  let undecided: Buffer = Buffer.alloc(0);
  let inside = false;
  let isOver = false;

  const push = (chunk: Buffer): Framing => {
    const frames: Buffer[] = [];
    if (isOver) return { frames, junkBytes: 0, overLimit: true };
    const bytes = undecided.length === 0 ? chunk : Buffer.concat([undecided, chunk]);
    undecided = bytes.subarray(0, 0);
    const nextStart = seeker(bytes, startBlock);
    const nextEnd = seeker(bytes, endBlock);
    let junkBytes = 0;
    let at = 0;
    // Content of this chunk that is not kept yet begins here: it is copied in as few pieces as possible.
    let from = 0;
    const over = (): Framing => {
      isOver = true;
      return { frames, junkBytes, overLimit: true };
    };

    while (at < bytes.length) {
      if (!inside) {
        const start = nextStart(at);
        junkBytes += start - at;
        at = start + 1;
        from = at;
        inside = start < bytes.length;
        continue;
      }
      const end = nextEnd(at);
      const stop = Math.min(end, nextStart(at));
      if (stop === bytes.length) break;
      const meaning = stop === end ? meaningOfEnd(bytes, stop) : meaningOfStart(bytes, stop);
      if (meaning === 'content') {
        at = stop + 1;
      } else if (meaning === 'undecided') {
        undecided = Buffer.from(bytes.subarray(stop));
        break;
      } else if (meaning === 'torn') {
        // Added although it is dropped: what passes the limit does so however it was cut into chunks.
        if (!content.add(bytes.subarray(from, stop))) return over();
        junkBytes += content.drop();
        at = stop + 1;
        from = at;
      } else {
        if (!content.add(bytes.subarray(from, stop))) return over();
        frames.push(content.take());
        inside = false;
        at = stop + meaning.length;
      }
    }
    const rest = bytes.length - undecided.length;
    if (inside && from < rest && !content.add(bytes.subarray(from, rest))) return over();
    return { frames, junkBytes, overLimit: false };
  };
  return { push, isPartial: () => inside };
}

type Meaning = 'undecided' | 'content' | 'torn' | { readonly length: number };

function meaningOfEnd(bytes: Buffer, at: number): Meaning {
  const next = bytes[at + 1];
  if (next === undefined) return 'undecided';
  if (next === carriageReturn) return { length: 2 };
  return next === startBlock ? { length: 1 } : 'content';
}

const headers = ['MSH', 'FHS', 'BHS', '\xEF\xBB\xBF'];

const headerInitials = new Set(Buffer.from(headers.map((header) => header.charAt(0)).join(''), 'latin1'));

function meaningOfStart(bytes: Buffer, at: number): Meaning {
  const initial = bytes[at + 1];
  if (initial !== undefined && !headerInitials.has(initial)) return 'content';
  const next = bytes.toString('latin1', at + 1, at + 4);
  if (headers.includes(next)) return 'torn';
  return next.length < 3 && headers.some((header) => header.startsWith(next)) ? 'undecided' : 'content';
}

/** Finds a byte from ever later positions; looks through the chunk only once. `bytes.length`: none. */
function seeker(bytes: Buffer, wanted: number): (from: number) => number {
  let found = -1;
  return (from) => {
    if (found < from) {
      const index = bytes.indexOf(wanted, from);
      found = index === -1 ? bytes.length : index;
    }
    return found;
  };
}

interface Content {
  /** False where the limit would be passed; nothing is added then, and what was kept is freed. */
  add(bytes: Buffer): boolean;
  take(): Buffer;
  /** Drops what was collected and tells how much it was. */
  drop(): number;
}

/** Grows by doubling: a list of chunks would cost a hundred times its bytes where a sender sends one at a time. */
function createContent(limit: number): Content {
  const smallest = 4_096;
  let store: Buffer = Buffer.alloc(0);
  let length = 0;
  const drop = (): number => {
    const dropped = length;
    length = 0;
    return dropped;
  };
  return {
    add: (bytes) => {
      const needed = length + bytes.length;
      if (needed > limit) {
        store = Buffer.alloc(0);
        length = 0;
        return false;
      }
      if (needed > store.length) {
        const larger = Buffer.allocUnsafeSlow(Math.min(limit, Math.max(smallest, needed, store.length * 2)));
        store.copy(larger, 0, 0, length);
        store = larger;
      }
      bytes.copy(store, length);
      length = needed;
      return true;
    },
    take: () => {
      const whole = Buffer.from(store.subarray(0, length));
      drop();
      // An idle connection must not keep room for the largest document it ever sent.
      if (store.length > 65_536) store = Buffer.alloc(0);
      return whole;
    },
    drop,
  };
}
