// The mappings and rules in force: read together, checked together, and taken whole or not at all.
import { readGoalDefinition } from '../ips/employment-goal.ts';
import type { GoalDefinition } from '../ips/employment-goal.ts';
import type { FeedSupply } from '../ips/supply.ts';
import type { Programme } from '../ips/programme.ts';
import { typesNotServed } from '../ips/programme.ts';
import type { RuleSet } from '../ips/rules.ts';
import { loadRules } from '../ips/triggers.ts';
import { loadMappings } from '../mapping/load.ts';
import type { Mappings } from '../mapping/load.ts';
import { readMappingTree } from '../mapping/tree.ts';

export interface InterpretationSettings {
  /** Folder of mappings. */
  readonly folder: string;
  /** ODS code whose overlay is used. */
  readonly trust: string;
  readonly feeds: readonly FeedSupply[];
  readonly programme: Programme;
}

export interface Interpretation {
  readonly mappings: Mappings;
  readonly rules: RuleSet;
  /** What counts as an employment goal; undefined where the mappings do not say. */
  readonly goals: GoalDefinition | undefined;
  /** Team types that IPS does not serve here: printed at start and in every report. */
  readonly notServed: readonly string[];
}

/** @throws BridgeError config/… with every fault of every mapping, code table and rule */
export function loadInterpretation(settings: InterpretationSettings): Interpretation {
  const tree = readMappingTree(settings.folder, settings.trust);
  const mappings = loadMappings(tree, settings.trust);
  const { feeds, programme } = settings;
  const rules = loadRules(tree, { feeds, programme, hash: mappings.hash });
  return {
    mappings,
    rules,
    goals: readGoalDefinition(tree),
    notServed: typesNotServed(programme, mappings.teams.all),
  };
}
