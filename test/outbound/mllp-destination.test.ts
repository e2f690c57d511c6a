// The MLLP destination against a scripted engine on a real socket: one named test for each clause of requirement R21.
import { afterEach, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import type { Delivery, Destination } from '../../src/pipeline/destination.ts';
import { bytesOf, deliver, destinationAt, documentNumber, local, noteJob, noteOf, scriptedTie, signal } from './mllp-fixture.ts'; // prettier-ignore
import type { ScriptedTie } from './mllp-fixture.ts';

const ties: ScriptedTie[] = [];
const destinations: Destination[] = [];

async function tie(...script: Parameters<typeof scriptedTie>): Promise<ScriptedTie> {
  const started = await scriptedTie(...script);
  ties.push(started);
  return started;
}

function destination(...given: Parameters<typeof destinationAt>): Destination {
  const made = destinationAt(...given);
  destinations.push(made);
  return made;
}

afterEach(async () => {
  for (const one of destinations.splice(0)) await one.close?.();
  await Promise.all(ties.splice(0).map((one) => one.close()));
});

/** The delivery of a job to an engine that answers every message alike. */
async function answeredWith(msa: string, more: Parameters<typeof noteJob>[0] = {}): Promise<Delivery> {
  const engine = await tie((_message, reply) => reply(msa));
  const to = destination(engine.port);
  const bytes = await bytesOf(to, noteJob());
  return to.send(noteJob(more), bytes, signal);
}

const short = (delivery: Delivery): string =>
  [
    delivery.outcome,
    ...('kind' in delivery ? [delivery.kind] : []),
    ...('pausesDestination' in delivery ? [delivery.pausesDestination ? 'pauses' : 'does not pause'] : []),
  ].join(', ');

describe('what is sent', () => {
  it('R21 a retry carries the same bytes and the same MSH-10; a later revision has another', async () => {
    const to = destination(1);
    const [one, again] = [await bytesOf(to, noteJob()), await bytesOf(to, noteJob())];
    expect(again).toEqual(one);
    expect(await bytesOf(to, noteJob({ frozen: one, attempt: 2 }))).toBe(one);
    const next = await bytesOf(to, noteJob({ revision: 2 }));
    const controlId = (bytes: Buffer): string => bytes.toString().split('|')[9] ?? '';
    expect(controlId(one)).toMatch(/^[0-9A-F]{20}$/);
    expect(controlId(next)).not.toBe(controlId(one));
  });

  it('nothing is written about somebody without a local number, without the note, or without an authority', async () => {
    const to = destination(1);
    const { person } = noteJob();
    const elsewhere = { ...person, keys: [{ system: 'https://other.example/Id', value: 'X1' }] };
    expect(await to.prepare(noteJob({ person: { ...person, keys: [] } }), signal)).toMatchObject({ outcome: 'refused', kind: 'identity/no-local-number' }); // prettier-ignore
    expect(await to.prepare(noteJob({ noted: false }), signal)).toMatchObject({
      outcome: 'refused',
      kind: 'delivery/no-note',
    });
    expect(await to.prepare(noteJob({ person: elsewhere }), signal)).toMatchObject({ outcome: 'refused', kind: 'identity/unknown-authority' }); // prettier-ignore
  });

  it('frozen bytes that name somebody merged since are written anew for the survivor', async () => {
    const to = destination(1);
    const frozen = await bytesOf(to, noteJob());
    const { person } = noteJob();
    const survivor = { ...person, keys: [{ system: local, value: 'R0009999' }, ...person.keys] };
    expect(await to.prepare(noteJob({ frozen, person: survivor }), signal)).toEqual({
      outcome: 'readdressed',
    });
    const anew = await bytesOf(to, noteJob({ revision: 2, person: survivor }));
    expect(anew.toString()).toContain('|R0009999^^^RZZ~9990000018^^^NHS|');
    expect(anew.toString()).not.toContain('R0001234');
  });

  it('asks for the acknowledgement that the destination says it gets: queued CA, filed AA', async () => {
    const [queued, filed] = await Promise.all(
      (['queued', 'filed'] as const).map(async (acknowledgement) => {
        const header = (await bytesOf(destination(1, { acknowledgement }), noteJob()))
          .toString()
          .split('\r')[0];
        return header?.split('|').slice(14, 16);
      }),
    );
    expect([queued, filed]).toEqual([
      ['AL', 'NE'],
      ['NE', 'AL'],
    ]);
  });
});

describe('what becomes of it', () => {
  it('R21 AA and CA are delivered, and never confirmed: the engine has it, no more', async () => {
    for (const code of ['AA', 'CA']) {
      const delivery = await answeredWith(`${code}|*`);
      expect(delivery).toMatchObject({ outcome: 'delivered', confirmed: false });
      expect(delivery.outcome === 'delivered' && delivery.references).toEqual([
        expect.stringMatching(/^MDM\/[0-9A-F]{20}$/),
      ]);
    }
  });

  it('R21 an acknowledgement whose MSA-2 is not our MSH-10 does not count', async () => {
    const engine = await tie((_message, reply) => {
      reply('AA|OTHER');
      reply('AR|');
    });
    expect(short(await deliver(destination(engine.port), noteJob()))).toBe('ambiguous, delivery/no-acknowledgement, pauses'); // prettier-ignore
  });

  it('R21 a late acknowledgement is not taken for that of the next message, and comes on a connection given up', async () => {
    const late: ((msa: string) => void)[] = [];
    const engine = await tie((message, reply) => {
      if (message === 1) late.push(reply);
      else {
        late[0]?.('AA|*');
        setTimeout(() => reply('AE|*\rERR|^^^103&Table value not found&HL70357'), 50);
      }
    });
    const to = destination(engine.port);
    const first = await deliver(to, noteJob());
    const second = await deliver(to, noteJob({ revision: 2 }));
    expect([short(first), short(second)]).toEqual([
      'ambiguous, delivery/no-acknowledgement, pauses',
      'permanent, delivery/ack-AE',
    ]);
    expect(engine.received.map(({ connection }) => connection)).toEqual([1, 2]);
  });

  it('R21 one connection, kept open, with one message in flight', async () => {
    let open = 0;
    let most = 0;
    const engine = await tie((_message, reply) => {
      open += 1;
      most = Math.max(most, open);
      setTimeout(() => {
        open -= 1;
        reply('CA|*');
      }, 20);
    });
    const to = destination(engine.port);
    const all = await Promise.all([1, 2, 3, 4].map((revision) => deliver(to, noteJob({ revision }))));
    expect(all.map(({ outcome }) => outcome)).toEqual(Array(4).fill('delivered'));
    expect([most, new Set(engine.received.map(({ connection }) => connection)).size]).toEqual([1, 1]);
  });

  it('a connection that has rested for a minute is replaced before it is used', async () => {
    const engine = await tie((_message, reply) => reply('CA|*'));
    let time = 0;
    const to = destination(engine.port, {}, () => new Date(time));
    for (const at of [0, 30_000, 100_000]) {
      time = at;
      await deliver(to, noteJob());
    }
    expect(engine.received.map(({ connection }) => connection)).toEqual([1, 1, 2]);
  });

  it('R21 silence after the first byte, or a connection lost after sending, is ambiguous and pauses the destination', async () => {
    const silent = await tie(() => undefined);
    const cut = await tie((_message, _reply, socket) => socket.destroy());
    const outcomes = [
      await deliver(destination(silent.port), noteJob()),
      await deliver(destination(cut.port), noteJob()),
    ];
    expect(outcomes.map(short)).toEqual(Array(2).fill('ambiguous, delivery/no-acknowledgement, pauses'));
  });

  it('R21 no connection, or one that ends before a byte has left, is tried again and pauses the destination', async () => {
    const gone = await tie(() => undefined);
    await gone.close();
    expect(short(await deliver(destination(gone.port), noteJob()))).toBe('transient, delivery/not-connected, pauses'); // prettier-ignore
    // The engine hangs up between two messages: the next one goes on a new connection.
    const restless = await tie((_message, reply, socket) => {
      reply('CA|*');
      socket.end();
    });
    const to = destination(restless.port);
    await deliver(to, noteJob());
    await delay(100);
    expect((await deliver(to, noteJob({ revision: 2 }))).outcome).toBe('delivered');
    expect(restless.received.map(({ connection }) => connection)).toEqual([1, 2]);
  });

  it.each([
    ['CE|*', 'CE'],
    ['AE|*', 'AE without a code'],
    ['AE|*\rERR|^^^206&Application record locked&HL70357', '206, as v2.4 writes it'],
    ['AE|*\rERR||MSH|207^Application internal error^HL70357|E', '207, as v2.5 writes it'],
    ['AR|*||||207^Application internal error^HL70357', '207 in MSA-6'],
  ])('R21 %j (%s) is tried at most five times and never pauses the destination', async (msa) => {
    const delivery = await answeredWith(msa);
    expect(short(delivery)).toMatch(/^transient, delivery\/ack-(CE|AE|AR), does not pause$/);
    expect(delivery).toMatchObject({ maxTries: 5 });
  });

  it.each([
    ...['100', '101', '102', '103', '200', '201', '202', '203', '204'].map((code) => [
      `AE|*\rERR||PID^1^3|${code}|E`,
    ]),
    ['AE|*\rERR|PID^1^3^207&x~PID^1^3^101&Required field missing&HL70357'],
    ['AE|*\rERR||TXA^1^2|999|E'],
    ['AR|*'],
    ['CR|*'],
  ])('R21 %j is held at once', async (msa) => {
    expect(short(await answeredWith(msa))).toMatch(/^permanent, delivery\/ack-(AE|AR|CR)$/);
  });

  it('R21 205 is success where these bytes may have been sent before, and held where not', async () => {
    const msa = 'AE|*\rERR||MSH^1^10|205^Duplicate key identifier^HL70357|E';
    const frozen = await bytesOf(destination(1), noteJob());
    expect((await answeredWith(msa, { frozen })).outcome).toBe('delivered');
    expect((await answeredWith(msa)).outcome).toBe('permanent');
  });

  it('an answer that is no acknowledgement code is not taken for one', async () => {
    expect(short(await answeredWith('OK|*'))).toBe('ambiguous, delivery/no-acknowledgement, pauses');
  });

  it('what the receiver says in words, which may quote the message, stays out of the outcome', async () => {
    const delivery = await answeredWith(
      'AE|*|Patient R0001234 unknown\rERR||PID^1^3|103^R0001234|E||||R0001234',
    );
    expect(JSON.stringify(delivery)).not.toContain('R0001234');
    expect(delivery).toMatchObject({ message: 'the receiver answered AE with error 103' });
  });

  it('an abort ends the sending at once, and what was on its way is ambiguous', async () => {
    const engine = await tie(() => undefined);
    const to = destination(engine.port);
    const stop = new AbortController();
    const sending = to.send(noteJob(), await bytesOf(to, noteJob()), stop.signal);
    while (engine.received.length === 0) await delay(5);
    stop.abort();
    expect((await sending).outcome).toBe('ambiguous');
  });
});

describe('what is not known to have arrived', () => {
  it('R21 is sent again, the same bytes, where the receiver removes duplicates', async () => {
    const to = destination(1, { receiverRemovesDuplicates: true });
    const frozen = await bytesOf(to, noteJob());
    expect(await to.ask(noteJob({ frozen }), frozen, signal)).toEqual({
      outcome: 'not-landed',
      inDoubt: true,
    });
  });

  it('R21 gets no second copy where the receiver does not: a person is told which document to look for', async () => {
    const to = destination(1);
    const frozen = await bytesOf(to, noteJob());
    const answer = await to.ask(noteJob({ frozen }), frozen, signal);
    expect(answer).toMatchObject({ outcome: 'unclear', kind: 'delivery/lost-acknowledgement' });
    expect(JSON.stringify(answer)).toContain(documentNumber(1));
    expect(JSON.stringify(answer)).not.toContain('R0001234');
  });

  it('is held too where the person was merged since: another MSH-10 would be no repetition to the receiver', async () => {
    const to = destination(1, { receiverRemovesDuplicates: true });
    const frozen = await bytesOf(to, noteJob());
    const person = { ...noteJob().person, keys: [{ system: local, value: 'R0009999' }] };
    expect((await to.ask(noteJob({ frozen, person }), frozen, signal)).outcome).toBe('unclear');
  });
});

describe('amendment and withdrawal', () => {
  it('an amendment is T10 and names the document that it replaces; a withdrawal is T11 and has no text', async () => {
    const to = destination(1);
    const amended = await bytesOf(to, noteJob({ revision: 2, note: noteOf(2, 'Met at the college.') }));
    const withdrawn = await bytesOf(
      to,
      noteJob({ revision: 3, note: noteOf(2, 'Met at the college.') }, { action: 'withdraw' }),
    );
    const txa = (bytes: Buffer): string[] => bytes.toString().split('\r')[4]?.split('|') ?? [];
    expect(amended.toString()).toContain('|MDM^T10^MDM_T02|');
    expect(txa(amended).slice(12, 14)).toEqual([
      `${documentNumber(2)}^IPS-BRIDGE`,
      `${documentNumber(1)}^IPS-BRIDGE`,
    ]);
    expect(withdrawn.toString()).toContain('|MDM^T11^MDM_T01|');
    expect([txa(withdrawn)[12], txa(withdrawn)[19]]).toEqual([`${documentNumber(2)}^IPS-BRIDGE`, 'CA']);
    expect(withdrawn.toString()).not.toMatch(/OBX|college/);
  });
});
