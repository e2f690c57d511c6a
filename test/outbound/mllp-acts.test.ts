// What a receiver is told of a note that was amended or taken back, by the events that it files: T10, T08, T11. Whatever
// it files, what stands there in the end is what the author last said.
import { describe, expect, it } from '@jest/globals';
import { readMessage, readText, readValue, segmentsNamed } from '../../src/hl7v2/message.ts';
import { mllpDestinationSettings } from '../../src/outbound/settings.ts';
import type { DeliveryJob } from '../../src/pipeline/destination.ts';
import { bytesOf, destinationAt, documentNumber, noteJob, noteOf } from './mllp-fixture.ts';

const note = { id: '7c1f0c52-9a64-4d0e-8f7b-1d2c3b4a5968', version: 2 };
const written = noteJob();
const amended = noteJob({ revision: 2, note: noteOf(2, 'Met at the college.') }, { note });
const takenBack = noteJob(
  { revision: 3, note: noteOf(2, 'Met at the college.') },
  { note, action: 'withdraw' },
);

interface Told {
  readonly event: string;
  readonly number: string | null | undefined;
  readonly parent: string | null | undefined;
  readonly text: string | null | undefined;
}

async function told(job: DeliveryJob, understands?: ('T02' | 'T08' | 'T10' | 'T11')[]): Promise<Told> {
  const message = readMessage(
    await bytesOf(destinationAt(1, understands === undefined ? {} : { understands }), job),
  );
  const [txa] = segmentsNamed(message, 'TXA');
  const [obx] = segmentsNamed(message, 'OBX');
  if (txa === undefined) throw new TypeError('no TXA');
  return {
    event: message.header.triggerEvent,
    number: readValue(txa, { field: 12 }),
    parent: readValue(txa, { field: 13 }),
    text: obx === undefined ? undefined : readText(obx, 5),
  };
}

describe('a note at a receiver', () => {
  it('that files T10 gets an amendment as another document, with the one that it replaces', async () => {
    expect(await told(amended, ['T02', 'T10'])).toEqual({
      event: 'T10', number: documentNumber(2), parent: documentNumber(1), text: 'Met at the college.',
    }); // prettier-ignore
  });

  it('that files no T11 gets words in place of what was entered in error, and not why', async () => {
    const because = 'meant for somebody else';
    const told10 = await told({ ...takenBack, decision: { ...takenBack.decision, because } }, ['T02', 'T10']);
    expect(told10).toMatchObject({ event: 'T10', parent: documentNumber(2) });
    expect(told10.text).toMatch(/^Entered in error\./);
    expect(told10.text).not.toMatch(/college|somebody else/);
    expect([documentNumber(1), documentNumber(2)]).not.toContain(told10.number);
  });

  it('that files T11 gets a cancellation of the last version, without text', async () => {
    expect(await told(takenBack, ['T02', 'T10', 'T11'])).toEqual({
      event: 'T11', number: documentNumber(2), parent: undefined, text: undefined,
    }); // prettier-ignore
  });

  it('that files T08 and no T10 has one document for ever, which is edited', async () => {
    const events: ('T02' | 'T08')[] = ['T02', 'T08'];
    const first = documentNumber(1);
    expect(await told(written, events)).toMatchObject({ event: 'T02', number: first });
    expect(await told(amended, events)).toEqual({ event: 'T08', number: first, parent: undefined, text: 'Met at the college.' }); // prettier-ignore
    expect(await told(takenBack, events)).toMatchObject({ event: 'T08', number: first, text: expect.stringMatching(/^Entered in error\./) }); // prettier-ignore
    expect(await told(takenBack, ['T02', 'T08', 'T11'])).toMatchObject({ event: 'T11', number: first });
  });

  it('gets the same bytes again at every try', async () => {
    const [one, other] = [
      destinationAt(1, { understands: ['T02', 'T10'] }),
      destinationAt(2, { understands: ['T02', 'T10'] }),
    ];
    expect(await bytesOf(one, takenBack)).toEqual(await bytesOf(other, takenBack));
  });
});

describe('the events that a receiver files', () => {
  const settings = (understands?: string[]) =>
    mllpDestinationSettings.safeParse({
      id: 'tie', kind: 'mllp', host: 'tie', port: 1, sender: { application: 'A', facility: 'B' },
      receiver: { application: 'C', facility: 'D' }, ...(understands === undefined ? {} : { understands }),
    }); // prettier-ignore

  it('are T02 and T10 unless the trust says more', () => {
    expect(settings().data?.understands).toEqual(['T02', 'T10']);
  });

  it.each([
    ['no T02', ['T10'], /must name T02/],
    ['nothing to correct with', ['T02', 'T11'], /must name T10 or T08/],
    ['an event that we do not write', ['T02', 'T10', 'T06'], /T02/],
  ])('are refused with %s', (_what, understands, words) => {
    expect(JSON.stringify(settings(understands).error?.issues)).toMatch(words);
  });
});
