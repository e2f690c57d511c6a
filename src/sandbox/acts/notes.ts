// Third act: specialists see people and write it down in their own system, which posts it to the bridge. Some notes are
// corrected, one or another was written about the wrong person, some requests are sent twice because no answer came.
import { z } from 'zod';
import { BridgeError } from '../../errors.ts';
import { daysBefore, fhirDate } from '../calendar.ts';
import type { SyntheticPerson } from '../people.ts';
import { correctedContact, employerContact, firstContact, writtenByMistake } from '../specialists.ts';
import { settle } from '../stage.ts';
import type { Stage } from '../stage.ts';

/** What was posted, and what the bridge says of it in the end. */
export interface NotesPosted {
  /** Notes by distinct id. */
  readonly notes: number;
  readonly contacts: number;
  readonly employerContacts: number;
  readonly personNotIdentified: number;
  readonly amended: number;
  readonly enteredInError: number;
  /** Requests that were sent a second time, and got the same answer. */
  readonly repeated: number;
  /** Writes by the state in which they stand at their destination, as `GET /notes/{id}` tells their writers. */
  readonly states: Readonly<Record<string, number>>;
  /** The same for problems, by their words. */
  readonly problems: Readonly<Record<string, number>>;
  /** Ids of notes that stand, to be looked at. */
  readonly examples: readonly string[];
}

interface Written {
  readonly person: SyntheticPerson;
  readonly kind: 'contact' | 'employer-contact';
  readonly id: string;
}

/** @param clients everybody who is with IPS now */
export async function playNotes(stage: Stage, clients: readonly SyntheticPerson[]): Promise<NotesPosted> {
  const { progress, stop } = stage;
  const today = fhirDate(daysBefore(new Date(), 0));
  const api = apiOf(stage);
  const seen = clients.filter(({ story }) => story.seen);
  const written: Written[] = [];
  let repeated = 0;
  for (const person of seen) {
    stop.throwIfAborted();
    const { localNumber, story } = person;
    const key = `${localNumber}-first`;
    const first = await api.write('POST', '/notes', key, firstContact(person, today));
    written.push({ person, kind: 'contact', id: first.id });
    if (story.note === 'sent-twice') {
      const again = await api.write('POST', '/notes', key, firstContact(person, today));
      if (again.id !== first.id) throw new BridgeError('internal/sandbox', 'the same note again got another id'); // prettier-ignore
      repeated += 1;
    }
    if (story.employer !== 'not') {
      const identified = story.employer === 'named' ? 'yes' : 'no';
      const note = employerContact(person, today, identified);
      const { id } = await api.write('POST', '/notes', `${localNumber}-employer`, note);
      written.push({ person, kind: 'employer-contact', id });
    }
    progress(`notes: ${written.length} posted`, false);
  }
  await settle(stage, 'notes');

  const contacts = written.filter(({ kind }) => kind === 'contact');
  const amended = contacts.filter(({ person }) => person.story.note === 'amended');
  for (const { id, person } of amended)
    await api.write('PUT', `/notes/${id}`, `${person.localNumber}-amended`, correctedContact(person, today));
  const mistaken = contacts.filter(({ person }) => person.story.note === 'entered-in-error');
  for (const { id, person } of mistaken)
    await api.write('POST', `/notes/${id}/entered-in-error`, `${person.localNumber}-error`, writtenByMistake(person)); // prettier-ignore
  await settle(stage, 'notes');
  progress(`notes: ${written.length} posted, ${amended.length} amended, ${mistaken.length} entered in error`, true); // prettier-ignore

  const { states, problems } = await statesOf(api, written);
  return {
    notes: new Set(written.map(({ id }) => id)).size,
    contacts: contacts.length,
    employerContacts: written.length - contacts.length,
    personNotIdentified: seen.filter(({ story }) => story.employer === 'not-named').length,
    amended: amended.length,
    enteredInError: mistaken.length,
    repeated,
    states,
    problems,
    examples: contacts.filter(({ person }) => person.story.note === 'stands').map(({ id }) => id),
  };
}

async function statesOf(
  api: NotesApi,
  written: readonly Written[],
): Promise<Pick<NotesPosted, 'states' | 'problems'>> {
  const states: Record<string, number> = {};
  const problems: Record<string, number> = {};
  const add = (counts: Record<string, number>, name: string): void => {
    counts[name] = (counts[name] ?? 0) + 1;
  };
  for (const { id } of written) {
    for (const write of (await api.state(id)).writes) {
      if (write.destinations.length === 0) add(states, write.state);
      for (const { state, problem } of write.destinations) {
        add(states, state);
        if (problem !== undefined) add(problems, problem.message);
      }
      if (write.problem !== undefined) add(problems, write.problem.message);
    }
  }
  return { states, problems };
}

const receipt = z.object({ id: z.string() });
const problem = z.object({ message: z.string() }).optional();
const noteState = z.object({
  writes: z.array(
    z.object({
      state: z.string(),
      problem,
      destinations: z.array(z.object({ state: z.string(), problem })),
    }),
  ),
});

interface NotesApi {
  write(method: 'POST' | 'PUT', path: string, key: string, body: object): Promise<z.output<typeof receipt>>;
  state(id: string): Promise<z.output<typeof noteState>>;
}

/** The bridge's API as the specialists' system calls it. */
function apiOf({ app, apiToken }: Stage): NotesApi {
  const call = async (path: string, request: RequestInit): Promise<unknown> => {
    const headers = new Headers(request.headers);
    headers.set('authorization', `Bearer ${apiToken}`);
    headers.set('content-type', 'application/json');
    const response = await fetch(`http://127.0.0.1:${app.httpPort}${path}`, { ...request, headers });
    if (!response.ok) throw new BridgeError('internal/sandbox', `the bridge answered ${response.status} to a note: ${await response.text()}`); // prettier-ignore
    return response.json();
  };
  return {
    write: async (method, path, key, body) =>
      receipt.parse(await call(path, { method, headers: { 'idempotency-key': key }, body: JSON.stringify(body) })), // prettier-ignore
    state: async (id) => noteState.parse(await call(`/notes/${id}`, {})),
  };
}
