// What care plans and goals need beyond the common types: life cycle, state of a plan, free text and the notes below a
// goal (HL7 v2.5.1 §12.4.1 GOL). No table of the v2-to-FHIR guide covers GOL; the choices are explained in the rows.
import type { Annotation } from '@medplum/fhirtypes';
import { countRepetitions, readText } from '../../hl7v2/message.ts';
import type { Segment } from '../../hl7v2/message.ts';
import { longestString } from '../bounds.ts';
import { lookUp, note } from '../conversion.ts';
import type { Context, RowOptions } from '../conversion.ts';
import { textOf, valueOf, whereOf } from '../field.ts';
import type { Field } from '../field.ts';
import { hasPassed } from './dtm-datetime.ts';

/**
 * `id-goal-lifecycle` (GOL-1, GOL-18): a deletion (table 0287, DE) makes it entered-in-error, whatever GOL-18 says. A
 * life cycle that is taken away leaves an active goal; one that is not sent or not known keeps what the record has,
 * and a goal that is added (AD) is active.
 */
export function idGoalLifecycle(
  [action, status]: readonly Field[],
  context: Context,
  { codes }: RowOptions,
): string | undefined {
  if (action === undefined || status === undefined || codes === undefined) return undefined;
  const act = textOf(action);
  if (act === 'DE') return 'entered-in-error';
  const coded = lookUp(status, codes, context);
  if (coded.state === 'known' && coded.value !== undefined) return coded.value;
  return coded.state === 'deleted' || act === 'AD' ? 'active' : undefined;
}

/** `dtm-plan-status` (ZCP-5): completed once the end has passed; active where the end lies ahead or was taken away. */
export function dtmPlanStatus([field]: readonly Field[], context: Context): string | undefined {
  const sent = field === undefined ? undefined : valueOf(field);
  if (field === undefined || sent === undefined) return undefined;
  return hasPassed(field, context, false) ? 'completed' : 'active';
}

/** `tx-text` (ZCP-6): the whole field as text, one line for each repetition. */
export function txText([field]: readonly Field[], context: Context): string | null | undefined {
  if (field === undefined) return undefined;
  if (field.emptied === true) return null;
  const text = wholeText(field.segment, field.number);
  if (typeof text !== 'string' || text.length <= longestString) return text;
  note(context, 'type/too-long', whereOf(field), 'longer than a FHIR string may be (1 MB); not used');
  return undefined;
}

/** `nte-annotations`: NTE-3 of the NTE segments that follow this segment directly. */
export function nteAnnotations([field]: readonly Field[]): readonly Annotation[] | null | undefined {
  if (field === undefined) return undefined;
  const { segment } = field;
  const after = segment.message.segments.slice(segment.index + 1);
  const end = after.findIndex(({ name }) => name !== 'NTE');
  const said = after.slice(0, end === -1 ? undefined : end).map((note) => wholeText(note, 3));
  const texts = said.filter((text) => typeof text === 'string');
  if (texts.length > 0) return texts.map((text) => ({ text }));
  return said.includes(null) ? null : undefined;
}

function wholeText(segment: Segment, number: number): string | null | undefined {
  const count = countRepetitions(segment, number);
  const values = Array.from({ length: count }, (_, index) => readText(segment, number, index + 1));
  const lines = values.flatMap((value) => value?.trim() ?? []).filter((line) => line !== '');
  if (lines.length > 0) return lines.join('\n');
  return values.includes(null) ? null : undefined;
}
