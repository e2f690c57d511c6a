// Real sockets, outward: our MLLP sender delivers notes to HAPI's server, which parses and checks them and answers; what
// the answer leads to is what docs/destinations.md says of it.
import { z } from 'zod';
import { peekHeader } from '../../src/hl7v2/header.ts';
import { createMllpDestination } from '../../src/outbound/mllp-destination.ts';
import { mllpDestinationSettings } from '../../src/outbound/settings.ts';
import type { Destination } from '../../src/pipeline/destination.ts';
import { bytesOf, noteJob, noteOf, signal } from '../outbound/mllp-fixture.ts';
import { mappingsWith } from '../support/mapping.ts';
import { serve } from './java.ts';

const received = z.object({ received: z.string(), structure: z.string() });

/** What HAPI is told to answer (with a condition of table 0357), and what must become of the delivery. */
const answers: readonly (readonly [answer: string, outcome: string])[] = [
  ['AA', 'delivered'],
  ['CA', 'delivered'],
  ['AE:207', 'transient'],
  ['AE:101', 'permanent'],
  ['AR:202', 'permanent'],
  ['CE:207', 'transient'],
  ['CR:103', 'permanent'],
];
const versions = ['2.4', '2.5.1'] as const;

/** Waits long enough for a Java program that has just started. */
function destinationAt(port: number, version: string): Destination {
  const settings = mllpDestinationSettings.parse({
    id: 'tie',
    kind: 'mllp',
    host: '127.0.0.1',
    port,
    sender: { application: 'IPSBRIDGE', facility: 'RZZ' },
    receiver: { application: 'TIE', facility: 'RZZ' },
    version,
  });
  const loaded = mappingsWith();
  return createMllpDestination(settings, {
    now: () => new Date(),
    zone: 'Europe/London',
    mappings: () => loaded,
  });
}

export interface SenderCheck {
  /** `MDM_T02 2.4 AA: delivered` and how often. */
  readonly counts: ReadonlyMap<string, number>;
  readonly wrong: readonly string[];
}

/** Delivers a new and an amended note in each version, once for each answer. */
export async function checkSender(): Promise<SenderCheck> {
  const counts = new Map<string, number>();
  const wrong: string[] = [];
  for (const [answer, outcome] of answers) {
    const server = await serve(['receive', answer]);
    const sent: string[] = [];
    try {
      for (const version of versions) {
        const destination = destinationAt(server.port, version);
        for (const job of [noteJob(), noteJob({ revision: 2, note: noteOf(2, 'Met at the college.') })]) {
          const bytes = await bytesOf(destination, job);
          sent.push(peekHeader(bytes).controlId);
          const delivery = await destination.send(job, bytes, signal);
          const label = `${version} ${answer}: ${delivery.outcome}`;
          counts.set(label, (counts.get(label) ?? 0) + 1);
          if (delivery.outcome !== outcome) wrong.push(`${label}, ${outcome} was due`);
        }
        await destination.close?.();
      }
    } finally {
      await server.close();
    }
    const told = z.array(received).parse(server.told);
    if (told.map((each) => each.received).join() !== sent.join())
      wrong.push(`${answer}: HAPI did not read every message`);
    for (const { structure } of told)
      if (!structure.startsWith('MDM_T02 ')) wrong.push(`${answer}: read as ${structure}`);
  }
  return { counts, wrong };
}
