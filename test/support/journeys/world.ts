// A trust in which journeys happen: the service as a process of its own that can be killed, an EPR over real HTTP, and
// everybody who speaks to them. All journeys share it, each with people of its own.
import type { Patient } from '@medplum/fhirtypes';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { startEpr } from '../../../src/sandbox/epr/epr.ts';
import type { Epr } from '../../../src/sandbox/epr/epr.ts';
import { createLog } from '../../../src/log.ts';
import { openStore } from '../../../src/store/database.ts';
import type { Store } from '../../../src/store/database.ts';
import { heldRows } from '../../../src/store/inbox-rows.ts';
import { freshDatabase } from '../database.ts';
import { adt, eprOf, mergeMessage, testPerson } from '../epr-messages.ts';
import type { TestPerson } from '../epr-messages.ts';
import { sendAll, settled } from '../line.ts';
import { startService, testTrust } from '../trust.ts';
import type { Service } from '../trust.ts';
import type { Journey, Note, Step } from './schema.ts';

const launcher = resolve(import.meta.dirname, '../../../src/ips-bridge.mjs');
const author = {
  system: 'https://rzz.example/Id/staff',
  value: 'E2001',
  name: 'Esme Example',
  role: 'Employment specialist',
};

export interface World {
  readonly epr: Epr;
  readonly store: Store;
  personOf(journey: Journey, name: string): TestPerson;
  /** Makes what a step tells happen, and returns once all of it has been answered. */
  play(journey: Journey, index: number): Promise<void>;
  /** The state of a note as its author's system is told. */
  noteState(journey: Journey, name: string): Promise<unknown>;
  sweep(): Promise<void>;
  settled(): Promise<void>;
  /** kill -9, and a new start. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

/** `YYYYMMDD`, or with hyphens as FHIR writes it, of a day counted from today. */
function dayOf(offset: number, separator = ''): string {
  const date = new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
  return date.replaceAll('-', separator);
}

export async function startWorld(journeys: readonly Journey[]): Promise<World> {
  const database = await freshDatabase();
  const epr = await startEpr({ port: 0 });
  const people = new Map<string, TestPerson>();
  for (const { name, people: names } of journeys) {
    for (const one of names) people.set(`${name}/${one}`, testPerson(people.size + 1));
  }
  await epr.load(eprOf([...people.values()]));
  const { system, value, name } = author;
  await epr.load([{ resourceType: 'Practitioner', active: true, identifier: [{ system, value }], name: [{ text: name }] }]); // prettier-ignore
  const trust = await testTrust({
    feeds: 1,
    databaseUrl: database.url,
    eprUrl: epr.url,
    rules: { 'wants-work': 'on', 'seeking-work-not-asked': 'on' },
    authentication: { issuer: 'https://issuer.example', audience: 'ips-bridge', keys: { file: 'jwks.json' } },
    supplies: { carePlans: { completeFrom: '2020-01-01' } },
  });
  const write = (file: string, content: unknown): void =>
    writeFileSync(join(trust.config, file), stringify(content));
  write('destinations/epr.yaml', { id: 'epr', kind: 'fhir', baseUrl: epr.url, live: 'all', flagAs: 'flag' });
  write('jobs.yaml', { 'employment-goal-sweep': { schedule: '0 5 1 1 *', mode: 'live' } });
  const token = await tokenFor(join(trust.config, 'jwks.json'));

  let service: Service = startService(trust);
  await service.ready;
  const store = await openStore({ url: () => database.url }, { log: createLog('silent') });
  const personOf = (journey: Journey, name: string): TestPerson => {
    const found = people.get(`${journey.name}/${name}`);
    if (found === undefined) throw new Error(`${journey.name} has no ${name}`);
    return found;
  };
  const base = `http://127.0.0.1:${trust.httpPort}`;
  const notes = new Map<string, string>();

  const call = async (method: string, path: string, key: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(`${base}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'idempotency-key': key,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const told: unknown = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(told)}`);
    return told;
  };
  const bodyOf = (journey: Journey, { about, kind, day, summary, text, more }: Note): unknown => ({
    kind,
    person: { system: 'https://rzz.example/Id/patient', value: personOf(journey, about).local },
    author,
    date: dayOf(day, '-'),
    summary,
    ...(text === undefined ? {} : { text }),
    ...more,
  });
  const noteId = (journey: Journey, name: string): string => {
    const id = notes.get(`${journey.name}/${name}`);
    if (id === undefined) throw new Error(`${journey.name} has posted no note ${name}`);
    return id;
  };

  const play = async (journey: Journey, index: number): Promise<void> => {
    const step = journey.steps[index];
    if (step === undefined) return;
    const control = `${journey.name}-${index}`;
    const messages = messagesOf(step, control, (name) => personOf(journey, name));
    if (step.merge !== undefined) await mergeInEpr(epr, personOf(journey, step.merge.into), personOf(journey, step.merge.from)); // prettier-ignore
    await sendAll(trust.feeds[0]?.port ?? 0, messages);
    if (step.accept !== undefined) await acceptInEpr(epr, personOf(journey, step.accept));
    for (const [name, note] of Object.entries(step.post ?? {})) {
      const told = await call('POST', '/notes', `${control}-${name}`, bodyOf(journey, note));
      notes.set(`${journey.name}/${name}`, idIn(told));
    }
    for (const [name, note] of Object.entries(step.amend ?? {})) {
      await call('PUT', `/notes/${noteId(journey, name)}`, `${control}-${name}`, bodyOf(journey, note));
    }
    for (const [name, reason] of Object.entries(step.withdraw ?? {})) {
      await call('POST', `/notes/${noteId(journey, name)}/entered-in-error`, `${control}-${name}`, { reason, author }); // prettier-ignore
    }
    if (step.replay === true) {
      for (const { id } of await heldRows(store)) await command(trust.config, database.url, ['replay', 'message', String(id)]); // prettier-ignore
    }
  };

  const world: World = {
    epr,
    store,
    personOf,
    play,
    noteState: (journey, name) => call('GET', `/notes/${noteId(journey, name)}`, 'look'),
    sweep: () => command(trust.config, database.url, ['run', 'employment-goal-sweep']),
    settled: () => settled(store),
    kill: async () => {
      service.process.kill('SIGKILL');
      await service.ended;
      service = startService(trust);
      await service.ready;
    },
    close: async () => {
      service.process.kill('SIGTERM');
      await service.ended;
      await store.close();
      await epr.close();
      await database.drop();
      trust.remove();
    },
  };
  return world;
}

async function tokenFor(jwks: string): Promise<string> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  writeFileSync(jwks, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' }] }));
  return new SignJWT({ scope: 'ips-bridge.notes ips-bridge.operations' })
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuer('https://issuer.example')
    .setAudience('ips-bridge')
    .setSubject('ips-team-system')
    .setExpirationTime('1h')
    .sign(privateKey);
}

function messagesOf(step: Step, controlId: string, personOf: (name: string) => TestPerson): Buffer[] {
  const messages: Buffer[] = [];
  if (step.adt !== undefined) {
    const { about, event, answer, status, teamEnded, ips, deceased, restricted, plan } = step.adt;
    const person = personOf(about);
    const extra = [
      ...(plan === undefined ? [] : [`ZCP|1|CP-${person.local}|CARE^Care plan|${dayOf(-90)}||${plan}`]),
      ...(ips === undefined ? [] : [`ZTM|2|IPS-${person.local}|IPS^IPS team|${dayOf(ips)}|`]),
    ];
    messages.push(
      adt(person, {
        controlId,
        event,
        ...(answer === undefined ? {} : { answer: [answer[0], dayOf(answer[1])] }),
        ...(status === undefined ? {} : { status: [status[0], dayOf(status[1])] }),
        ...(teamEnded === undefined ? {} : { teamEnd: dayOf(teamEnded) }),
        ...(deceased === undefined ? {} : { deceased }),
        ...(restricted === undefined ? {} : { restricted }),
        extra,
      }),
    );
  }
  if (step.goal !== undefined) messages.push(goalMessage(personOf(step.goal.about), step.goal, controlId));
  if (step.merge !== undefined) {
    messages.push(mergeMessage(personOf(step.merge.into), personOf(step.merge.from), controlId));
  }
  return messages;
}

function goalMessage(person: TestPerson, goal: { text: string; day: number }, controlId: string): Buffer {
  const day = dayOf(goal.day);
  return Buffer.from(
    [
      `MSH|^~\\&|EPR|RZZ|IPS-BRIDGE|RZZ|${day}120000||PGL^PC6^PGL_PC6|${controlId}g|P|2.4||||||UNICODE`,
      `PID|1||${person.local}^^^RZZ^PI||${person.family}^Amara^^^^^L||${person.birthDate}|2`,
      `GOL|AD|${day}|^${goal.text}|G-${person.local}|||${day}`,
    ].join('\r'),
  );
}

async function patientOf(epr: Epr, person: TestPerson): Promise<Patient & { id: string }> {
  const all = await epr.resources('Patient');
  const found = all.find(
    ({ identifier }) => identifier?.some(({ value }) => value === person.local) === true,
  );
  if (found === undefined) throw new Error(`the EPR has no Patient ${person.local}`);
  return found;
}

async function mergeInEpr(epr: Epr, into: TestPerson, from: TestPerson): Promise<void> {
  const [survivor, merged] = [await patientOf(epr, into), await patientOf(epr, from)];
  const link: Patient['link'] = [{ type: 'replaced-by', other: { reference: `Patient/${survivor.id}` } }];
  await epr.load([{ ...merged, active: false, link }]);
}

async function acceptInEpr(epr: Epr, person: TestPerson): Promise<void> {
  const { id } = await patientOf(epr, person);
  const tasks = (await epr.resources('Task')).filter((task) => task.for?.reference === `Patient/${id}`);
  await epr.load(tasks.filter(({ status }) => status === 'requested').map((task) => ({ ...task, status: 'accepted' as const }))); // prettier-ignore
}

function idIn(told: unknown): string {
  if (typeof told === 'object' && told !== null && 'id' in told && typeof told.id === 'string')
    return told.id;
  throw new Error('a receipt without id');
}

function command(config: string, databaseUrl: string, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, ['--max-semi-space-size=8', launcher, ...args, '--config', config], {
    env: { ...process.env, DATABASE_URL: databaseUrl, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString())); // prettier-ignore
  return new Promise((done, fail) => {
    child.once('exit', (code) =>
      code === 0 ? done() : fail(new Error(`${args.join(' ')}: ${code}\n${output}`)),
    );
  });
}
