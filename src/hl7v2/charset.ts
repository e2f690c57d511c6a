// From bytes to text by MSH-18 (HL7 v2.5.1 §2.15.9.18, table 0211). Wrong declarations are common, so a declaration
// that the bytes contradict is a finding and the next likely charset is taken; nothing is refused for it, and no
// character is ever replaced by U+FFFD. The raw bytes are kept elsewhere.
import { isAscii, isUtf8 } from 'node:buffer';
import iconv from 'iconv-lite';
import type { Finding } from '../errors.ts';

/** What a feed says about its charsets, as names that iconv-lite knows. */
export interface FeedCharset {
  /** For messages whose MSH-18 is empty. */
  readonly charset: string;
  /** For bytes that are invalid in every charset that was declared. */
  readonly fallbackCharset: string;
}

export const defaultCharset: FeedCharset = { charset: 'utf-8', fallbackCharset: 'windows-1252' };

export interface DecodedText {
  readonly text: string;
  /** iconv-lite's name of the charset that was used. */
  readonly charset: string;
  readonly findings: readonly Finding[];
}

/** A byte-order mark at the start; it says more than MSH-18 does. */
export function byteOrderMark(
  bytes: Buffer,
): { readonly charset: string; readonly length: number } | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return { charset: 'utf-8', length: 3 };
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { charset: 'utf-16le', length: 2 };
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { charset: 'utf-16be', length: 2 };
  return undefined;
}

/**
 * A message's bytes as text, without its byte-order mark. `declared` are the repetitions of MSH-18. In turn: the
 * mark, what was declared, the feed's charset, the feed's fallback, and at last one character per byte.
 */
export function decodeBytes(
  bytes: Buffer,
  declared: readonly string[],
  feed: FeedCharset = defaultCharset,
): DecodedText {
  const mark = byteOrderMark(bytes);
  const body = mark === undefined ? bytes : bytes.subarray(mark.length);
  const named = declared.filter((name) => name !== '');
  const known = named.map((name) => charsetOf(name, feed));
  const findings: Finding[] = [];
  if (mark === undefined && known.includes(undefined)) {
    findings.push(finding('code/unknown-charset', 'MSH-18 names a character set that is not known'));
  }
  const stated = mark === undefined ? known.filter((charset) => charset !== undefined) : [mark.charset];
  const candidates = stated.length === 0 ? [feed.charset] : [...stated, feed.charset];

  for (const [index, charset] of candidates.entries()) {
    const text = tryDecode(body, charset);
    if (text === undefined) continue;
    // Several repetitions of MSH-18 are several declared charsets: only what nobody declared is worth a finding.
    if (index >= Math.max(stated.length, 1)) {
      findings.push(
        finding('code/charset', `bytes are not valid in the declared character set; read as ${charset}`),
      );
    }
    return finish(text, charset, findings);
  }
  const { fallbackCharset } = feed;
  const fallback = tryDecode(body, fallbackCharset);
  const charset = fallback === undefined ? 'iso-8859-1' : fallbackCharset;
  findings.push(
    finding('code/charset', `bytes are not valid in the declared character set; read as ${charset}`),
  );
  return finish(fallback ?? body.toString('latin1'), charset, findings);
}

/** Text as bytes of a charset; characters that it lacks become `?`. */
export function encodeBytes(text: string, charset: string): Buffer {
  return charset === 'utf-8' ? Buffer.from(text, 'utf8') : iconv.encode(text, charset);
}

const otherNames: ReadonlyMap<string, string> = new Map([
  ['ASCII', 'ascii'],
  ['USASCII', 'ascii'],
  ['ISOIR6', 'ascii'],
  ['UTF8', 'utf-8'],
  ['UNICODEUTF8', 'utf-8'],
  // The header was readable byte by byte, so the message cannot be in UTF-16 or UTF-32, whatever it says.
  ['UNICODEUTF16', 'utf-8'],
  ['UNICODEUTF32', 'utf-8'],
  ['GB180302000', 'gb18030'],
  ['GB18030', 'gb18030'],
  ['KSX1001', 'euc-kr'],
  ['BIG5', 'big5'],
]);

/** A value of table 0211, or one of its usual misspellings, as iconv-lite names it. */
function charsetOf(name: string, feed: FeedCharset): string | undefined {
  const plain = name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
  if (plain === 'UNICODE') return feed.charset.startsWith('utf') ? feed.charset : 'utf-8';
  const other = otherNames.get(plain);
  if (other !== undefined) return other;
  const part = /^(?:ISO(?:IEC)?)?8859(\d{1,2})$/.exec(plain)?.[1];
  const windows = /^(?:WINDOWS|CP)(125\d)$/.exec(plain)?.[1];
  const charset =
    part === undefined
      ? windows === undefined
        ? undefined
        : `windows-${windows}`
      : `iso-8859-${Number(part)}`;
  return charset !== undefined && iconv.encodingExists(charset) ? charset : undefined;
}

/** The text, or undefined where the bytes are not valid in that charset. */
function tryDecode(bytes: Buffer, charset: string): string | undefined {
  if (!charset.startsWith('utf-16') && isAscii(bytes)) return bytes.toString('latin1');
  if (charset === 'ascii') return undefined;
  if (charset === 'utf-8') return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
  const text = iconv.decode(bytes, charset, { stripBOM: false });
  if (text.includes('\uFFFD')) return undefined;
  // ISO 8859 has control characters where Windows has quotation marks and dashes: nobody means the former.
  return charset.startsWith('iso-8859') && /[\u0080-\u009f]/.test(text) ? undefined : text;
}

/** The sender's own U+FFFD stands for a character that was lost before we saw it. */
function finish(text: string, charset: string, findings: Finding[]): DecodedText {
  if (!text.includes('\uFFFD')) return { text, charset, findings };
  findings.push(finding('code/replacement-character', 'the sender had already lost characters; shown as ?'));
  return { text: text.replaceAll('\uFFFD', '?'), charset, findings };
}

function finding(kind: Finding['kind'], message: string): Finding {
  return { kind, where: 'MSH-18', message };
}
