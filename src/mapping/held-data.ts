// What enters a person's record by a mapping set, and why: every element, the fields that it comes from, and what reads
// it. Data minimisation made visible: an element that nothing reads has no place in the record, and lint says so.
import type { MappingFiles, Mappings } from './load.ts';
import { fieldsOfMap, fieldsIn } from './places.ts';
import type { SegmentFile } from './schema.ts';

/** Element → what it is needed for. Whoever adds a reader adds its line; whoever removes one takes it away. */
const purposes: Readonly<Record<string, string>> = {
  'Patient.identifier': 'whose record it is; compared before each write to the EPR',
  'Patient.birthDate': 'age (rules); compared before each write to the EPR',
  'Patient.deceased': 'no proposal, ask or flag about somebody who has died',
  'Patient.meta': 'restricted records: who may be told',
  'Encounter.identifier': 'which stay or visit it is, also when its number changes',
  'Encounter.class': 'whether somebody is on a ward: asks and flags wait',
  'Encounter.status': 'whether somebody is on a ward: asks and flags wait',
  'Encounter.period': 'whether somebody is on a ward: asks and flags wait',
  'Encounter.meta': 'restricted records: who may be told',
  'EpisodeOfCare.status': 'whose caseload somebody is on',
  'EpisodeOfCare.team': 'which team somebody comes through, and whether IPS serves it',
  'EpisodeOfCare.period': 'since when, and until when, somebody is on a caseload',
  'PractitionerRole.code': 'who is asked: the care co-ordinator',
  'PractitionerRole.practitioner': 'who is asked: the care co-ordinator',
  'PractitionerRole.active': 'nobody is asked whose role has ended',
  'PractitionerRole.period': 'nobody is asked whose role has ended',
  'Observation.code': 'employment status, and whether the person wants work',
  'Observation.valueCodeableConcept': 'employment status, and whether the person wants work',
  'Observation.status': 'corrected and withdrawn answers',
  'Observation.effectiveDateTime': 'since when a status or wish is known; waits and reminders run from it',
  'CarePlan.category': 'which care plans count for an employment goal',
  'CarePlan.description': 'whether a care plan has an employment goal',
  'CarePlan.status': 'whether a care plan is in force',
  'CarePlan.period': 'whether a care plan is in force',
  'Goal.description': 'whether there is an employment goal',
  'Goal.note': 'whether there is an employment goal',
  'Goal.lifecycleStatus': 'whether a goal is in force',
  'Goal.startDate': 'since when there is a goal',
  'ServiceRequest.status': 'whether a referral to IPS is open: then none is proposed',
  'ServiceRequest.intent': 'whether it is a referral or only a proposal',
  'ServiceRequest.code': 'whether a referral is one to IPS',
  'ServiceRequest.performer': 'whether a referral is one to IPS',
  'ServiceRequest.authoredOn': 'since when a referral to IPS is open',
  'ServiceRequest.occurrencePeriod': 'until when a referral to IPS is open',
};

/**
 * What nothing reads yet, with the purpose that it is held for. An element with neither line has no place in the record.
 */
const awaited: Readonly<Record<string, string>> = {
  'Patient.gender': 'equality of access by gender, in figures only',
  'Patient.extension': 'equality of access by ethnic category, in figures only',
  'Appointment.status': 'asking again only at a planned review: whether it still takes place',
  'Appointment.start': 'asking again only at a planned review: when it is',
  'Appointment.end': 'asking again only at a planned review: when it is',
  'Appointment.participant': 'asking again only at a planned review: with which team',
  'DocumentReference.masterIdentifier': 'evidence is cited by type and date of a document: which one',
  'DocumentReference.identifier': 'a note of ours that was filed is known again by its number',
  'DocumentReference.type': 'evidence is cited by type and date of a document',
  'DocumentReference.context': 'evidence is cited by type and date of a document: of what day it speaks',
  'DocumentReference.date': 'evidence is cited by type and date of a document',
  'DocumentReference.status': 'a document that was replaced or deleted is no evidence',
  'DocumentReference.docStatus': 'a document that was replaced or deleted is no evidence',
  'DocumentReference.relatesTo': 'a document that was replaced or deleted is no evidence',
  'DocumentReference.securityLabel': 'a restricted document is not cited',
};

/** FHIR requires them, or they say whose a resource is; they hold nothing else of a person. */
const structural: ReadonlySet<string> = new Set(['CarePlan.intent', 'DocumentReference.content']);

export interface HeldElement {
  /** `Patient.birthDate`; parts of one element (period.start) are one. */
  readonly element: string;
  /** Fields that it is made of: `PID-7`; none where a row gives it a fixed value. */
  readonly from: readonly string[];
  /** Message structures by which it comes. */
  readonly structures: readonly string[];
  /** undefined: nothing in this product reads it, nor will. */
  readonly purpose: string | undefined;
  /** The purpose is there, and what reads it is not built yet. */
  readonly isAwaited: boolean;
}

/** Every element that messages of this set bring into the record, by name. */
export function heldData(mappings: Mappings): HeldElement[] {
  const { files } = mappings;
  const held = new Map<string, { from: Set<string>; structures: Set<string> }>();
  for (const [name, file] of files.segments) {
    const structures = structuresOf(name, files);
    if (structures.length === 0) continue;
    for (const { element, from } of elementsOf(file)) {
      const known = held.get(element) ?? { from: new Set<string>(), structures: new Set<string>() };
      held.set(element, known);
      from.forEach((field) => known.from.add(field));
      structures.forEach((structure) => known.structures.add(structure));
    }
  }
  return [...held]
    .map(([element, { from, structures }]) => ({
      element,
      from: [...from].sort(),
      structures: [...structures].sort(),
      purpose: purposeOf(element),
      isAwaited: element in awaited,
    }))
    .sort((one, other) => (one.element < other.element ? -1 : 1));
}

export function purposeOf(element: string): string | undefined {
  return structural.has(element)
    ? 'required by FHIR; says nothing of the person'
    : (purposes[element] ?? awaited[element]);
}

/** `Patient.meta` for the target `meta.security`, `Patient.deceased` for `deceased[x]`. */
export function elementOf({ resource }: SegmentFile, to: string): string {
  return `${resource}.${to.replace('[x]', '').split('.')[0] ?? to}`;
}

function elementsOf(file: SegmentFile): { readonly element: string; readonly from: readonly string[] }[] {
  const notes = fieldsOfMap(file).reads.has('NTE-3');
  return file.rows.map((row) => ({
    element: elementOf(file, row.to),
    from: [...fieldsIn(row.from), ...(notes && row.via === 'nte-annotations' ? ['NTE-3'] : [])],
  }));
}

/** The message structures whose messages go through a segment file, directly or by a group. */
function structuresOf(map: string, { messages, groups }: MappingFiles): string[] {
  const inGroups = new Set([...groups].filter(([, { segments }]) => segments.some((one) => one.map === map)).map(([name]) => name)); // prettier-ignore
  return [...messages.values()]
    .filter(
      ({ include, segments }) =>
        segments.some((one) => one.map === map) || include.some((name) => inGroups.has(name)),
    ) // prettier-ignore
    .map(({ structure }) => structure);
}

/** The document of what is held, as Markdown. */
export function heldDataText(mappings: Mappings): string {
  const held = heldData(mappings);
  const rows = held.map(({ element, from, structures, purpose, isAwaited }) => [
    `\`${element}\``,
    from.length === 0 ? 'fixed by its row' : from.join(', '),
    structures.join(', '),
    purpose === undefined ? '**nothing reads it**' : isAwaited ? `not read yet: ${purpose}` : purpose,
  ]);
  const head = ['Element', 'From', 'In messages of structure', 'Needed for'];
  const widths = head.map((text, column) => Math.max(text.length, ...rows.map((row) => (row[column] ?? '').length)));
  const line = (cells: readonly string[]): string => `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const table = [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
  const unread = held.filter(({ purpose }) => purpose === undefined).length;
  const unbuilt = held.filter(({ isAwaited }) => isAwaited).length;
  return `${[
    '# Data we hold',
    '',
    '<!-- Made from the mappings by `ips-bridge map docs`; edits are overwritten. -->',
    '',
    `What messages bring into a person’s record, with the mappings of this repository and those of the example trust \`${mappings.trust}\`. A trust makes its own list with \`ips-bridge map docs --trust <ODS> --print\`. Only mapped elements enter the record; the message itself stays in the inbox as it came.`,
    '',
    ...table,
    '',
    unread === 0
      ? 'Each of them has its purpose.'
      : `Nothing in this product reads ${unread} of them (\`ips-bridge map lint\` says which): they should go.`,
    unbuilt === 0 ? '' : `What reads ${unbuilt} of them is not built yet; a trust that will not wait drops their rows in its own folder.`,
    '',
    'Each resource also says whose it is, and carries the sender’s own number for it.',
    '',
    '## How long',
    '',
    '- The record is append-only: each change is a new row, and the earlier ones stay. The inbox keeps each message as it came.',
    '- Deletion after a retention time (the design: message bodies after 35 days, superseded rows after 400) is not built yet: nothing is deleted today. `docs/requirements.md`, R43, says how far it is.',
    '- `""` in a field that a row maps takes its element out of the current version; that row says so, and the earlier one stays.',
  ].join('\n')}\n`;
} // prettier-ignore
