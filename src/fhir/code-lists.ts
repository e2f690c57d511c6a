// Code systems with a short closed list, of which this program reads each code: one that is not on the list would be
// read by nobody. Ours are as domain rules have them; v3-Confidentiality is as HL7 publishes it.
import { systems } from './systems.ts';

/** What a person can want of work. */
export const wantsWorkValues = [
  'paid-job',
  'keep-or-change',
  'unsure',
  'volunteering-or-study',
  'no',
] as const;

const lists: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  [systems.wantsWork, wantsWorkValues],
  [systems.role, ['care-coordinator']],
  // MHSDS: EMPLOYMENT STATUS.
  [systems.employmentStatus, ['01', '02', '03', '04', '05', '06', '07', '08', 'ZZ']],
  [systems.confidentiality, ['U', 'L', 'M', 'N', 'R', 'V']],
]);

/** The codes of a system that has a closed list; undefined for any other. */
export function closedList(system: string): readonly string[] | undefined {
  return lists.get(system);
}
