// The MLLP client against a scripted receiver on a real socket: matching, silence, order.
import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createFramer, frame } from '../../src/hl7v2/framing.ts';
import { peekHeader } from '../../src/hl7v2/header.ts';
import { openMllpClient, sendMessages } from '../../src/outbound/mllp-client.ts';
import type { MllpClientOptions } from '../../src/outbound/mllp-client.ts';

type Script = (id: string, reply: (...acks: string[]) => void, socket: Socket) => void;

const servers: Server[] = [];
let received: string[] = [];
let connections = 0;
const sockets = new Set<Socket>();

/** A receiver that does with each message what the script says; `reply` takes acknowledgements as `AA M-1`. */
async function start(script: Script): Promise<MllpClientOptions> {
  received = [];
  connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    const framer = createFramer(1_048_576);
    socket.on('data', (chunk) => {
      for (const message of framer.push(chunk).frames) {
        const id = peekHeader(message).controlId;
        received.push(id);
        const reply = (...acks: string[]): void => {
          for (const ack of acks) {
            const msa = ack.replaceAll(' ', '|');
            socket.write(frame(Buffer.from(`MSH|^~\\&|X|Y|A|F|||ACK|R-1|P|2.4\rMSA|${msa}\r`)));
          }
        };
        script(id, reply, socket);
      }
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { host: '127.0.0.1', port: portOf(server), timeoutMs: 100 };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const message = (id: string, tail = ''): Buffer =>
  Buffer.from(`MSH|^~\\&|A|F|X|Y|20260725||ADT^A08|${id}|P|2.4${tail}\rPID|1\r`);
const short = (outcomes: readonly { outcome: string; code?: string; controlId: string }[]): string[] =>
  outcomes.map(({ controlId, outcome, code = '' }) => `${controlId} ${outcome} ${code}`.trimEnd());

async function closeServers(): Promise<void> {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
}

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await closeServers();
});

describe('sendMessages', () => {
  it('gives the outcome of each message, in order', async () => {
    const options = await start((id, reply) => reply(id === '2' ? 'AE 2 something_is_wrong' : `AA ${id}`));
    const outcomes = await sendMessages(
      ['1', '2', '3'].map((id) => message(id)),
      options,
    );
    expect(short(outcomes)).toEqual(['1 acknowledged AA', '2 acknowledged AE', '3 acknowledged AA']);
    expect(outcomes[1]).toMatchObject({ text: 'something_is_wrong' });
    expect([received, connections]).toEqual([['1', '2', '3'], 1]);
  });

  it('R21 passes over an acknowledgement whose MSA-2 is not our MSH-10', async () => {
    const options = await start((id, reply) => reply('AA other', 'AR', `AA ${id}`));
    expect(short(await sendMessages([message('1')], options))).toEqual(['1 acknowledged AA']);
    const silent = await start((_id, reply) => reply('AA other'));
    expect(short(await sendMessages([message('1')], silent))).toEqual(['1 no-reply']);
  });

  it('R21 never takes a late acknowledgement for that of the next message, though its MSH-10 is the same', async () => {
    let turn = 0;
    const options = await start((id, reply) => {
      turn += 1;
      const mine = turn;
      setTimeout(() => reply(mine === 1 ? `AR ${id}` : `AA ${id}`), mine === 1 ? 150 : 80);
    });
    const outcomes = await sendMessages([message('same'), message('same')], options);
    expect(short(outcomes)).toEqual(['same no-reply', 'same acknowledged AA']);
    expect(connections).toBe(2);
  });

  it('keeps one message in flight unless told otherwise', async () => {
    let open = 0;
    let most = 0;
    const script: Script = (id, reply) => {
      open += 1;
      most = Math.max(most, open);
      setTimeout(() => {
        open -= 1;
        reply(`AA ${id}`);
      }, 10);
    };
    const ids = ['1', '2', '3', '4'];
    await sendMessages(
      ids.map((id) => message(id)),
      await start(script),
    );
    expect(most).toBe(1);
    await sendMessages(
      ids.map((id) => message(id)),
      { ...(await start(script)), window: 3 },
    );
    expect(most).toBe(3);
    expect(received).toEqual(ids);
  });

  it('does not wait for an acknowledgement that MSH-15 and MSH-16 do not ask for', async () => {
    const options = { ...(await start(() => undefined)), timeoutMs: 20_000 };
    const started = performance.now();
    expect(short(await sendMessages([message('1', '|||NE|NE'), message('2', '|||NE|')], options))).toEqual([
      '1 not-expected',
      '2 not-expected',
    ]);
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(short(await sendMessages([message('3', '|||ER|NE')], { ...options, timeoutMs: 100 }))).toEqual([
      '3 not-expected',
    ]);
    await delay(5);
    expect(received).toEqual(['1', '2', '3']);
  });

  it('does not take the application acknowledgement of one message for another with the same MSH-10', async () => {
    const options = await start((id, reply) => {
      if (received.length === 1) reply(`CA ${id}`);
      else reply(`AE ${id}`, `CA ${id}`);
    });
    const twice = [message('1', '|||AL|AL'), message('1', '|||AL|NE')];
    expect(short(await sendMessages(twice, options))).toEqual(['1 acknowledged CA', '1 acknowledged CA']);
  });

  it('tells what was in flight when the connection ended, and sends only the rest again', async () => {
    const options = await start((id, reply, socket) => {
      if (id === '2') socket.destroy();
      else reply(`AA ${id}`);
    });
    const outcomes = await sendMessages(
      ['1', '2', '3'].map((id) => message(id)),
      options,
    );
    expect(short(outcomes)).toEqual(['1 acknowledged AA', '2 closed', '3 acknowledged AA']);
    expect(outcomes[1]).toMatchObject({ sent: true });
    expect(received).toEqual(['1', '2', '3']);
  });

  it('matches a control id that needs escaping, and what is no HL7v2 by an empty one', async () => {
    const options = await start((_id, reply) => reply('AA a\\T\\b'));
    expect(short(await sendMessages([message('a\\T\\b')], options))).toEqual(['a&b acknowledged AA']);
    const refusing = createServer((socket) => {
      sockets.add(socket);
      const refusal = 'MSH|^~\\&|||||||ACK|R|P|2.5\rMSA|AR|\rERR||||E||||no';
      socket.on('data', () => socket.write(frame(Buffer.from(refusal))));
    });
    servers.push(refusing);
    await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
    const port = portOf(refusing);
    expect(await sendMessages([Buffer.from('GET /')], { ...options, port })).toMatchObject([
      { code: 'AR', text: 'no' },
    ]);
  });

  it('says where it cannot connect', async () => {
    // A port that no program of ours can be given meanwhile.
    await expect(sendMessages([message('1')], { host: '127.0.0.1', port: 1 })).rejects.toMatchObject({
      kind: 'delivery/not-connected',
      where: '127.0.0.1:1',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });
});

describe('openMllpClient', () => {
  it('ends what is in flight when the signal says so, and takes nothing more', async () => {
    const abort = new AbortController();
    const options = await start(() => abort.abort());
    const client = await openMllpClient({ ...options, timeoutMs: 5_000, signal: abort.signal });
    const [first, second] = await Promise.all([client.send(message('1')), client.send(message('2'))]);
    expect([first, second]).toEqual([
      { controlId: '1', outcome: 'closed', sent: true },
      { controlId: '2', outcome: 'closed', sent: false },
    ]);
    expect(client.isOpen()).toBe(false);
    expect(await client.send(message('3'))).toMatchObject({ outcome: 'closed', sent: false });
    await expect(openMllpClient({ ...options, signal: abort.signal })).rejects.toMatchObject({
      kind: 'delivery/not-connected',
    });
    await client.close();
  });
});
