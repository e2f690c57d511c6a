// The trust's own systems that the bridge writes to, started and loaded: an EPR with FHIR, or an integration engine
// before an EPR without it.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startEpr } from './epr/epr.ts';
import { randomFaults } from './epr/faults.ts';
import { seededRandom } from './random.ts';
import { receivingFhir } from './receiving-fhir.ts';
import { receivingHl7v2 } from './receiving-hl7v2.ts';
import type { Receiving } from './receiving.ts';
import { writeEprToken } from './settings.ts';
import type { OutboundSide } from './settings.ts';
import { startTie } from './tie/tie.ts';
import type { eprResources } from './trust.ts';

export type ScenarioName = 'fhir' | 'hl7v2';

export interface Side {
  readonly outbound: OutboundSide;
  readonly receiving: Receiving;
  /** In words, for whoever watches. */
  readonly ready: string;
  close(): Promise<void>;
}

export interface SideOptions {
  readonly folder: string;
  /** Port of the EPR or the engine; 0 for any free one. */
  readonly port: number;
  readonly seed: number;
  readonly resources: ReturnType<typeof eprResources>;
}

/** Share of the EPR's answers that go wrong: overloaded (which pauses it for a second), or lost after the work was done. */
const faultRate = 0.005;
const eprFaults: Parameters<typeof randomFaults>[1] = [
  { kind: 'status', status: 503, retryAfter: '1' },
  { kind: 'lost-reply' },
];

export function openSide(scenario: ScenarioName, options: SideOptions): Promise<Side> {
  switch (scenario) {
    case 'fhir':
      return openFhir(options);
    case 'hl7v2':
      return openHl7v2(options);
  }
}

/** Share of messages that the engine refuses. */
const refusedRate = 0.03;

async function openHl7v2({ folder, port, seed }: SideOptions): Promise<Side> {
  const tie = await startTie({ port, seed: seed + 2, refuse: refusedRate, filesAfterMs: 5 });
  const worklist = join(folder, 'worklist');
  mkdirSync(worklist, { recursive: true });
  return {
    outbound: { kind: 'hl7v2', tiePort: tie.port },
    receiving: receivingHl7v2(tie, worklist),
    ready: `integration engine ready on ${tie.port} (it acknowledges before the EPR files, and refuses 3 %)`,
    close: () => tie.close(),
  };
}

async function openFhir({ folder, port, seed, resources }: SideOptions): Promise<Side> {
  const epr = await startEpr({ port, token: writeEprToken(folder) });
  await epr.load(resources);
  epr.setFaults(randomFaults(faultRate, eprFaults, seededRandom(seed + 2).next));
  return {
    outbound: { kind: 'fhir', eprUrl: epr.url },
    receiving: receivingFhir(epr),
    ready: `EPR ready at ${epr.url} (it fails now and then, as real ones do)`,
    close: () => epr.close(),
  };
}
