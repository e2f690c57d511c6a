// Real sockets, inward: HAPI's MLLP client sends to the service, which stores in a real PostgreSQL; what comes back, read by
// HAPI, is what MSH-15 and MSH-16 ask for (HL7 v2.5.1 §2.9), and every message is stored.
import { z } from 'zod';
import setup from '../support/global-setup.ts';
import teardown from '../support/global-teardown.ts';
import { storedMessages } from '../support/history.ts';
import { startLine } from '../support/line.ts';
import { ask } from './java.ts';
import { corpus, golden, question } from './read.ts';
import type { Inbound } from './read.ts';

const answer = z.object({
  name: z.string(),
  /** MSA-1, `none` after silence, or what HAPI makes of it. */
  code: z.string(),
  controlId: z.string().optional(),
  /** The message as HAPI wrote it. */
  sent: z.string().optional(),
});

interface Sending extends Inbound {
  readonly controlId: string;
  readonly expects: string;
}

/** Field n of the header, by plain splitting, so that the service's own reader does not judge itself. */
function headerField(bytes: Buffer, field: number): string {
  const [msh = ''] = bytes.toString('latin1').replace(/^[^M]+/, '').split(/[\r\n]/); // prettier-ignore
  return (msh.split('|')[field - 1] ?? '').trim();
}

function withHeader(bytes: Buffer, changes: Readonly<Record<number, string>>): Buffer {
  const [msh = '', ...rest] = bytes.toString('latin1').split(/\r\n|\r|\n/);
  const fields = msh.split('|');
  for (const [field, value] of Object.entries(changes)) {
    while (fields.length < Number(field)) fields.push('');
    fields[Number(field) - 1] = value;
  }
  return Buffer.from([fields.join('|'), ...rest].join('\r'), 'latin1');
}

function expectedOf(bytes: Buffer): string {
  const [accept, application] = [headerField(bytes, 15), headerField(bytes, 16)];
  if (accept === '' && application === '') return 'AA';
  return accept === 'AL' ? 'CA' : 'none';
}

/** The examples as they are, and the UK messages under control ids of their own, in original and in enhanced mode. */
function sendings(): readonly Sending[] {
  const published = corpus.map(({ name, bytes }) => ({
    name,
    bytes,
    controlId: headerField(bytes, 10),
    expects: expectedOf(bytes),
  }));
  const modes = [
    { mode: 'original', header: { 11: 'P', 15: '', 16: '' }, expects: 'AA' },
    { mode: 'enhanced', header: { 11: 'P', 15: 'AL', 16: 'NE' }, expects: 'CA' },
    { mode: 'of an id that is not taken', header: { 11: 'D', 15: '', 16: '' }, expects: 'AR' },
    { mode: 'enhanced, of an id that is not taken', header: { 11: 'D', 15: 'AL', 16: 'NE' }, expects: 'CR' },
  ] as const;
  const own = golden.flatMap(({ name, bytes }, number) =>
    // Refusals look alike: a few are enough.
    modes.slice(0, number < 5 ? modes.length : 2).map(({ mode, header, expects }, index): Sending => {
      const controlId = `INTEROP-${number}-${index}`;
      return {
        name: `${name}, ${mode}`,
        controlId,
        expects,
        bytes: withHeader(bytes, { ...header, 10: controlId }),
      };
    }),
  );
  return [...published, ...own];
}

export interface ListenerCheck {
  /** How many messages got which answer. */
  readonly counts: ReadonlyMap<string, number>;
  readonly wrong: readonly string[];
}

/** Sends everything on one connection and compares answers and store. */
export async function checkListener(): Promise<ListenerCheck> {
  await setup();
  try {
    const line = await startLine([], { anySender: true, processingIds: ['P', 'T'], documents: true });
    try {
      const sent = sendings();
      const port = String(line.trust.feeds[0]?.port);
      const questions = sent.map((each) => ({ ...question(each), expects: each.expects }));
      const answers = await ask(['send', port], questions, answer);
      const stored = await storedMessages(line.app.store);
      return compare(sent, answers, stored);
    } finally {
      await line.close();
    }
  } finally {
    await teardown();
  }
}

function compare(
  sent: readonly Sending[],
  answers: readonly z.infer<typeof answer>[],
  stored: Awaited<ReturnType<typeof storedMessages>>,
): ListenerCheck {
  const counts = new Map<string, number>();
  const wrong = sent.flatMap(({ name, controlId, expects }, index): string[] => {
    const { code = 'none', controlId: answered } = answers[index] ?? {};
    counts.set(code, (counts.get(code) ?? 0) + 1);
    if (code !== expects) return [`${name}: ${expects} was due, HAPI got ${code}`];
    if (code !== 'none' && answered !== controlId) return [`${name}: MSA-2 is not its control id`];
    return [];
  });
  // In the order of arrival: the published examples use control ids again.
  const taken = sent
    .map(({ name, expects }, index) => ({ name, expects, bytes: answers[index]?.sent }))
    .filter(({ expects }) => !expects.endsWith('R'));
  const lost = taken.flatMap(({ name, bytes }, index): string[] =>
    stored[index]?.body.toString('utf8') === bytes ? [] : [`${name}: not stored as it was sent`],
  );
  if (stored.length !== taken.length) lost.push(`${taken.length} were taken, ${stored.length} are stored`);
  return { counts, wrong: [...wrong, ...lost] };
}
