// The MLLP listener on a real socket: what is stored, what is answered, and in which order.
import { afterEach, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { frame } from '../../src/hl7v2/framing.ts';
import { adt, openPeer, startBench } from './mllp-bench.ts';
import type { Bench, Peer } from './mllp-bench.ts';

let bench: Bench;
const peers: Peer[] = [];

async function start(settings?: Record<string, unknown>): Promise<Peer> {
  bench = await startBench(settings);
  return peer();
}
async function peer(): Promise<Peer> {
  const opened = await openPeer(bench.port);
  peers.push(opened);
  return opened;
}
const ids = (): string[] => bench.stored.map(({ controlId }) => controlId);

afterEach(async () => {
  for (const opened of peers.splice(0)) opened.socket.destroy();
  await bench.listener.close();
});

describe('framing on a connection', () => {
  it('R5 answers pipelined messages in order, N messages and N acknowledgements, bytes identical', async () => {
    const sender = await start();
    const messages = Array.from({ length: 200 }, (_, i) => adt(`M-${i}`));
    sender.write(Buffer.concat(messages.map((message) => frame(message))));
    expect(await sender.acks(200)).toEqual(messages.map((_, i) => `AA M-${i}`));
    expect(bench.stored.map(({ body }) => body.toString())).toEqual(messages.map(String));
    expect(bench.stored[0]).toMatchObject({ feed: 'rio', sender: 'RIO|RXX', event: 'ADT^A08' });
  });

  it('R5 reads messages that come byte by byte, with junk between them', async () => {
    const sender = await start();
    const stream = Buffer.concat([
      Buffer.from('junk'),
      frame(adt('M-1')),
      Buffer.from('\r\n'),
      frame(adt('M-2')),
    ]);
    for (const byte of stream) {
      sender.write(Buffer.from([byte]));
      await delay(0);
    }
    expect(await sender.acks(2)).toEqual(['AA M-1', 'AA M-2']);
    expect(await bench.metric('mllp_junk_bytes_total')).toBe(6);
  });

  it('R5 keeps 50 interleaved connections apart', async () => {
    await start();
    const all = await Promise.all(Array.from({ length: 49 }, () => peer()));
    const streams = all.map((_, n) => Buffer.concat([1, 2, 3].map((i) => frame(adt(`${n}-${i}`)))));
    for (let at = 0; at < 600; at += 37) {
      for (const [n, opened] of all.entries()) opened.write(streams[n]!.subarray(at, at + 37));
      await delay(0);
    }
    const answers = await Promise.all(all.map((opened) => opened.acks(3)));
    expect(answers).toEqual(all.map((_, n) => [1, 2, 3].map((i) => `AA ${n}-${i}`)));
    expect(bench.stored).toHaveLength(147);
  });

  it('R5 delivers nothing of half a frame that is followed by a close', async () => {
    const sender = await start();
    sender.send(adt('M-1'));
    sender.socket.end(frame(adt('M-2')).subarray(0, 60));
    await sender.closed;
    expect([ids(), sender.raw.length]).toEqual([['M-1'], 1]);
  });

  it('R8 stores and acknowledges each message of a batch by itself', async () => {
    const sender = await start();
    sender.send(Buffer.from(['FHS|^~\\&\rBHS|^~\\&\r', adt('M-1'), adt('M-2'), 'BTS|2\rFTS|1\r'].join('')));
    expect(await sender.acks(2)).toEqual(['AA M-1', 'AA M-2']);
    expect(bench.stored.map(({ body }) => body.toString())).toEqual([String(adt('M-1')), String(adt('M-2'))]);
  });

  it('survives a sender that goes away without waiting for answers', async () => {
    const sender = await start();
    sender.send(adt('M-1'));
    await delay(10);
    sender.socket.resetAndDestroy();
    const other = await peer();
    other.send(adt('M-2'));
    expect(await other.acks(1)).toEqual(['AA M-2']);
  });
});

describe('answers', () => {
  it('R3 gives the stored acknowledgement again for the same bytes, also on another connection', async () => {
    const sender = await start();
    sender.send(adt('M-1'));
    await sender.acks(1);
    const other = await peer();
    other.send(adt('M-1'));
    await other.acks(1);
    expect(other.raw[0]).toEqual(sender.raw[0]);
    expect(ids()).toEqual(['M-1']);
  });

  it.each([
    ['no HL7v2', Buffer.from('GET / HTTP/1.1'), 'AR ', 'parse/not-hl7v2', 'MSH'],
    ['no MSH', Buffer.from('PID|1||9990000018'), 'AR ', 'structure/no-msh', 'MSH'],
    ['an empty frame', Buffer.alloc(0), 'AR ', 'parse/not-hl7v2', 'MSH'],
    ['a bad MSH-2', Buffer.from('MSH|^^|RIO'), 'AR ', 'parse/encoding-characters', 'MSH-2'],
    ['no MSH-10', adt(''), 'AR ', 'field/missing-control-id', 'MSH-10'],
    ['an unknown application', adt('B', '', 'XXX|RXX'), 'AR B', 'identity/unknown-sender', 'MSH-3'],
    [
      'a test message',
      Buffer.from(String(adt('B')).replace('|P|', '|T|')),
      'AR B',
      'unsupported/processing-id',
      'MSH-11',
    ],
    ['enhanced mode', adt('B', '|||AL|NE', 'XXX|RXX'), 'CR B', 'identity/unknown-sender', 'MSH-3'],
  ])(
    'R7 refuses %s, keeps its bytes, and goes on with the next',
    async (_name, message, answer, kind, where) => {
      const sender = await start();
      sender.send(message);
      sender.send(adt('M-2'));
      expect(await sender.acks(2)).toEqual([answer, 'AA M-2']);
      expect(sender.raw[0]?.toString()).toContain(`ERR|${where.replace('-', '^1^')}`);
      expect(bench.refused).toEqual([expect.objectContaining({ feed: 'rio', kind, where, body: message })]);
      expect(ids()).toEqual(['M-2']);
    },
  );

  it('R7 refuses a facility that is not in the list, and takes what is surprising otherwise', async () => {
    const senders = [{ application: 'RIO', facility: 'RXX' }];
    const sender = await start({ senders, processingIds: ['P', 'T'] });
    sender.send(adt('M-1', '', 'RIO|RYY'));
    sender.send(Buffer.from('MSH|^~\\&|RIO^1.2^ISO|RXX^9^ISO||||||M-2|T|9.9\rgarbage'));
    expect(await sender.acks(2)).toEqual(['AR M-1', 'AA M-2']);
    expect(bench.refused[0]?.where).toBe('MSH-4');
  });

  it('keeps an acknowledgement that comes in, and never answers it', async () => {
    const sender = await start();
    sender.send(Buffer.from('MSH|^~\\&|RIO|RXX|||||ACK^A08|X|P|2.4\rMSA|AA|1'));
    sender.send(adt('M-2'));
    expect(await sender.acks(1)).toEqual(['AA M-2']);
    expect(bench.refused[0]?.kind).toBe('unsupported/acknowledgement');
  });

  it('R7 honours MSH-15 and MSH-16, unless the feed says always', async () => {
    const sender = await start();
    for (const [id, tail] of [
      ['1', '|||NE|NE'],
      ['2', '|||AL|NE'],
      ['3', '|||ER|NE'],
      ['4', '|||SU|'],
    ] as const) {
      sender.send(adt(id, tail));
    }
    expect(await sender.acks(2)).toEqual(['CA 2', 'CA 4']);
    expect(bench.stored[0]?.acknowledgement).toBeUndefined();
    await bench.listener.close();
    const waiting = await start({ acknowledge: 'always' });
    waiting.send(adt('1', '|||NE|NE'));
    expect(await waiting.acks(1)).toEqual(['AA 1']);
  });

  it('gives the application acknowledgement when processing is over, also to a duplicate', async () => {
    const sender = await start();
    for (const id of ['0', '1']) sender.send(adt(id, '|||AL|AL'));
    expect(await sender.acks(2)).toEqual(['CA 0', 'CA 1']);
    bench.finishRow(1, 'held');
    bench.finishRow(0, 'processed');
    expect(await sender.acks(2)).toEqual(['AE 1', 'AA 0']);
    sender.send(adt('0', '|||AL|AL'));
    expect(await sender.acks(2)).toEqual(['CA 0', 'AA 0']);
  });

  it('counts an application acknowledgement whose connection has gone', async () => {
    const sender = await start();
    sender.send(adt('0', '|||AL|AL'));
    await sender.acks(1);
    sender.socket.resetAndDestroy();
    await delay(20);
    bench.finishRow(0, 'processed');
    await delay(5);
    expect(await bench.metric('application_acks_dropped_total')).toBe(1);
  });

  it('R39 logs a sender full of line ends and escapes as one valid JSON line', async () => {
    const sender = await start();
    sender.send(adt('B', '', 'X\n{"forged":1}\x1b[31m|RXX'));
    await sender.acks(1);
    const lines = bench
      .log()
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(lines.filter((line) => JSON.stringify(line).includes('message-refused'))).toHaveLength(1);
  });
});
