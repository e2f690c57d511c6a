// A contact note as the record has it, in as many versions as a test needs, and a flag: for the person of
// destination-fixture.ts.
import type { DocumentReference } from '@medplum/fhirtypes';
import { urnOf } from '../../src/fhir/ids.ts';
import type { Decision } from '../../src/ips/decision.ts';
import type { DeliveryJob } from '../../src/pipeline/destination.ts';
import { job } from './destination-fixture.ts';

const noteId = '0196f3a2-7d1c-5e8b-9a40-3c5d7e9f1b2a';
export const specialist = { system: 'https://rzz.example/Id/staff', value: 'E7001' };

/** The identifier of a version in the EPR. */
export const noteIdentifier = (version: number) => ({
  system: 'urn:ietf:rfc:3986',
  value: urnOf(`note/${noteId}/${version}`),
});

/** One version, as the record has it: who it is about and who wrote it are named by their numbers. */
export function document(version: number, text: string): DocumentReference {
  const target = { type: 'DocumentReference', identifier: noteIdentifier(version - 1) } as const;
  return {
    resourceType: 'DocumentReference',
    identifier: [noteIdentifier(version)],
    status: 'current',
    docStatus: version === 1 ? 'final' : 'amended',
    type: { text: 'IPS progress note' },
    subject: {
      type: 'Patient',
      identifier: { system: 'https://rzz.example/Id/patient', value: 'R0001234' },
    },
    date: '2026-03-01T12:00:00.000Z',
    author: [{ type: 'Practitioner', identifier: specialist, display: 'Robin Ade' }],
    ...(version === 1 ? {} : { relatesTo: [{ code: 'replaces' as const, target }] }),
    description: 'Met at the library, looked at vacancies',
    content: [
      {
        attachment: {
          contentType: 'text/plain; charset=utf-8',
          data: Buffer.from(text, 'utf8').toString('base64'),
          title: 'IPS progress note',
          creation: '2026-03-01T12:00:00.000Z',
        },
      },
    ],
    context: { period: { start: '2026-02-27' } },
  };
}

/** Files one version of the note. */
export function noteJob(version: number, text = 'Met at the library, looked at vacancies.'): DeliveryJob {
  const made = job({
    effect: 'file-note',
    rule: 'progress-note',
    title: 'IPS progress note',
    key: `note/${noteId}`,
    reasons: [],
    note: { id: noteId, version },
  });
  return { ...made, note: document(version, text) };
}

/** Takes back what was written, up to and with `version`. */
export function noteWithdrawal(version: number): DeliveryJob {
  const made = noteJob(version);
  return {
    ...made,
    decision: { ...made.decision, action: 'withdraw', because: 'written about somebody else' },
  };
}

/** "No employment goal or conversation recorded". */
export const flag = (more: Partial<Decision> = {}): DeliveryJob =>
  job({
    effect: 'flag-no-goal',
    rule: 'employment-goal-sweep',
    title: 'No employment goal or conversation recorded',
    key: 'employment-goal-sweep/status/5a0c7c3e-30b1-5a66-8f54-0d9f1c6d2b11',
    reasons: [{ say: 'has a care plan that says nothing about work', evidence: [] }],
    ...more,
  });

export const clearing = (): DeliveryJob =>
  flag({ action: 'withdraw', because: 'an answer has been recorded', decidedAt: '2026-04-01T08:00:00.000Z' });
