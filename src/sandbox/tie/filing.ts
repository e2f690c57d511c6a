// The record behind the sandbox's integration engine: which documents stand, for whom, which were replaced or cancelled
// (HL7 v2.5.1 §9.5.2 T02, §9.5.10 T10, §9.5.11 T11).
import { readMessage, readText, readValue, segmentsNamed } from '../../hl7v2/message.ts';
import type { Message } from '../../hl7v2/message.ts';

export interface FiledDocument {
  /** TXA-12.1. */
  readonly number: string;
  /** PID-3.1, the first number: under whom it is filed. */
  readonly person: string;
  /** TXA-2. */
  readonly type: string;
  /** TXA-9.1: the author's staff number. */
  readonly author: string;
  /** OBX-5, as people read it. */
  readonly text: string;
  /** MSH-10 of the message that brought it. */
  readonly controlId: string;
  readonly state: 'standing' | 'replaced' | 'cancelled';
  /** TXA-13.1. */
  readonly replaces?: string;
}

export interface Filing {
  readonly documents: () => readonly FiledDocument[];
  /** Messages that could not be filed, and why: what an engine's staff would see in its error queue. */
  readonly problems: readonly string[];
  file(message: Buffer): void;
}

export function createFiling(): Filing {
  const documents: FiledDocument[] = [];
  const problems: string[] = [];

  /** Sets the state of every copy that stands under a number; false where none does. */
  const settle = (number: string, person: string, state: 'replaced' | 'cancelled'): boolean => {
    let found = false;
    for (const [at, one] of documents.entries()) {
      if (one.number !== number || one.person !== person || one.state !== 'standing') continue;
      documents[at] = { ...one, state };
      found = true;
    }
    return found;
  };

  const file = (bytes: Buffer): void => {
    const message = readMessage(bytes);
    const { triggerEvent: event, controlId } = message.header;
    const number = valueAt(message, 'TXA', 12);
    const person = valueAt(message, 'PID', 3);
    const replaces = valueAt(message, 'TXA', 13);
    if (message.header.messageCode !== 'MDM' || number === '' || person === '') {
      problems.push(`${controlId} is no document for anybody`);
    } else if (event === 'T11') {
      if (!settle(number, person, 'cancelled')) problems.push(`${controlId} cancels what does not stand`);
    } else if (event === 'T02' || event === 'T10') {
      if (event === 'T10' && !settle(replaces, person, 'replaced')) {
        problems.push(`${controlId} replaces what does not stand`);
      }
      documents.push({
        number,
        person,
        type: valueAt(message, 'TXA', 2),
        author: valueAt(message, 'TXA', 9),
        text: textOf(message),
        controlId,
        state: 'standing',
        ...(replaces === '' ? {} : { replaces }),
      });
    } else {
      problems.push(`${controlId} has an event that is not filed here`);
    }
  };

  return { documents: () => [...documents], problems, file };
}

function valueAt(message: Message, segment: string, field: number): string {
  const found = segmentsNamed(message, segment)[0];
  return found === undefined ? '' : (readValue(found, { field }) ?? '');
}

function textOf(message: Message): string {
  return segmentsNamed(message, 'OBX')
    .map((segment) => readText(segment, 5) ?? '')
    .join('\n');
}
