// The senders: numbered messages about many people over several connections, each sent again until it is acknowledged,
// as a trust's integration engine does; and the history of what was sent and acknowledged when.
import { connect } from 'node:net';
import { openMllpClient } from '../../src/outbound/mllp-client.ts';
import type { MllpClient } from '../../src/outbound/mllp-client.ts';
import { adt } from '../support/epr-messages.ts';
import type { TestPerson } from '../support/epr-messages.ts';

export interface Sent {
  readonly feed: string;
  readonly controlId: string;
  readonly body: Buffer;
  /** Clock readings: before the first byte of the first attempt, and after its acknowledgement. */
  readonly firstSentAt: number;
  readonly acknowledgedAt: number;
}

export interface NumberedMessage {
  readonly controlId: string;
  readonly body: Buffer;
}

/** Whether the person says no in the end. */
export function declinesLater(person: TestPerson): boolean {
  return person.number % 3 === 0;
}

/** Five messages about each person: registered, wants a job, the same twice, and for every third: no. */
function messagesAbout(person: TestPerson): NumberedMessage[] {
  const wants = ['PAID', '20260901'] as const;
  const last = declinesLater(person) ? (['NO', '20260915'] as const) : wants;
  return [undefined, wants, wants, wants, last].map((answer, step) => {
    const controlId = `${person.local}-${step}`;
    const said = { event: step === 0 ? 'A28' : 'A08', controlId } as const;
    return { controlId, body: adt(person, answer === undefined ? said : { ...said, answer }) };
  });
}

export interface Driver {
  readonly history: readonly Sent[];
  /** Resolves when every message has been acknowledged. */
  readonly done: Promise<void>;
  /** No more pauses between bursts. */
  hurry(): void;
  /** Breaks every connection. */
  cut(): Promise<void>;
}

export interface DriverOptions {
  readonly feeds: readonly { readonly id: string; readonly port: number }[];
  readonly people: readonly TestPerson[];
  readonly connections: number;
  /** Longest wait for one acknowledgement. */
  readonly timeoutMs: number;
  /** Pause after each burst of five, so that the stream lasts as long as what it is to be disturbed by. */
  readonly pauseMs: number;
}

/** Starts sending; a person's messages all go over one connection, in order. */
export function startDriver(options: DriverOptions): Driver {
  const history: Sent[] = [];
  const clients = new Set<MllpClient>();
  let hurrying = false;

  const openTo = async (port: number): Promise<MllpClient | undefined> => {
    if (!(await answers(port))) return undefined;
    const client = await openMllpClient({ host: '127.0.0.1', port, timeoutMs: options.timeoutMs }).catch(
      () => undefined,
    );
    if (client !== undefined) clients.add(client);
    return client;
  };
  const send = async (
    feed: DriverOptions['feeds'][number],
    messages: readonly NumberedMessage[],
  ): Promise<void> => {
    let client: MllpClient | undefined;
    for (const [index, { controlId, body }] of messages.entries()) {
      let firstSentAt: number | undefined;
      let acknowledgedAt: number | undefined;
      while (acknowledgedAt === undefined) {
        client ??= await openTo(feed.port);
        if (client === undefined) {
          await new Promise((later) => setTimeout(later, 100));
          continue;
        }
        firstSentAt ??= performance.now();
        const outcome = await client.send(body);
        if (outcome.outcome === 'acknowledged' && outcome.code === 'AA') acknowledgedAt = performance.now();
        else {
          clients.delete(client);
          await client.close();
          client = undefined;
        }
      }
      history.push({ feed: feed.id, controlId, body, firstSentAt: firstSentAt ?? 0, acknowledgedAt });
      if (!hurrying && index % 5 === 4) await new Promise((later) => setTimeout(later, options.pauseMs));
    }
    await client?.close();
  };

  const lanes = Array.from({ length: options.connections }, (_, lane) => {
    const feed = options.feeds[lane % options.feeds.length];
    if (feed === undefined) throw new RangeError('the driver needs a feed');
    return send(
      feed,
      options.people.filter(({ number }) => number % options.connections === lane).flatMap(messagesAbout),
    );
  });
  return {
    history,
    done: Promise.all(lanes).then(() => undefined),
    hurry: () => {
      hurrying = true;
    },
    cut: async () => {
      await Promise.all([...clients].map((client) => client.close()));
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false));
  });
}
