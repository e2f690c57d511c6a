// The trust's own systems that the bridge writes to, started and loaded: an EPR with FHIR, or an integration engine
// before an EPR without it.
import { BridgeError } from '../errors.ts';
import { startEpr } from './epr/epr.ts';
import { randomFaults } from './epr/faults.ts';
import { seededRandom } from './random.ts';
import { receivingFhir } from './receiving-fhir.ts';
import type { Receiving } from './receiving.ts';
import { writeEprToken } from './settings.ts';
import type { OutboundSide } from './settings.ts';
import type { eprResources } from './trust.ts';

export const scenarios = ['fhir', 'hl7v2'] as const;
export type ScenarioName = (typeof scenarios)[number];

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

/** Share of the EPR's answers that go wrong: overloaded, or lost after the work was done. */
const faultRate = 0.01;
const eprFaults: Parameters<typeof randomFaults>[1] = [
  { kind: 'status', status: 503, retryAfter: '1' },
  { kind: 'lost-reply' },
];

export function openSide(scenario: ScenarioName, options: SideOptions): Promise<Side> {
  switch (scenario) {
    case 'fhir':
      return openFhir(options);
    case 'hl7v2':
      throw new BridgeError('unsupported/scenario', 'the scenario hl7v2 is not there yet');
  }
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
