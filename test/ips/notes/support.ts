// A note of each kind about invented people, and a person's record.
import type { Resource } from '@medplum/fhirtypes';
import { progressNote } from '../../../src/ips/notes/schema.ts';
import type { ProgressNote } from '../../../src/ips/notes/schema.ts';
import type { PersonRecord } from '../../../src/record/person.ts';

export const person = { system: 'https://rzz.example/Id/patient', value: 'T00001' } as const;
export const author = {
  system: 'https://ips.example/Id/staff',
  value: 'ES7',
  name: 'Jo Marsh',
  role: 'employment specialist',
} as const;

export const contact = {
  kind: 'contact',
  person,
  author,
  date: '2026-11-02T14:30:00Z',
  summary: 'Talked about jobs in kitchens.',
} as const;

export const employerContact = {
  ...contact,
  kind: 'employer-contact',
  summary: 'Met a café owner.',
} as const;

export function noteOf(said: object): ProgressNote {
  return progressNote.parse(said);
}

export function recordOf(
  rows: readonly (readonly [source: string, sourceId: string, resource: Resource])[],
): PersonRecord {
  return {
    id: 1,
    uid: '5f0c8d1e-5b7a-4c3f-9d2e-1a8b7c6d5e4f',
    keys: [person],
    rows: rows.map(([source, sourceId, resource], index) => ({
      id: index + 1,
      source,
      sourceId,
      at: new Date(Date.UTC(2026, 10, 1, 12, 0, index)),
      resource,
    })),
  };
}
