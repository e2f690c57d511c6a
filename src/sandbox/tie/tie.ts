// The sandbox's integration engine (TIE): it acknowledges a message before the record behind it has it, files it a little
// later, refuses a share, and removes duplicates or does not. A tool for trying things out and for tests; no engine for
// production.
import { setTimeout as delay } from 'node:timers/promises';
import { acknowledge, wanted } from '../../hl7v2/acknowledgement.ts';
import type { AcknowledgedError, AcknowledgementCode } from '../../hl7v2/acknowledgement.ts';
import { peekHeader } from '../../hl7v2/header.ts';
import { seededRandom } from '../random.ts';
import { createFiling } from './filing.ts';
import type { FiledDocument } from './filing.ts';
import { startMllpServer } from './server.ts';
import type { Response } from './server.ts';

export interface TieSettings {
  /** 0 for any free one. */
  readonly port: number;
  /** The same seed refuses the same messages of a run. */
  readonly seed: number;
  /** Share of messages that it refuses, 0 to 1; none unless given. Half of them for good, half for the moment. */
  readonly refuse?: number;
  /** Whether a second message with the same MSH-10 is acknowledged and dropped; yes unless given. */
  readonly removesDuplicates?: boolean;
  /** Milliseconds from the acknowledgement until the record has it; 50 unless given. */
  readonly filesAfterMs?: number;
  readonly faults?: TieFaultPlan;
}

/** `lost-acknowledgement`: taken and filed, and the connection cut instead of an answer. `lost-message`: cut, not taken. */
export type TieFault = 'lost-acknowledgement' | 'lost-message' | 'silence';

/** Asked once for each message, by its MSH-10; undefined lets it through. */
export type TieFaultPlan = (controlId: string) => TieFault | undefined;

export interface TakenMessage {
  readonly controlId: string;
  /** MSH-9.2. */
  readonly event: string;
  /** What was answered; undefined where nothing was. */
  readonly answer: AcknowledgementCode | undefined;
}

export interface Tie {
  readonly port: number;
  /** Every message that came in, oldest first, repetitions and refused ones included. */
  readonly messages: readonly TakenMessage[];
  /** What stands in the record, and what did. */
  readonly documents: () => readonly FiledDocument[];
  /** What could not be filed, in words without anybody's data. */
  readonly problems: readonly string[];
  /** Resolves when everything that was taken so far has been filed. */
  settled(): Promise<void>;
  /** Changes what goes wrong from now on. */
  setFaults(faults: TieFaultPlan | undefined): void;
  /** Refuses connections until `open`. */
  shut(): Promise<void>;
  open(): Promise<void>;
  close(): Promise<void>;
}

const refusals: readonly { readonly code: 'AE' | 'AR'; readonly error: AcknowledgedError }[] = [
  { code: 'AE', error: { where: 'MSH', code: '207', text: 'no thread is free, send it again' } },
  { code: 'AR', error: { where: 'PID-3', code: '103', text: 'this number is not on the index' } },
];

/** Starts an engine on 127.0.0.1. */
export async function startTie(settings: TieSettings): Promise<Tie> {
  const { refuse = 0, removesDuplicates = true, filesAfterMs = 50 } = settings;
  const random = seededRandom(settings.seed);
  const filing = createFiling();
  const messages: TakenMessage[] = [];
  const taken = new Set<string>();
  let { faults } = settings;
  // One after another, in the order of arrival, as an engine's queue does.
  let queue: Promise<unknown> = Promise.resolve();
  let isClosed = false;
  let answers = 0;

  const take = (controlId: string, message: Buffer): void => {
    if (removesDuplicates && taken.has(controlId)) return;
    taken.add(controlId);
    queue = queue.then(async () => {
      await delay(isClosed ? 0 : filesAfterMs);
      filing.file(message);
    });
  };

  const respond = (message: Buffer): Response => {
    const header = peekHeader(message);
    const { controlId, triggerEvent: event } = header;
    const fault = faults?.(controlId);
    const answered = (code: AcknowledgementCode, error?: AcknowledgedError): Response => {
      messages.push({ controlId, event, answer: code });
      answers += 1;
      const detail = { code, controlId: `TIE${answers}`, now: new Date(), zone: 'Europe/London' };
      return { answer: acknowledge(header, error === undefined ? detail : { ...detail, error }) };
    };
    if (fault !== undefined) {
      messages.push({ controlId, event, answer: undefined });
      if (fault === 'lost-acknowledgement') take(controlId, message);
      return fault === 'silence' ? 'silence' : 'cut';
    }
    // What has been taken is acknowledged again: only something new is refused.
    const isKnown = removesDuplicates && taken.has(controlId);
    if (!isKnown && refuse > 0 && random.chance(refuse)) {
      const { code, error } = random.pick(refusals);
      return answered(code, error);
    }
    take(controlId, message);
    return answered(wanted(header, 'as-asked').stored ?? 'AA');
  };

  const server = await startMllpServer(settings.port, respond);
  let isOpen = true;
  const shut = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await server.shut();
  };
  return {
    port: server.port,
    messages,
    documents: filing.documents,
    problems: filing.problems,
    settled: async () => {
      let seen: Promise<unknown>;
      do {
        seen = queue;
        await seen;
      } while (seen !== queue);
    },
    setFaults: (plan) => (faults = plan),
    shut,
    open: async () => {
      await server.open();
      isOpen = true;
    },
    close: async () => {
      isClosed = true;
      await shut();
      await queue;
    },
  };
}
