// Reading an acknowledgement that came back: MSA, and the codes and words of ERR (HL7 v2.5.1 §2.15.8, §2.15.5).
import { BridgeError } from '../errors.ts';
import { countRepetitions, readMessage, readText, readValue, segmentsNamed } from '../hl7v2/message.ts';
import type { Message, Value } from '../hl7v2/message.ts';

export interface Reply {
  /** MSA-1: AA, AE, AR, CA, CE, CR. */
  readonly code: string;
  /** MSA-2, unescaped: our MSH-10. */
  readonly controlId: string;
  /** What it says is wrong, as codes of HL7 table 0357: `207`. Several where it found several faults. */
  readonly conditions: readonly string[];
  /** The receiver's own words; may quote the message, so it is for the operator's screen and never for a log. */
  readonly text?: string;
  readonly raw: Buffer;
}

/** Undefined for what is no acknowledgement. */
export function readAcknowledgement(raw: Buffer): Reply | undefined {
  let message: Message;
  try {
    message = readMessage(raw);
  } catch (thrown) {
    if (thrown instanceof BridgeError) return undefined;
    throw thrown;
  }
  const msa = segmentsNamed(message, 'MSA')[0];
  const code = msa === undefined ? undefined : readValue(msa, { field: 1 });
  if (msa === undefined || typeof code !== 'string') return undefined;
  const controlId = readText(msa, 2) ?? '';
  const text = readText(msa, 3) ?? errorText(message) ?? undefined;
  const conditions = conditionsOf(message);
  return { code: code.toUpperCase(), controlId, conditions, ...(text === undefined ? {} : { text }), raw };
}

/** ERR-3.1 from v2.5 on, before it ERR-1.4 of each repetition; and MSA-6, which both had. */
function conditionsOf(message: Message): string[] {
  const msa = segmentsNamed(message, 'MSA')[0];
  const told = segmentsNamed(message, 'ERR').flatMap((err): Value[] => {
    const places = Array.from({ length: countRepetitions(err, 1) }, (_, at) => at + 1);
    return [
      readValue(err, { field: 3 }),
      ...places.map((repetition) => readValue(err, { field: 1, repetition, component: 4 })),
    ];
  });
  const all = [...told, msa === undefined ? undefined : readValue(msa, { field: 6 })];
  return [...new Set(all.flatMap((code) => (typeof code === 'string' ? [code.trim()] : [])))];
}

/** ERR-8 (user message) or ERR-3.2 from v2.5 on; before it the fourth component of ERR-1. */
function errorText(message: Message): Value {
  const err = segmentsNamed(message, 'ERR')[0];
  if (err === undefined) return undefined;
  return (
    readValue(err, { field: 8 }) ??
    readValue(err, { field: 3, component: 2 }) ??
    readValue(err, { field: 1, component: 4, subcomponent: 2 })
  );
}
