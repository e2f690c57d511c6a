// The one place that escapes and unescapes HL7v2 text (v2.5.1 §2.7). Whatever a value holds, what encodeText writes
// stays inside its field: no separator and no control character that ends a segment or a frame is left in it.
import { isUtf8 } from 'node:buffer';
import iconv from 'iconv-lite';
import { standardSeparators } from './separators.ts';
import type { Separators } from './separators.ts';

/** Control characters that no text has a use for (FHIR R4 string): all but the tab and the line ends. */
const controls = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/;
const allControls = new RegExp(controls, 'g');

/** Whether a text holds control characters that withoutControls takes out. */
export function hasControls(text: string): boolean {
  return controls.test(text);
}

/** A text without them: no database and no FHIR element takes them. */
export function withoutControls(text: string): string {
  return controls.test(text) ? text.replaceAll(allControls, '') : text;
}

interface Patterns {
  readonly toEncode: RegExp;
  readonly names: ReadonlyMap<string, string>;
  readonly sequence: RegExp;
  readonly letters: ReadonlyMap<string, string>;
}

const compiled = new Map<string, Patterns>();
// Nearly every feed uses one set; senders who invent sets must not be able to fill memory.
const maxCompiled = 100;

/**
 * Text as it may stand in a component or subcomponent. Separators become \F\ \S\ \T\ \R\ \E\ (\P\), a line feed the
 * formatting command \.br\ that receivers show as a new line, every other control character but the tab \Xhh\.
 * decodeText gives back exactly the same text, for any text.
 */
export function encodeText(text: string, separators: Separators = standardSeparators): string {
  const { toEncode, names } = patternsOf(separators);
  const { escape } = separators;
  // A text of two quotation marks would otherwise be read as "delete this".
  if (text === '""') return `"${escape}X22${escape}`;
  if (text.search(toEncode) === -1) return text;
  return text.replaceAll(toEncode, (character) => {
    const name =
      names.get(character) ?? `X${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
    return escape + name + escape;
  });
}

/**
 * The text that an escaped component means. Formatting (§2.7.6) is reduced to what plain text can hold: \.br\, \.sp\
 * and \.ce\ are new lines, \.sk\ spaces; indents, fill and highlighting vanish. \Xhh..\ are bytes of `charset`. What
 * is not a known sequence stays as it is: senders forget to escape the backslash of a file path.
 */
export function decodeText(
  text: string,
  separators: Separators = standardSeparators,
  charset = 'utf-8',
): string {
  if (!text.includes(separators.escape)) return text;
  const { sequence, letters } = patternsOf(separators);
  return text.replaceAll(sequence, (_whole: string, inside: string) => {
    const letter = letters.get(inside);
    if (letter !== undefined) return letter;
    return inside.startsWith('X') ? decodeHex(inside.slice(1), charset) : decodeFormatting(inside);
  });
}

function decodeFormatting(inside: string): string {
  const command = inside.slice(1, 3).toLowerCase();
  // A count from outside must not become a million lines.
  const count = Math.min(Number(/\d+/.exec(inside)?.[0] ?? '1'), 100);
  if (command === 'br' || command === 'ce') return '\n';
  if (command === 'sp') return '\n'.repeat(count);
  return command === 'sk' ? ' '.repeat(count) : '';
}

function decodeHex(digits: string, charset: string): string {
  const bytes = Buffer.from(digits, 'hex');
  if (charset === 'utf-8') {
    if (isUtf8(bytes)) return withoutReplacement(bytes.toString('utf8'));
    return bytes.toString('latin1');
  }
  const text = iconv.decode(bytes, charset, { stripBOM: false });
  return text.includes('\uFFFD') ? bytes.toString('latin1') : text;
}

/** U+FFFD is never stored: it would stand for a character that nobody knows. */
function withoutReplacement(text: string): string {
  return text.replaceAll('\uFFFD', '?');
}

function patternsOf(separators: Separators): Patterns {
  const { field, component, repetition, escape, subcomponent, truncation } = separators;
  const key = field + component + repetition + escape + subcomponent + (truncation ?? '');
  const known = compiled.get(key);
  if (known !== undefined) return known;

  const pairs: [string, string][] = [
    ['F', field],
    ['S', component],
    ['T', subcomponent],
    ['R', repetition],
    ['E', escape],
    ...(truncation === undefined ? [] : [['P', truncation] satisfies [string, string]]),
  ];
  const set = pairs.map(([, character]) => quoted(character)).join('');
  const quotedEscape = quoted(escape);
  const patterns: Patterns = {
    toEncode: new RegExp(`[${set}\\x00-\\x08\\x0a-\\x1f\\x7f]`, 'g'),
    names: new Map([['\n', '.br'], ...pairs.map(([name, character]): [string, string] => [character, name])]),
    sequence: new RegExp(
      `${quotedEscape}([FSTREHN]${truncation === undefined ? '' : '|P'}|X(?:[0-9A-Fa-f]{2})+|` +
        `\\.(?:[bB][rR]|[sS][pPkK]\\s*\\+?\\d{0,6}|[cC][eE]|[fF][iI]|[nN][fF]|(?:[iI][nN]|[tT][iI])\\s*[+-]?\\d{0,6}))` +
        quotedEscape,
      'g',
    ),
    // \H\ and \N\ start and end highlighting.
    letters: new Map([['H', ''], ['N', ''], ...pairs]),
  };
  if (compiled.size >= maxCompiled) compiled.clear();
  compiled.set(key, patterns);
  return patterns;
}

/** A character as it may stand in a regular expression, inside or outside a class. */
function quoted(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
