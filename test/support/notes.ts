// Progress notes through the inbox of a store of its own, without HTTP: written, processed, and what became of them.
import { join } from 'node:path';
import type { Consent, DocumentReference } from '@medplum/fhirtypes';
import { uuidOf } from '../../src/fhir/ids.ts';
import { notesFeed } from '../../src/ips/notes/identity.ts';
import { noteRequest } from '../../src/ips/notes/schema.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { loadInterpretation } from '../../src/pipeline/interpretation.ts';
import { processFeed } from '../../src/pipeline/process.ts';
import type { ProcessDeps } from '../../src/pipeline/process.ts';
import type { Store } from '../../src/store/database.ts';
import { insertArrivals } from '../../src/store/inbox.ts';
import type { Live } from '../../src/store/outbox.ts';
import { personByKey } from '../../src/store/persons.ts';
import { loadRecords } from '../../src/store/record.ts';
import { fullSupply, testProgramme } from './processing.ts';

const subject = 'ips-team';

/** The id of the note that this writer makes with this key. */
export function noteId(key: string): string {
  return uuidOf(`note|${subject}|${key}`);
}

export interface NoteLine {
  /** Stores writes in this order, each received at its time; their row numbers. */
  readonly write: (...requests: readonly (readonly [object, Date?])[]) => Promise<number[]>;
  readonly run: () => Promise<void>;
  readonly metrics: ReturnType<typeof createMetrics>;
  /** The documents of a person's record, oldest first: `1 current`, `1 superseded` … */
  readonly versions: (local: string) => Promise<string[]>;
  readonly rows: (local: string) => Promise<readonly (DocumentReference | Consent)[]>;
}

export const written = {
  create: (key: string, note: object) => ({ action: 'create', id: noteId(key), subject, note }),
  amend: (key: string, note: object) => ({ action: 'amend', id: noteId(key), subject, note }),
  withdraw: (key: string, withdrawal: object) => ({
    action: 'withdraw',
    id: noteId(key),
    subject,
    withdrawal,
  }),
};

export function noteLine(store: Store, carries = true, live: Live = 'all'): NoteLine {
  const feeds = [fullSupply('rio')];
  const folder = join(import.meta.dirname, '../../mappings');
  const { mappings, rules } = loadInterpretation({ folder, trust: 'RZZ', feeds, programme: testProgramme });
  const current: ProcessDeps = {
    mappings,
    rules,
    routes: [{ destination: 'epr', live, order: 'person', carries: () => carries }],
    facts: { zone: 'Europe/London', feeds, teams: mappings.teams, programme: testProgramme },
  };
  const metrics = createMetrics();
  const deps = { store, current: () => current, tell: () => undefined, log: createLog('silent'), metrics };
  const rows = async (local: string) => {
    const id = await personByKey(store, { system: 'https://rzz.example/Id/patient', value: local });
    const [record] = (await loadRecords(store, id === undefined ? [] : [id])).values();
    return (record?.rows ?? []).filter(({ source }) => source === notesFeed);
  };
  let writes = 0;
  return {
    metrics,
    write: async (...requests) => {
      const arrivals = requests.map(([said, receivedAt = new Date()]) => {
        const request = noteRequest.parse(said);
        writes += 1;
        const controlId = request.action === 'create' ? request.id : `${request.id}/${uuidOf(String(writes))}`;
        return { feed: notesFeed, sender: subject, controlId, event: `NOTE^${request.action}`, body: Buffer.from(JSON.stringify(request)), identity: Buffer.from(controlId), receivedAt, acknowledgement: undefined };
      }); // prettier-ignore
      return (await insertArrivals(store, arrivals)).map(({ row }) => row);
    },
    run: async () => {
      while (await processFeed({ kind: 'notes', id: notesFeed, zone: 'Europe/London' }, deps));
    },
    versions: async (local) =>
      (await rows(local)).flatMap(({ sourceId, resource }) =>
        resource.resourceType === 'DocumentReference'
          ? [`${sourceId.split('/')[2] ?? ''} ${resource.status}`]
          : [],
      ),
    rows: async (local) =>
      (await rows(local)).flatMap(({ resource }) =>
        resource.resourceType === 'DocumentReference' || resource.resourceType === 'Consent'
          ? [resource]
          : [],
      ),
  };
}
