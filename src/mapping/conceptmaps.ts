// Code tables as FHIR R4 ConceptMaps (conceptmap.html), for whoever keeps terminology elsewhere: local codes as the
// source, what they mean here as the target. A table that has no published system as its source gets a URN of ours.
import type { ConceptMap, ConceptMapGroup, ConceptMapGroupElement } from '@medplum/fhirtypes';
import type { CodeTable } from './codes.ts';
import type { MappingFiles, Mappings } from './load.ts';
import { conversionSystems } from './table-values.ts';

/** Systems of the codes that FHIR itself binds an element to (R4, the definition of each element). */
const boundSystems: Readonly<Record<string, string>> = {
  'Patient.gender': 'http://hl7.org/fhir/administrative-gender',
  'Patient.name': 'http://hl7.org/fhir/name-use',
  'Encounter.status': 'http://hl7.org/fhir/encounter-status',
  'Observation.status': 'http://hl7.org/fhir/observation-status',
  'Goal.lifecycleStatus': 'http://hl7.org/fhir/goal-status',
  'EpisodeOfCare.status': 'http://hl7.org/fhir/episode-of-care-status',
  'Appointment.status': 'http://hl7.org/fhir/appointmentstatus',
  'ServiceRequest.status': 'http://hl7.org/fhir/request-status',
  'ServiceRequest.intent': 'http://hl7.org/fhir/request-intent',
  'ServiceRequest.priority': 'http://hl7.org/fhir/request-priority',
  'DocumentReference.status': 'http://hl7.org/fhir/document-reference-status',
  'DocumentReference.docStatus': 'http://hl7.org/fhir/composition-status',
};

/** One ConceptMap for each code table of the set, by the table's name. */
export function conceptMaps({ trust, hash, tables, files }: Mappings): ConceptMap[] {
  return [...tables.values()]
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .map((table): ConceptMap => {
      const uses = usesOf(table, files);
      const groups = groupsOf(table, { trust, uses });
      return {
        resourceType: 'ConceptMap',
        id: `${trust}-${table.name}`.slice(0, 64),
        url: `urn:x-ips-bridge:concept-map:${trust}:${table.name}`,
        version: hash.slice(0, 12),
        name: table.name.replaceAll(/(^|-)([a-z\d])/g, (_match, _dash, letter: string) => letter.toUpperCase()), // prettier-ignore
        title: `codes/${table.name}.csv as it counts for ${trust}`,
        status: 'active',
        experimental: false,
        ...(groups.length === 0 ? {} : { group: groups }),
      };
    });
}

interface Use {
  readonly via: string | undefined;
  /** The system that the row gives the table's values, or that FHIR binds the element to. */
  readonly system: string | undefined;
}

/** The rows that read a table, under its own name or that of the work question. */
function usesOf(table: CodeTable, files: MappingFiles): Use[] {
  return [...files.segments.values()].flatMap(({ resource, rows }) =>
    rows
      .filter(({ codes }) => codes !== undefined && files.tables.get(codes)?.name === table.name)
      .map(({ via, system, to }) => ({
        via,
        system: system ?? conversionSystems[via ?? ''] ?? boundSystems[`${resource}.${to}`],
      })),
  );
}

interface Reading {
  readonly trust: string;
  readonly uses: readonly Use[];
}

/** A group for each target system; codes that mean nothing here stand with the table's own. */
function groupsOf(table: CodeTable, { trust, uses }: Reading): ConceptMapGroup[] {
  const common = uses.find(({ system }) => system !== undefined)?.system;
  const counts = new Map<string, number>();
  for (const { value } of table.entries.values()) {
    if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const elements = new Map<string | undefined, ConceptMapGroupElement[]>();
  for (const [code, { value, system, display }] of table.entries) {
    const target = value === undefined ? common : (system ?? common);
    const element = { code, target: [targetOf(value, display, counts)] };
    elements.set(target, [...(elements.get(target) ?? []), element]);
  }
  // Where a marking is read, one that no table knows counts as restricted. Any other unknown code is kept as text and
  // becomes no code at all, which R4 says by leaving `unmapped` out.
  const unmapped: Pick<ConceptMapGroup, 'unmapped'> = uses.some(
    ({ via }) => via?.startsWith('id-confidentiality') === true,
  )
    ? { unmapped: { mode: 'fixed', code: 'R', display: 'restricted' } }
    : {};
  return [...elements].map(([target, element]) => ({
    source: `urn:x-ips-bridge:codes:${trust}:${table.name}`,
    ...(target === undefined ? {} : { target }),
    element,
    ...unmapped,
  }));
}

/** A code that alone has its meaning is equivalent to it; of several with one meaning, the table tells no more than that. */
function targetOf(
  value: string | undefined,
  display: string | undefined,
  counts: ReadonlyMap<string, number>,
): NonNullable<ConceptMapGroupElement['target']>[number] {
  if (value === undefined) return { equivalence: 'unmatched', comment: 'known to mean nothing here' };
  return {
    code: value,
    ...(display === undefined ? {} : { display }),
    equivalence: counts.get(value) === 1 ? 'equivalent' : 'relatedto',
  };
}
