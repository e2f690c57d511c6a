// When an observation was made (HL7 v2.5.1 §7.4.2.14): OBX-14, or where it is not sent the OBR-7 of the report that the OBX
// stands in. OBR-22 is not read: a report that is sent again moves it, and would make a new wish of an old one. A row names
// OBR-7 beside it so that explain and coverage tell of it; which report is meant, only the order of segments says.
import { segmentsNamed } from '../../hl7v2/message.ts';
import type { Context } from '../conversion.ts';
import { valueOf } from '../field.ts';
import type { Field } from '../field.ts';
import { dtmAsSent, dtmDateTime } from './dtm-datetime.ts';

/** `dtm-observed` (OBX-14): the date of the observation, else of its report. Of other segments the field itself. */
export function dtmObserved([field]: readonly Field[], context: Context): string | null | undefined {
  return field === undefined ? undefined : dtmDateTime([observedAt(field)], context);
}

/** `dtm-observed-as-sent`: the text of the same date where it is readable, for ids. */
export function dtmObservedAsSent([field]: readonly Field[], context: Context): string | undefined {
  return field === undefined ? undefined : dtmAsSent([observedAt(field)], context);
}

function observedAt(field: Field): Field {
  const { segment } = field;
  const sent = field.emptied !== true && valueOf(field) !== undefined;
  if (segment.name !== 'OBX' || sent) return field;
  const lastBefore = (name: string) =>
    segmentsNamed(segment.message, name).findLast(({ index }) => index < segment.index);
  const report = lastBefore('OBR');
  // An OBR above the PID is of the person before.
  if (report === undefined || report.index < (lastBefore('PID')?.index ?? 0)) return field;
  return { segment: report, number: 7, component: undefined, repetition: undefined };
}
