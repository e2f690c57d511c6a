// Every published example message of test/corpora/hl7v2, sent by `ips-bridge send` to a feed that takes them: each is
// acknowledged as it asks, none is lost, and each ends used, unused with a reason, or held with the field that is
// to blame. Versions that do not fit, dates in other zones, byte-order marks and reused control ids included.
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { runCommand } from '../support/command.ts';
import { storedMessages } from '../support/history.ts';
import { startLine } from '../support/line.ts';
import type { Line } from '../support/line.ts';

const folder = resolve(import.meta.dirname, '../corpora/hl7v2');

interface Example {
  readonly file: string;
  readonly bytes: Buffer;
  /** MSH-n, as it stands in the file. */
  readonly msh: (field: number) => string;
}

/** Read by plain splitting, so that the program's own reader does not judge itself. */
const examples = readdirSync(folder)
  .filter((name) => name.endsWith('.hl7'))
  .sort()
  .map((file): Example => {
    const bytes = readFileSync(join(folder, file));
    const fields = (
      bytes
        .toString('latin1')
        .replace(/^[^M]+/, '')
        .split(/[\r\n]/)[0] ?? ''
    ).split('|');
    return { file, bytes, msh: (field) => (fields[field - 1] ?? '').trim() };
  });

const sent = z.array(
  z.looseObject({
    file: z.string(),
    controlId: z.string(),
    outcome: z.string(),
    code: z.string().optional(),
    acknowledgement: z.string().optional(),
  }),
);

/** HL7 v2.5.1 §2.9: neither given: AA once it is stored; else MSH-15 alone decides about the first answer. */
function wanted(example: Example): { outcome: string; code?: string } {
  const [accept, application] = [example.msh(15), example.msh(16)];
  if (accept === '' && application === '') return { outcome: 'acknowledged', code: 'AA' };
  if (accept === 'AL' || accept === 'SU') return { outcome: 'acknowledged', code: 'CA' };
  if (application === 'AL' || application === 'SU') return { outcome: 'acknowledged', code: 'AA' };
  return { outcome: 'not-expected' };
}

describe('the example messages', () => {
  let line: Line;
  let answers: z.infer<typeof sent>;
  let exit: number | null;

  beforeAll(async () => {
    const processingIds = [...new Set(examples.map((example) => example.msh(11)))];
    line = await startLine([], { anySender: true, processingIds });
    const files = examples.map(({ file }) => join(folder, file));
    const port = String(line.trust.feeds[0]?.port);
    const result = await runCommand(['send', ...files, '--port', port, '--json']);
    exit = result.code;
    answers = sent.parse(JSON.parse(result.out));
    await line.settled();
  });
  afterAll(() => line.close());

  it('there are more than thirty of them, with MSH-11 = T and MSH-15/16 = NE/NE and AL/NE among them', () => {
    expect(examples.length).toBeGreaterThan(30);
    expect(examples.map((example) => example.msh(11))).toEqual(expect.arrayContaining(['P', 'T']));
    const asked = examples.map((example) => `${example.msh(15)}/${example.msh(16)}`);
    expect(asked).toEqual(expect.arrayContaining(['NE/NE', 'AL/NE', '/']));
  });

  it('R7 each gets the acknowledgement that its MSH-15 and MSH-16 ask for, with its own control id', () => {
    expect(answers.map(({ file, controlId, outcome, code }) => ({ file, controlId, outcome, code }))).toEqual(
      examples.map((example) => ({
        file: example.file,
        controlId: example.msh(10),
        code: undefined,
        ...wanted(example),
      })),
    );
    for (const { acknowledgement, controlId, code } of answers) {
      if (code === undefined) continue;
      expect(acknowledgement).toMatch(/^MSH\|\^~\\&\|/);
      expect(acknowledgement?.split('\r')[1]).toBe(`MSA|${code}|${controlId}`);
    }
    expect(exit).toBe(0);
  });

  it('R4 none is lost: each is stored once, byte for byte, in the order of sending', async () => {
    const stored = await storedMessages(line.app.store);
    expect(stored.map(({ controlId }) => controlId)).toEqual(examples.map((example) => example.msh(10)));
    const changed = examples.filter((example, index) => stored[index]?.body.equals(example.bytes) !== true);
    expect(changed.map(({ file }) => file)).toEqual([]);
  });

  it('R7 R9 R12 each is used, unused and says which event, or held and names the field', async () => {
    const stored = await storedMessages(line.app.store);
    const ends = stored.map(({ state, outcome, reason, failureWhere }, index) => {
      const event = examples[index]?.msh(9).split('^').slice(0, 2).join('^');
      if (state === 'processed' && outcome === 'used') return `${event} used`;
      if (state === 'processed' && reason === `${event} is not mapped`) return `${event} unused`;
      return `${event} ${state} at ${failureWhere}: ${reason}`;
    });
    const count = (end: string): number => ends.filter((each) => each === end).length;
    expect(
      ends.filter((end) => !/ (used|unused|held at [A-Z][A-Z0-9]{2}(\[\d+\])?-\d+\S*: null)$/.test(end)),
    ).toEqual([]);
    for (const event of ['VXU^V04', 'PPR^PC1', 'ORM^O01']) {
      expect(count(`${event} unused`)).toBeGreaterThan(0);
    }
    // What has a map is never "unused", and a change of identifiers that names nobody we know is held.
    for (const event of ['ADT^A11', 'MDM^T02', 'REF^I12', 'SIU^S12', 'ADT^A45', 'ADT^A47']) {
      expect(ends.some((end) => end.startsWith(event))).toBe(true);
      expect(count(`${event} unused`)).toBe(0);
    }
    for (const event of ['ADT^A45', 'ADT^A47']) {
      expect(ends.filter((end) => end.startsWith(`${event} held at `))).toHaveLength(1);
    }
  });

  it('the same files again get the stored answers and add nothing', async () => {
    const before = (await storedMessages(line.app.store)).length;
    const files = examples.map(({ file }) => join(folder, file));
    const again = await runCommand(['send', ...files, '--port', String(line.trust.feeds[0]?.port), '--json']);
    expect(sent.parse(JSON.parse(again.out)).map(({ acknowledgement }) => acknowledgement)).toEqual(
      answers.map(({ acknowledgement }) => acknowledgement),
    );
    expect(await storedMessages(line.app.store)).toHaveLength(before);
  });
});

describe('the example messages, at a trust that knows who numbered these people', () => {
  const authorities = [
    'authority,kind,system,default,comment',
    ...['test1', 'ADT1', 'BCBS', '1'].map((name) => `${name},person,https://rzz.example/Id/${name},no,`),
    'RZZ,person,https://rzz.example/Id/patient,yes,',
    'RZZ,staff,https://rzz.example/Id/staff,yes,',
    'RZZ,team,https://rzz.example/Id/team,yes,',
    'NHS,nhs,https://fhir.nhs.uk/Id/nhs-number,no,',
  ].join('\n');

  it('every event that has a map is used, with findings in place of refusals', async () => {
    const line = await startLine([], {
      anySender: true,
      processingIds: ['P', 'T'],
      mappingFiles: { 'codes/assigning-authorities.csv': authorities },
    });
    try {
      const files = examples.map(({ file }) => join(folder, file));
      await runCommand(['send', ...files, '--port', String(line.trust.feeds[0]?.port), '--json']);
      await line.settled();
      const mapped = new Set(line.app.interpretation().mappings.events.keys());
      const stored = await storedMessages(line.app.store);
      const ends = stored.map(({ state, outcome, failureWhere }, index) => {
        const event = examples[index]?.msh(9).split('^').slice(0, 2).join('^') ?? '';
        return { event, end: state === 'held' ? `held at ${failureWhere}` : `${state} ${outcome}` };
      });
      const used = ends.filter(({ event }) => mapped.has(event));
      expect(used.length).toBeGreaterThan(8);
      // These name nobody: no number in MRG-1, or one of an authority that is not in the list above.
      expect(used.filter(({ end }) => end !== 'processed used')).toEqual([
        { event: 'ADT^A45', end: 'held at MRG-1' },
        { event: 'ADT^A47', end: 'held at PID-3.4' },
        { event: 'ORU^R01', end: 'held at PID-3.4' },
      ]);
      expect(await line.epr.resources('ServiceRequest')).toEqual([]);
    } finally {
      await line.close();
    }
  });
});
