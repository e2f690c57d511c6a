// The separators of one message, as MSH-1 and MSH-2 declare them (HL7 v2.5.1 §2.5.4; v2.7 adds the fifth, for
// truncation). Whoever writes uses the standard ones.
import { BridgeError } from '../errors.ts';

export interface Separators {
  readonly field: string;
  readonly component: string;
  readonly repetition: string;
  readonly escape: string;
  readonly subcomponent: string;
  /** v2.7 and later, where declared. */
  readonly truncation?: string;
}

export const standardSeparators: Separators = {
  field: '|',
  component: '^',
  repetition: '~',
  escape: '\\',
  subcomponent: '&',
};

/** MSH-2 as it is written in a header with these separators. */
export function encodingCharacters(separators: Separators): string {
  const { component, repetition, escape, subcomponent, truncation = '' } = separators;
  return component + repetition + escape + subcomponent + truncation;
}

// Letters, digits and the dot occur inside escape sequences (\X0D\, \.br\), and "" means delete: none of them can
// separate anything without making the message ambiguous.
const usable = /^[!#-\-/:-@[-`{-~]$/;

/**
 * The separators of a header segment (MSH, FHS, BHS), from its first nine characters.
 * @throws BridgeError parse/encoding-characters at MSH-2
 */
export function readSeparators(segment: string): Separators {
  const field = segment.charAt(3);
  const declared = segment.slice(4).split(field, 1)[0] ?? '';
  const all = [field, ...Array.from(declared)];
  const distinct = new Set(all).size === all.length;
  if (declared.length < 4 || declared.length > 5 || !distinct || !all.every((c) => usable.test(c))) {
    throw new BridgeError('parse/encoding-characters', 'MSH-2 must hold four or five distinct separators', {
      where: 'MSH-2',
    });
  }
  const [component = '', repetition = '', escape = '', subcomponent = '', truncation] = declared;
  const separators = { field, component, repetition, escape, subcomponent };
  return truncation === undefined ? separators : { ...separators, truncation };
}
