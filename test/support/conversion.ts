// What tests of data types share: one field of one segment through a named conversion.
import type { Finding } from '../../src/errors.ts';
import { segmentsNamed } from '../../src/hl7v2/message.ts';
import type { RowOptions } from '../../src/mapping/conversion.ts';
import { conversions } from '../../src/mapping/conversions.ts';
import { asMeant } from '../../src/mapping/field.ts';
import type { EmptyMeans } from '../../src/mapping/field.ts';
import { mappingsWith, messageOf, pasFeed } from './mapping.ts';

const { authorities, teams, tables } = mappingsWith({
  'codes/name-type.csv': 'code,value\nL,official\nM,maiden\n',
});

interface Converted {
  readonly value: unknown;
  /** Kind and place of each. */
  readonly findings: readonly string[];
}

interface Asked {
  readonly emptyMeans?: EmptyMeans;
  /** Name of a code table. */
  readonly codes?: string;
  readonly options?: RowOptions;
}

/** Sends each text as a field of its own (ZZ1-1, ZZ1-2 …), with one more field after them, through a conversion. */
export function converted(via: string, texts: string | readonly string[], asked: Asked = {}): Converted {
  const sent = [texts].flat();
  const [segment] = segmentsNamed(messageOf('ADT^A31', `ZZ1|${sent.join('|')}|end`), 'ZZ1');
  const convert = conversions.get(via)?.convert;
  if (segment === undefined || convert === undefined) throw new Error(`there is no conversion ${via}`);
  const { emptyMeans = 'absent', codes, options = {} } = asked;
  const table = codes === undefined ? undefined : tables.get(codes);
  const findings: Finding[] = [];
  const { zone, receivedAt } = pasFeed;
  const context = { zone, receivedAt, authorities, teams, findings, unknownCodes: [], emptyMeans };
  const fields = sent.map((_, index) =>
    asMeant({ segment, number: index + 1, component: undefined, repetition: undefined }, emptyMeans),
  );
  const value = convert(fields, context, { ...options, ...(table === undefined ? {} : { codes: table }) });
  return { value, findings: findings.map(({ kind, where }) => `${kind} ${where}`) };
}
