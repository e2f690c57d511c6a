// The MLLP listener under faults: a store that fails, frames too large or never whole, too many connections, a stop.
import { afterEach, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { frame } from '../../src/hl7v2/framing.ts';
import { mllpSettings, frameLimit } from '../../src/inbound/mllp-settings.ts';
import { startMllpListener } from '../../src/inbound/mllp.ts';
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

afterEach(async () => {
  for (const opened of peers.splice(0)) opened.socket.destroy();
  await bench.listener.close();
});

describe('a store that fails', () => {
  it.each(['not-stored', 'throws'] as const)('R2 closes without an acknowledgement (%s)', async (fault) => {
    const sender = await start();
    sender.send(adt('M-1'));
    await sender.acks(1);
    bench.fault = fault;
    sender.write(Buffer.concat([frame(adt('M-2')), frame(adt('M-3'))]));
    await sender.closed;
    expect(sender.raw).toHaveLength(1);
    expect(await bench.metric('mllp_connections_closed_total', 'not-stored')).toBe(1);
  });

  it('R2 never lets a later message overtake one that could not be stored', async () => {
    const sender = await start();
    bench.fault = 'not-stored-once';
    sender.write(Buffer.concat([frame(adt('M-1')), frame(adt('M-2'))]));
    await sender.closed;
    expect([bench.stored, sender.raw]).toEqual([[], []]);
    const again = await peer();
    again.write(Buffer.concat([frame(adt('M-1')), frame(adt('M-2'))]));
    expect(await again.acks(2)).toEqual(['AA M-1', 'AA M-2']);
  });

  it('R2 refuses new connections until ready, then recovers by itself', async () => {
    await start();
    bench.isReady = false;
    await (
      await peer()
    ).closed;
    // The first peer may not have been accepted yet when the listener stopped being ready.
    expect(await bench.metric('mllp_connections_closed_total', 'not-ready')).toBeGreaterThanOrEqual(1);
    bench.isReady = true;
    const sender = await peer();
    sender.send(adt('M-1'));
    expect(await sender.acks(1)).toEqual(['AA M-1']);
  });

  it.each([
    ['AE', '|||', 'AE'],
    ['AR', '|||', 'AR'],
    ['AE', '|||AL|NE', 'CE'],
    ['AR', '|||AL|NE', 'CR'],
    ['AE', '|||NE|AL', 'AE'],
  ])('R2 answers by the setting %s where the feed says so (message %s)', async (setting, tail, code) => {
    const sender = await start({ onStorageFailure: setting });
    bench.fault = 'not-stored';
    bench.isReady = false;
    sender.send(adt('M-1', tail));
    expect(await sender.acks(1)).toEqual([`${code} M-1`]);
    expect(sender.raw[0]?.toString()).toContain('207');
    bench.fault = 'none';
    sender.send(adt('M-1', '|||'));
    expect(await sender.acks(1)).toEqual(['AA M-1']);
  });

  it('R2 does not say AR for a refused message whose bytes could not be kept', async () => {
    const sender = await start();
    bench.fault = 'throws';
    sender.send(Buffer.from('no HL7'));
    await sender.closed;
    expect(sender.raw).toEqual([]);
  });
});

describe('limits', () => {
  it('R6 closes a connection whose frame is too large within a second, after answering what was whole', async () => {
    const sender = await start({ maxFrameBytes: 1_024 });
    const started = performance.now();
    sender.write(Buffer.concat([frame(adt('M-1')), Buffer.from('\x0bMSH'), Buffer.alloc(2_000, 'x')]));
    expect(await sender.acks(1)).toEqual(['AA M-1']);
    const flood = setInterval(() => sender.write(Buffer.alloc(65_536, 'x')), 5);
    await sender.closed;
    clearInterval(flood);
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(await bench.metric('mllp_connections_closed_total', 'over-limit')).toBe(1);
  });

  it('R6 allows 1 MiB, and 40 MiB to a feed with documents', () => {
    expect(frameLimit({ documents: false })).toBe(1_048_576);
    expect(frameLimit({ documents: true })).toBe(40 * 1_048_576);
    expect(frameLimit({ documents: true, maxFrameBytes: 2_000 })).toBe(2_000);
  });

  it('R6 closes on half a frame, even if a byte comes now and then; an idle connection stays', async () => {
    const slow = await start({ frameTimeoutSeconds: 0.2 });
    const idle = await peer();
    slow.write('\x0bMSH');
    const drip = setInterval(() => slow.write('x'), 20);
    await slow.closed;
    clearInterval(drip);
    expect(await bench.metric('mllp_connections_closed_total', 'half-a-frame')).toBe(1);
    idle.send(adt('M-1'));
    expect(await idle.acks(1)).toEqual(['AA M-1']);
  });

  it('R6 takes so many connections of one address and so many altogether', async () => {
    const first = await start({ maxConnections: 3, maxConnectionsPerAddress: 2 });
    await peer();
    await (
      await peer()
    ).closed;
    expect(await bench.metric('mllp_connections_closed_total', 'too-many-from-address')).toBe(1);
    first.socket.destroy();
    await first.closed;
    await delay(10);
    const next = await peer();
    next.send(adt('M-1'));
    expect(await next.acks(1)).toEqual(['AA M-1']);
    await bench.listener.close();

    await start({ maxConnections: 1 });
    await (
      await peer()
    ).closed;
    expect(await bench.metric('mllp_connections_closed_total', 'too-many')).toBe(1);
  });

  it('answers nothing while nothing is stored, and loses nothing of 30 MB that wait', async () => {
    const sender = await start();
    const gate = Promise.withResolvers<undefined>();
    bench.gate = gate.promise;
    const filler = `\rNTE|1||${'x'.repeat(200_000)}`;
    const messages = Array.from({ length: 150 }, (_, i) => adt(`M-${i}`, filler));
    for (const message of messages) sender.send(message);
    await delay(150);
    expect(sender.raw).toEqual([]);
    gate.resolve(undefined);
    expect(await sender.acks(150)).toEqual(messages.map((_, i) => `AA M-${i}`));
  });
});

describe('stopping and starting', () => {
  it('R46 answers the whole messages it has, then ends', async () => {
    const sender = await start();
    const gate = Promise.withResolvers<undefined>();
    bench.gate = gate.promise;
    sender.write(Buffer.concat([frame(adt('M-1')), frame(adt('M-2')), Buffer.from('\x0bMSH|half')]));
    await delay(20);
    const closing = bench.listener.close();
    await (
      await peer()
    ).closed;
    gate.resolve(undefined);
    expect(await sender.acks(2)).toEqual(['AA M-1', 'AA M-2']);
    await sender.closed;
    await closing;
  });

  it('says where it cannot listen', async () => {
    await start();
    const settings = mllpSettings.parse({ port: bench.port, senders: [{ application: '*', facility: '*' }] });
    const attempt = startMllpListener(
      { ...settings, feed: 'second' },
      {
        receive: () => Promise.reject(new Error('unused')),
        refuse: () => Promise.resolve(),
        processed: () => Promise.resolve('processed'),
        ready: () => true,
        log: { error: () => undefined, warn: () => undefined, info: () => undefined, debug: () => undefined },
        metrics: (await import('../../src/metrics.ts')).createMetrics(),
        now: () => new Date(0),
        newControlId: () => '1',
      },
    );
    await expect(attempt).rejects.toMatchObject({
      kind: 'config/cannot-listen',
      where: `127.0.0.1:${bench.port}`,
    });
  });

  it('refuses settings without a sender, with a wide charset or an unknown zone', () => {
    const senders = [{ application: 'RIO', facility: '*' }];
    for (const wrong of [{ senders: [] }, { charset: 'utf-16le' }, { zone: 'Europe/Nowhere' }, { typo: 1 }]) {
      expect(mllpSettings.safeParse({ port: 0, senders, ...wrong }).success).toBe(false);
    }
  });
});
