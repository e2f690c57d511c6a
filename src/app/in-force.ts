// Mappings and rules in force, and their exchange while the service runs: a new set is read, checked and run against its
// own cases, and is taken whole or not at all. What it decides from then on carries its hash.
import type { Config } from '../config.ts';
import { errorOf } from '../errors.ts';
import type { BridgeError, Finding } from '../errors.ts';
import { caseFolders, failingCases } from '../mapping/cases.ts';
import type { Mappings } from '../mapping/load.ts';
import type { Interpretation } from '../pipeline/interpretation.ts';
import type { ProcessDeps } from '../pipeline/process.ts';
import { interpretationOf, processDepsOf } from './interpretation.ts';

/** One set, and what deciding by it needs. */
interface Force {
  readonly interpretation: Interpretation;
  readonly deps: ProcessDeps;
}

export interface InForce {
  now(): Force;
  /**
   * Reads the mapping folder again and takes what stands there.
   * @throws BridgeError config/… with every fault, where the set cannot be used; the one before stays in force
   */
  renew(): Force;
}

/** @throws BridgeError config/… as loadInterpretation does */
export function openInForce(config: Config): InForce {
  let force = forceOf(config);
  return {
    now: () => force,
    renew: () => {
      const next = forceOf(config);
      const fault = caseFault(config, next.interpretation.mappings);
      if (fault !== undefined) throw fault;
      force = next;
      return force;
    },
  };
}

function forceOf(config: Config): Force {
  const interpretation = interpretationOf(config);
  return { interpretation, deps: processDepsOf(config, interpretation) };
}

/** The cases of the set that do not come out as they say. */
function caseFault(config: Config, mappings: Mappings): BridgeError | undefined {
  const failing = caseFolders(config.mappings, config.trust).flatMap((folder) =>
    failingCases(mappings, folder),
  );
  return errorOf(
    failing.map((where): Finding => ({
      kind: 'config/mapping-case',
      where,
      message: 'this mapping case does not come out as it says: ips-bridge map test shows where',
    })),
  );
}
