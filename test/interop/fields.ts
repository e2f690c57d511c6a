// Field access: every primitive (segment, repetition, component, subcomponent) of every message, as HAPI's Terser reads
// it and as we do, over the same bytes.
import { z } from 'zod';
import { countFields, countRepetitions, readMessage, readValue } from '../../src/hl7v2/message.ts';
import type { Segment } from '../../src/hl7v2/message.ts';
import type { Found } from './explained.ts';
import { ask } from './java.ts';
import { corpus, golden, question } from './read.ts';
import type { Inbound } from './read.ts';
import { writtenMessages } from './written.ts';

const answer = z.object({
  name: z.string(),
  values: z.record(z.string(), z.string()).optional(),
  error: z.string().optional(),
});

/** What we read, by place: `PID[1]-3[2].4.1`. Deleted is `""`, as HAPI shows it; not sent is left out. */
function ownValues({ bytes }: Inbound): Map<string, string> {
  const values = new Map<string, string>();
  for (const segment of readMessage(bytes).segments) {
    // MSH-1 and MSH-2 are the separators themselves.
    const first = segment.name === 'MSH' ? 3 : 1;
    for (let field = first; field <= countFields(segment); field += 1) {
      for (let repetition = 1; repetition <= countRepetitions(segment, field); repetition += 1) {
        const place = `${segment.name}[${segment.occurrence}]-${field}[${repetition}]`;
        readRepetition(segment, field, repetition, place, values);
      }
    }
  }
  return values;
}

function readRepetition(
  segment: Segment,
  field: number,
  repetition: number,
  place: string,
  values: Map<string, string>,
): void {
  const { separators } = segment.message.header;
  const sent =
    segment.message.hl7.getSegment(segment.index)?.getField(field).components[repetition - 1] ?? [];
  for (const [index, text] of sent.entries()) {
    const parts = text.split(separators.subcomponent).length;
    for (let subcomponent = 1; subcomponent <= parts; subcomponent += 1) {
      const component = index + 1;
      const value = readValue(segment, { field, repetition, component, subcomponent });
      if (value !== undefined) values.set(`${place}.${component}.${subcomponent}`, value ?? '""');
    }
  }
}

/** Formatting and bytes by number, which HAPI leaves as they were sent. */
function formatted(text: string): string {
  return text
    .replaceAll(/\\\.br\\/g, '\n')
    .replaceAll(/\\X([0-9A-F]{2})\\/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));
}

/** What two readings differ in; only what can be told exactly has a name. */
function kindOf(mine: string | undefined, other: string | undefined): string {
  if (mine !== undefined && other !== undefined && formatted(other) === mine) return 'formatting';
  if (mine !== undefined && mine.trimStart() === (other ?? '')) return 'leading blanks';
  return 'value';
}

export interface FieldCheck {
  readonly messages: number;
  readonly values: number;
  readonly found: readonly Found[];
}

/** Asks HAPI for every value of every message and lists where the two readings differ. */
export async function checkFields(): Promise<FieldCheck> {
  const messages = [...corpus, ...golden, ...writtenMessages()];
  const answers = await ask(['fields'], messages.map(question), answer);
  let count = 0;
  const found = messages.flatMap((message, index): Found[] => {
    const theirs = answers[index];
    if (theirs?.values === undefined) return [{ of: message.name, what: `unread: ${theirs?.error}` }];
    const values = new Map(
      Object.entries(theirs.values).filter(([place]) => !/^MSH\[1\]-[12]\[/.test(place)),
    );
    const own = ownValues(message);
    const places = [...new Set([...values.keys(), ...own.keys()])].sort();
    count += places.length;
    return places.flatMap((place) => {
      const [mine, other] = [own.get(place), values.get(place)];
      if (mine === other) return [];
      const both = `ours ${JSON.stringify(mine)}, theirs ${JSON.stringify(other)}`;
      return [{ of: message.name, what: `${place}: ${kindOf(mine, other)}: ${both}` }];
    });
  });
  return { messages: messages.length, values: count, found };
}
