// Where each element of a translation comes from, told by the very rows that made it.
import type { Message } from '../hl7v2/message.ts';
import type { Mappings } from './load.ts';
import { run } from './translate.ts';
import type { MessageSource } from './translate.ts';

export interface Explained {
  /** `Patient.birthDate`; `merge` for a change of identity. */
  readonly element: string;
  /** `PID-7`, `PID-29, PID-30`; `fixed` where the row gives the value itself. */
  readonly from: string;
  /** The mapping file whose row did it: `pid-patient`. */
  readonly file: string;
  /** The code table that the row names: `administrative-gender`. */
  readonly codes?: string;
  /** Row of the v2-to-FHIR guide, or why the mapping has its own. */
  readonly guide?: string;
  /** What was set; null where it is to be deleted. Patient data: for the operator's screen, never for a log. */
  readonly value: unknown;
}

/**
 * Each output element ← field of one message, in the order of the mapping rows; empty for an unused message.
 * @throws BridgeError as translate does
 */
export function explain(mappings: Mappings, message: Message, feed: MessageSource): Explained[] {
  const explained: Explained[] = [];
  run(mappings, message, feed, ({ element, from, file, codes, guide, value }) => {
    explained.push({
      element,
      from,
      file,
      ...(codes === undefined ? {} : { codes }),
      ...(guide === undefined ? {} : { guide }),
      value,
    });
  });
  return explained;
}
