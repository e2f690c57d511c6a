// Structure: whether each message that we write is, by HAPI's model of the version that it states, what the standard says
// of its segments, fields, repetitions, components and lengths.
import { z } from 'zod';
import type { Found } from './explained.ts';
import { ask } from './java.ts';
import { question } from './read.ts';
import type { Inbound } from './read.ts';
import { writtenAcknowledgements, writtenMessages } from './written.ts';

const answer = z.object({
  name: z.string(),
  /** `MDM_T02 2.4`; absent where HAPI could not read it. */
  structure: z.string().optional(),
  problems: z.array(z.string()),
});

const header = 'MSH|^~\\&|A|B|C|D|20260301120000||MDM^T02^MDM_T02|1|P|2.4';
/** Messages that are wrong: a check that finds nothing in them would be worth nothing. */
const controls: readonly Inbound[] = [
  { name: 'a document without TXA', lines: [header, 'EVN|T02|20260301', 'PID|1||R1', 'PV1|1|N'] },
  { name: 'a time that is none', lines: [header.replace('20260301120000', 'noon')] },
].map(({ name, lines }) => ({ name, bytes: Buffer.from(lines.join('\r')) }));

export interface StructureCheck {
  /** How many messages of each structure and version. */
  readonly counts: ReadonlyMap<string, number>;
  readonly found: readonly Found[];
}

/** Has HAPI check everything that we write. */
export async function checkStructures(): Promise<StructureCheck> {
  const messages = [...writtenMessages(), ...writtenAcknowledgements(), ...controls];
  const answers = [...(await ask(['structures'], messages.map(question), answer))];
  const controlled = answers.splice(-controls.length);
  const counts = new Map<string, number>();
  for (const { structure = 'unread' } of answers) counts.set(structure, (counts.get(structure) ?? 0) + 1);
  const found = answers.flatMap(({ name, problems }) => problems.map((what): Found => ({ of: name, what })));
  const blind = controlled.filter(({ problems }) => problems.length === 0);
  return {
    counts,
    found: [...found, ...blind.map(({ name }) => ({ of: name, what: 'HAPI finds nothing wrong' }))],
  };
}
