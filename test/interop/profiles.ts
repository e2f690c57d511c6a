// Validity: every resource that we make, by HAPI's instance validator, over base R4 and over the UK Core profile of its
// type where one stands in ukcore/. Active and draft profiles alike: both are told.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { extensions } from '../../src/fhir/systems.ts';
import type { Found } from './explained.ts';
import { ask } from './java.ts';
import { recordedResources, sentResources } from './resources.ts';
import type { Made } from './resources.ts';

const folder = join(import.meta.dirname, 'ukcore');
const base = 'https://fhir.hl7.org.uk/StructureDefinition/UKCore-';
/** Resource types with a profile in the folder, and its status there. */
const profiled = new Map(
  readdirSync(folder).flatMap((file): [string, string][] => {
    const type = /^UKCore-(\w+)\.xml$/.exec(file)?.[1];
    if (type === undefined) return [];
    return [[type, /<status value="(\w+)"/.exec(readFileSync(join(folder, file), 'utf8'))?.[1] ?? 'unknown']];
  }),
);

const answer = z.object({
  name: z.string(),
  issues: z.array(
    z.object({
      severity: z.enum(['fatal', 'error', 'warning', 'information']),
      where: z.string().optional(),
      message: z.string(),
    }),
  ),
});

interface Question extends Made {
  readonly profile?: string;
}

interface Wrong {
  readonly name: string;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly profile?: string;
}

export interface ProfileCheck {
  /** How many resources of each type, over base R4 and over which profile. */
  readonly counts: ReadonlyMap<string, number>;
  readonly found: readonly Found[];
}

/** Resources that are wrong: a validator that finds no error in them would be worth nothing. */
const controls: readonly Wrong[] = [
  { name: 'a task without a status', resource: { resourceType: 'Task', intent: 'proposal' } },
  { name: 'a gender that is none', resource: { resourceType: 'Patient', gender: 'F' } },
  {
    name: 'an ethnic category as text, which only the profile forbids',
    resource: { resourceType: 'Patient', extension: [{ url: extensions.ethnicCategory, valueString: 'A' }] },
    profile: `${base}Patient`,
  },
];

/** Has HAPI validate everything that we make. */
export async function checkProfiles(): Promise<ProfileCheck> {
  const made = [...(await sentResources()), ...recordedResources()];
  const questions = made.flatMap((each): Question[] => {
    const { resourceType } = each.resource;
    const plain = { ...each, name: `${each.name} as R4` };
    if (!profiled.has(resourceType)) return [plain];
    return [plain, { ...each, name: `${each.name} as UKCore-${resourceType}`, profile: base + resourceType }];
  });
  const answers = [...(await ask(['profiles', folder], [...questions, ...controls], answer))];
  const controlled = answers.splice(-controls.length);
  const counts = new Map<string, number>();
  for (const { resource, profile } of questions) {
    const type = resource.resourceType;
    const kind = profile === undefined ? `${type} as R4` : `${type} as UK Core (${profiled.get(type)})`;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const found = answers.flatMap(({ name, issues }) =>
    issues
      .filter(({ severity }) => severity !== 'information')
      .map(({ severity, where, message }): Found => ({
        of: name,
        what: `${severity} at ${where}: ${message}`,
      })),
  );
  const blind = controlled.filter(({ issues }) => issues.every(({ severity }) => severity !== 'error'));
  return {
    counts,
    found: [...found, ...blind.map(({ name }) => ({ of: name, what: 'HAPI finds no error' }))],
  };
}
