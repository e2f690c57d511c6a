// Where segments and messages begin. HL7v2 ends a segment with CR (v2.5.1 §2.5.1); what arrives ends with CR, LF or
// CRLF, and text pasted from elsewhere has line feeds inside a field.

/** A line feed that ends a segment although others end with CR: the next segment follows it. */
export const segmentAfterLineFeed = /\n(?=[A-Z][A-Z0-9]{2}[!-/:-@[-`{-~])/;

const anyEnd = /\r\n?|\n(?=[A-Z][A-Z0-9]{2}[!-/:-@[-`{-~])/;

/** The segments of a message's text, in order, without their ends; empty lines are left out. */
export function splitSegments(text: string): string[] {
  const lines = !text.includes('\n')
    ? text.split('\r')
    : text.includes('\r')
      ? text.split(anyEnd)
      : text.split('\n');
  return lines.filter((line) => line !== '' && line !== '\n');
}

const batchStart = /^(?:\uFEFF|\xEF\xBB\xBF)?[\r\n]*[FB]HS[!-/:-@[-`{-~]/;
const boundary = /(?<=^|[\r\n]|\xEF\xBB\xBF)(?:MSH|[FB]HS|[FB]TS)(?=[!-/:-@[-`{-~])/g;
const header = /(?<=^|[\r\n]|\xEF\xBB\xBF)MSH(?=[!-/:-@[-`{-~])/g;

/**
 * The messages in one frame: nearly always the frame itself, its bytes untouched. A batch (FHS, BHS … BTS, FTS, HL7
 * v2.5.1 §2.10.3) and messages run together without a frame of their own are taken apart at their headers: each is
 * stored and acknowledged by itself, in order, as a message must never be attached to another. Batch headers and
 * trailers are dropped. A batch without messages is returned whole, to be refused as such.
 */
export function messagesOf(frame: Buffer): readonly Buffer[] {
  const isBatch = batchStart.test(frame.toString('latin1', 0, 64));
  if (!isBatch && !hasSecondHeader(frame)) return [frame];
  const text = frame.toString('latin1');
  const starts = [...text.matchAll(isBatch ? boundary : header)].map((match) => match.index);
  const messages = starts
    .map((start, index) => ({ start, end: starts[index + 1] ?? frame.length }))
    .filter(({ start }) => text.startsWith('MSH', start))
    .map(({ start, end }) => Buffer.from(frame.subarray(start, end)));
  return messages.length === 0 ? [frame] : messages;
}

function hasSecondHeader(frame: Buffer): boolean {
  return frame.indexOf('\rMSH', 3) !== -1 || frame.indexOf('\nMSH', 3) !== -1;
}
