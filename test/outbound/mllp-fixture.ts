// What tests of the MLLP destination share: one invented person with a note, and a scripted engine on a real socket.
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import type { DocumentReference } from '@medplum/fhirtypes';
import { urnOf } from '../../src/fhir/ids.ts';
import { createFramer, frame } from '../../src/hl7v2/framing.ts';
import { peekHeader } from '../../src/hl7v2/header.ts';
import { noteKey, noteVersionKey } from '../../src/ips/notes/identity.ts';
import type { Decision } from '../../src/ips/decision.ts';
import { createMllpDestination } from '../../src/outbound/mllp-destination.ts';
import { mllpDestinationSettings } from '../../src/outbound/settings.ts';
import type { MllpDestinationSettings } from '../../src/outbound/settings.ts';
import type { Delivery, DeliveryJob, Destination } from '../../src/pipeline/destination.ts';
import { mappingsWith } from '../support/mapping.ts';

export const local = 'https://rzz.example/Id/patient';
export const signal = new AbortController().signal;
const id = '7c1f0c52-9a64-4d0e-8f7b-1d2c3b4a5968';

/** The document number (TXA-12.1) of one version. */
export const documentNumber = (version: number): string =>
  urnOf(noteVersionKey({ id, version })).slice('urn:uuid:'.length);

/** A version of the note, as the record has it. */
export function noteOf(version: number, text: string): DocumentReference {
  const identifier = (of: number) => ({
    system: 'urn:ietf:rfc:3986',
    value: urnOf(noteVersionKey({ id, version: of })),
  });
  return {
    resourceType: 'DocumentReference',
    identifier: [identifier(version)],
    status: 'current',
    category: [{ coding: [{ system: 'urn:x-ips-bridge:note-kind', code: 'contact' }] }],
    date: '2026-03-01T12:00:00.250Z',
    author: [
      {
        type: 'Practitioner',
        identifier: { system: 'https://rzz.example/Id/staff', value: 'E0042' },
        display: 'Sam O’Neil',
      },
    ],
    ...(version === 1
      ? {}
      : { relatesTo: [{ code: 'replaces', target: { identifier: identifier(version - 1) } }] }),
    content: [{ attachment: { contentType: 'text/plain', data: Buffer.from(text).toString('base64') } }],
    context: { period: { start: '2026-02-27' } },
  };
}

const decision: Decision = {
  action: 'make',
  effect: 'file-note',
  rule: 'progress-note',
  title: 'IPS progress note',
  key: noteKey(id),
  team: { id: 'CMHT-N', name: 'North CMHT', type: 'A06' },
  reasons: [],
  note: { id, version: 1 },
  decidedAt: '2026-03-01T12:00:01.000Z',
  ruleSet: 'a1b2c3',
};

/** The delivery of the first version; `more` says what differs. Not `noted`: the record does not have the note. */
export function noteJob(
  {
    noted = true,
    ...more
  }: Partial<Pick<DeliveryJob, 'revision' | 'attempt' | 'person' | 'frozen' | 'note'>> & {
    readonly noted?: boolean;
  } = {},
  decided: Partial<Decision> = {},
): DeliveryJob {
  return {
    row: 1,
    key: decision.key,
    revision: 1,
    attempt: 1,
    decision: { ...decision, ...decided },
    person: {
      uid: '0b0c9a7e-6c7d-4a55-9a3e-2f1d5c4b3a21',
      keys: [{ system: local, value: 'R0001234' }],
      nhsNumber: { value: '9990000018', verified: true },
      birthDate: '1980-05-01',
    },
    standing: { restricted: false, deceased: false },
    ...(noted ? { note: noteOf(1, 'Met at the library.') } : {}),
    ...more,
  };
}

export function destinationAt(
  port: number,
  more: Partial<
    Pick<MllpDestinationSettings, 'receiverRemovesDuplicates' | 'version' | 'acknowledgement' | 'understands'>
  > = {},
  now: () => Date = () => new Date(),
): Destination {
  const settings = mllpDestinationSettings.parse({
    id: 'tie',
    kind: 'mllp',
    host: '127.0.0.1',
    port,
    sender: { application: 'IPSBRIDGE', facility: 'RZZ' },
    receiver: { application: 'TIE', facility: 'RZZ' },
    timeoutSeconds: 1,
    understands: ['T02', 'T10', 'T11'],
    ...more,
  });
  const loaded = mappingsWith();
  return createMllpDestination(settings, { now, zone: 'Europe/London', mappings: () => loaded });
}

/** The bytes of a job that is expected to be ready. */
export async function bytesOf(destination: Destination, job: DeliveryJob): Promise<Buffer> {
  const prepared = await destination.prepare(job, signal);
  if (prepared.outcome !== 'ready') throw new TypeError(`not ready: ${JSON.stringify(prepared)}`);
  return prepared.bytes;
}

/** Prepares and sends once. */
export async function deliver(destination: Destination, job: DeliveryJob): Promise<Delivery> {
  return destination.send(job, await bytesOf(destination, job), signal);
}

export interface ScriptedTie {
  readonly port: number;
  /** Control ids of the messages that came in, and on which connection (from 1). */
  readonly received: { readonly controlId: string; readonly connection: number; readonly bytes: Buffer }[];
  close(): Promise<void>;
}

/**
 * An engine that does with each message (from 1) what the script says. `reply` takes what follows `MSA|`, where `*` stands
 * for the control id, and further segments after a line break: `AE|*\rERR|…`.
 */
export async function scriptedTie(
  script: (message: number, reply: (msa: string) => void, socket: Socket) => void,
): Promise<ScriptedTie> {
  const received: { controlId: string; connection: number; bytes: Buffer }[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    const connection = connections;
    sockets.add(socket);
    socket.on('error', () => undefined);
    const framer = createFramer(1_048_576);
    socket.on('data', (chunk) => {
      for (const bytes of framer.push(chunk).frames) {
        const { controlId } = peekHeader(bytes);
        received.push({ controlId, connection, bytes });
        const reply = (msa: string): void => {
          const text = `MSH|^~\\&|TIE|RZZ|IPSBRIDGE|RZZ|||ACK|R-1|P|2.4\rMSA|${msa.replace('*', controlId)}\r`;
          socket.write(frame(Buffer.from(text)));
        };
        script(received.length, reply, socket);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    received,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
