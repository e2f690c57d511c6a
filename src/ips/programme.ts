// The IPS programme of a trust, as data: who provides it, which teams it covers, which rules are switched on. A team
// is covered by its own row in codes/teams.csv, or, where that is blank, by its MHSDS service or team type.
import { z } from 'zod';
import type { Team } from '../mapping/codes.ts';

const ruleSwitches = ['on', 'observe', 'off'] as const;
export type RuleSwitch = (typeof ruleSwitches)[number];

/** MHSDS service or team type; D05 is IPS itself, which nobody is referred from. */
const teamType = z
  .string()
  .regex(/^[A-Z][0-9]{2}$/, 'an MHSDS service or team type, a letter and two digits (A06)')
  .refine((type) => type !== ipsTeamType, 'D05 is the IPS service itself');

/** MHSDS service or team type of an Individual Placement and Support service. */
export const ipsTeamType = 'D05';

export const programmeSettings = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]*$/, 'small letters, digits and hyphens'),
  name: z.string().min(1),
  provider: z.strictObject({
    name: z.string().min(1),
    partOfCareTeam: z
      .boolean()
      .describe('May the provider see identifiable records before the person has agreed? Usually no'),
  }),
  serves: z.array(teamType).min(1).describe('Team types that this programme covers'),
  rules: z
    .record(z.string(), z.enum(ruleSwitches))
    .default({})
    .describe(
      'on: effects are made; observe: decided and shown, never sent (unless named here); off: not evaluated',
    ),
});
export type Programme = z.output<typeof programmeSettings>;

/** The switch of a rule. A rule that nobody has switched on only observes. */
export function ruleSwitch(programme: Programme, rule: string): RuleSwitch {
  return programme.rules[rule] ?? 'observe';
}

/** Does the programme cover people of this team? An IPS team is never "covered": its people are with IPS already. */
export function isServed(programme: Programme, team: Pick<Team, 'type' | 'served'>): boolean {
  if (team.type === ipsTeamType) return false;
  return team.served ?? programme.serves.includes(team.type);
}

/** The team types in a table that the programme leaves out: printed at start and in every report as "not served". */
export function typesNotServed(programme: Programme, teams: readonly Team[]): string[] {
  const left = teams.filter((team) => team.type !== ipsTeamType && !isServed(programme, team));
  return [...new Set(left.map((team) => team.type))].sort();
}
