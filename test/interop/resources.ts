// Every FHIR resource that we make, by our own code when this runs: what destinations prepare for an EPR, and what the
// golden cases of the mapping put into a record.
import { join } from 'node:path';
import type { Bundle, Resource } from '@medplum/fhirtypes';
import { readMessage } from '../../src/hl7v2/message.ts';
import { BridgeError } from '../../src/errors.ts';
import { caseSource } from '../../src/mapping/cases.ts';
import { loadMappings } from '../../src/mapping/load.ts';
import type { Mappings } from '../../src/mapping/load.ts';
import { translate } from '../../src/mapping/translate.ts';
import { readMappingTree } from '../../src/mapping/tree.ts';
import type { DeliveryJob, Destination } from '../../src/pipeline/destination.ts';
import { planRows } from '../../src/record/plan.ts';
import { startEpr } from '../../src/sandbox/epr/epr.ts';
import { bytesOf, destinationAt, job, people, signal, withdrawal } from '../outbound/destination-fixture.ts';
import { clearing, flag, noteJob, noteWithdrawal, specialist } from '../outbound/note-fixture.ts';
import { golden } from './read.ts';
import type { Inbound } from './read.ts';

export interface Made {
  readonly name: string;
  readonly resource: Resource;
}

/** Prepares each act for a real EPR, sends it so that the next finds it there, and gives what was sent. */
export async function sentResources(): Promise<readonly Made[]> {
  const epr = await startEpr({ port: 0 });
  try {
    await epr.load([...people, { resourceType: 'Practitioner', id: 'robin', identifier: [specialist] }]);
    const digest = destinationAt(epr.url);
    const flags = destinationAt(epr.url, undefined, { flagAs: 'flag' });
    const taken = (key: string): DeliveryJob => ({ ...job(withdrawal), key });
    const acts: readonly (readonly [string, Destination, DeliveryJob])[] = [
      ['proposal', digest, job()],
      ['proposal taken back', digest, taken(job().key)],
      ['ask', digest, job({ effect: 'ask-wish', key: 'seeking-work-not-asked/status/1' })],
      ['flag in a digest', digest, flag()],
      ['flag in a digest cleared', digest, clearing()],
      ['flag', flags, flag({ key: 'employment-goal-sweep/status/2' })],
      ['flag cleared', flags, { ...clearing(), decision: { ...clearing().decision, key: 'employment-goal-sweep/status/2' } }],
      ['note', digest, noteJob(1)],
      ['note amended', digest, noteJob(2, 'Met at the college.')],
      ['note taken back', digest, noteWithdrawal(2)],
    ]; // prettier-ignore
    const made: Made[] = [];
    for (const [name, destination, wanted] of acts) {
      const bytes = await bytesOf(destination, wanted);
      const sent = await destination.send(wanted, bytes, signal);
      if (sent.outcome !== 'delivered') throw new Error(`${name}: ${sent.outcome}`);
      const bundle = JSON.parse(bytes.toString('utf8')) as Bundle;
      for (const { resource } of bundle.entry ?? []) {
        if (resource !== undefined) made.push({ name: `sent/${name}/${resource.resourceType}`, resource });
      }
    }
    return made;
  } finally {
    await epr.close();
  }
}

const mappingFolder = join(import.meta.dirname, '../../mappings');
const sets = new Map<string, Mappings>();

/** The set of the trust whose case it is; RZZ's where it is nobody's own. */
function setOf(name: string): Mappings {
  const trust = /\/trusts\/(\w+)\//.exec(name)?.[1] ?? 'RZZ';
  const loaded = sets.get(trust) ?? loadMappings(readMappingTree(mappingFolder, trust), trust);
  sets.set(trust, loaded);
  return loaded;
}

function recorded({ name, bytes }: Inbound): readonly Resource[] {
  try {
    const translation = translate(setOf(name), readMessage(bytes), caseSource);
    if (translation.outcome !== 'used') return [];
    const record = { id: 1, uid: 'u1', keys: [], rows: [] };
    const arrived = { source: caseSource.id, at: caseSource.receivedAt, personUid: 'u1' };
    return planRows(record, translation.resources, arrived).rows.map(({ resource }) => resource);
  } catch (error) {
    // A case of what is refused or held.
    if (error instanceof BridgeError) return [];
    throw error;
  }
}

/** What each golden case adds to an empty record; the same resource only once. */
export function recordedResources(): readonly Made[] {
  const made = golden.flatMap((message) =>
    recorded(message).map((resource): Made => ({
      name: `${message.name}/${resource.resourceType}`,
      resource,
    })),
  );
  return [...new Map(made.map((each) => [JSON.stringify(each.resource), each])).values()];
}
