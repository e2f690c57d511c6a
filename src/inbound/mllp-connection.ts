// One MLLP connection: bytes to messages, one message at a time to its answer, answers in order. One at a time, so
// that a message that could not be stored is never overtaken by a later one of the same sender.
import type { Socket } from 'node:net';
import { errorCode } from '../errors.ts';
import { createFramer, frame } from '../hl7v2/framing.ts';
import { messagesOf } from '../hl7v2/segments.ts';
import { answerMessage } from './mllp-answer.ts';
import type { Awaited, MllpFeed, ReceivedMessage } from './mllp-answer.ts';
import { frameLimit } from './mllp-settings.ts';

type CloseReason = 'over-limit' | 'half-a-frame' | 'not-stored' | 'not-reading';

export interface Connection {
  /** Takes nothing more, answers what is whole, and ends; gone within `drainMs` and half a second. */
  finish(drainMs: number): Promise<void>;
  readonly closed: Promise<void>;
}

/** Reading pauses while this much of a connection is unanswered; the rest waits in the sender. */
const maxUnanswered = { messages: 64, bytes: 4 * 1_048_576 };
const maxAwaited = 1_000;
/** How long the last answer is given to reach a peer before the socket is destroyed. */
const lingerMs = 500;
/** How long a closing connection still waits for processing, for the sake of application acknowledgements. */
const awaitedGraceMs = 2_000;
const brokenFrameDrainMs = 400;
const peerEndDrainMs = 7_000;

export function serveConnection(socket: Socket, feed: MllpFeed): Connection {
  const { settings, deps } = feed;
  const peer = `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`;
  const labels = { feed: feed.feed };
  const framer = createFramer(frameLimit(settings));
  const timeoutMs = settings.frameTimeoutSeconds * 1_000;
  const gone = new AbortController();
  const queue: ReceivedMessage[] = [];
  const awaiting = new Set<Promise<void>>();
  let queuedBytes = 0;
  let isWorking = false;
  let isFinishing = false;
  let frameTimer: NodeJS.Timeout | undefined;
  let whenIdle: (() => void)[] = [];

  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      clearTimeout(frameTimer);
      queue.length = 0;
      gone.abort();
      resolve();
    });
  });

  const isFull = (): boolean => queue.length > maxUnanswered.messages || queuedBytes > maxUnanswered.bytes;

  const watchFrame = (): void => {
    clearTimeout(frameTimer);
    frameTimer = undefined;
    // While we do not read, a frame that is not whole is our own doing.
    if (isFinishing || !framer.isPartial() || socket.isPaused()) return;
    frameTimer = setTimeout(() => void closeFor('half-a-frame', brokenFrameDrainMs), timeoutMs);
  };

  const finish = async (drainMs: number): Promise<void> => {
    if (isFinishing) return closed;
    isFinishing = true;
    clearTimeout(frameTimer);
    const deadline = Date.now() + drainMs;
    if (isWorking) await within(drainMs, new Promise<void>((resolve) => whenIdle.push(resolve)));
    const left = Math.min(deadline - Date.now(), awaitedGraceMs);
    if (awaiting.size > 0 && left > 0) await within(left, Promise.all(awaiting));
    socket.end();
    // Bytes left unread would turn the end into a reset, and a reset may take the last answer with it.
    socket.resume();
    await within(lingerMs, closed);
    socket.destroy();
    return closed;
  };

  const closeFor = async (reason: CloseReason, drainMs: number): Promise<void> => {
    if (isFinishing) return;
    deps.metrics.closed.inc({ ...labels, reason });
    deps.log.warn('mllp-connection-closed', { ...labels, peer, outcome: reason });
    await finish(drainMs);
  };

  const write = async (message: Buffer): Promise<void> => {
    if (!socket.writable || socket.write(frame(message))) return;
    const drained = new Promise<void>((resolve) => socket.once('drain', resolve));
    if (!(await within(timeoutMs, Promise.race([drained, closed])))) {
      queue.length = 0;
      void closeFor('not-reading', 0);
    }
  };

  const sendLater = (awaited: Awaited): void => {
    if (awaiting.size >= maxAwaited) {
      deps.metrics.acksDropped.inc(labels);
      return;
    }
    const sent = deps.processed(awaited.row, gone.signal).then(
      (outcome) => {
        const message = awaited.acknowledgementOf(outcome);
        if (message === undefined) return;
        if (socket.writable) socket.write(frame(message));
        else deps.metrics.acksDropped.inc(labels);
      },
      () => deps.metrics.acksDropped.inc(labels),
    );
    awaiting.add(sent);
    void sent.then(() => awaiting.delete(sent));
  };

  const work = async (): Promise<void> => {
    if (isWorking) return;
    isWorking = true;
    for (let next = queue[0]; next !== undefined; next = queue[0]) {
      const answer = await answerMessage(feed, next);
      if (answer.outcome === 'close') {
        // What follows must not overtake it: the sender sends all of them again.
        queue.length = 0;
        void closeFor('not-stored', 0);
        break;
      }
      queue.shift();
      queuedBytes -= next.body.length;
      if (answer.reply !== undefined) await write(answer.reply);
      if (answer.awaited !== undefined) sendLater(answer.awaited);
      if (socket.isPaused() && !isFull() && !isFinishing) {
        socket.resume();
        watchFrame();
      }
    }
    isWorking = false;
    const waiting = whenIdle;
    whenIdle = [];
    for (const resolve of waiting) resolve();
  };

  socket.on('data', (chunk) => {
    if (isFinishing) return;
    const wasPartial = framer.isPartial();
    const { frames, junkBytes, overLimit } = framer.push(chunk);
    if (junkBytes > 0) deps.metrics.junkBytes.inc(labels, junkBytes);
    const receivedAt = deps.now();
    for (const body of frames.flatMap((whole) => messagesOf(whole))) {
      queue.push({ body, receivedAt, peer });
      queuedBytes += body.length;
    }
    void work();
    if (overLimit) {
      void closeFor('over-limit', brokenFrameDrainMs);
      return;
    }
    const mustPause = isFull();
    if (mustPause) socket.pause();
    // The time runs from a frame's first byte: a byte now and then does not hold a connection for ever.
    if (mustPause || frames.length > 0 || wasPartial !== framer.isPartial()) watchFrame();
  });
  socket.on('end', () => void finish(peerEndDrainMs));
  socket.on('error', (thrown) => {
    const code = errorCode(thrown);
    deps.log.info('mllp-socket-error', { ...labels, peer, ...(code === undefined ? {} : { outcome: code }) });
  });
  return { finish, closed };
}

/** True where `work` is done within `ms`. */
async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
