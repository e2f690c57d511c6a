// Loads a mapping folder: tables, segment files, message files, checked against each other and compiled. Every fault
// of the whole set is reported at once; a set is used whole or not at all.
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { BridgeError, errorOf } from '../errors.ts';
import type { Finding } from '../errors.ts';
import { parsePlace } from '../hl7v2/place.ts';
import type { Place } from '../hl7v2/place.ts';
import { parseYaml } from '../yaml.ts';
import { readAuthorities, readCodeTables, readTeams } from './codes.ts';
import type { Authorities, CodeTable, TeamTable } from './codes.ts';
import { compileSegment } from './compile.ts';
import type { Lookups, SegmentMap } from './compile.ts';
import { conversions } from './conversions.ts';
import { loadOutbound } from './outbound/load.ts';
import type { OutboundMessage } from './outbound/load.ts';
import type { NoteAct } from './outbound/schema.ts';
import { groupSchema, messageSchema, segmentSchema, workQuestionSchema } from './schema.ts';
import type { GroupFile, MessageFile, SegmentFile } from './schema.ts';
import type { MappingTree } from './tree.ts';

/** How one structure's messages are read. */
export interface MessageMap {
  readonly structure: string;
  readonly file: string;
  /** Paths of the groups that it includes. */
  readonly groups: readonly string[];
  readonly repeats: string | undefined;
  /** Whether a message that names nobody is deliberately unused; else it is refused. */
  readonly personOptional: boolean;
  readonly merge: { readonly from: Place; readonly guide: string | undefined } | undefined;
  readonly segments: readonly {
    readonly segment: string;
    readonly before: readonly string[];
    readonly map: SegmentMap;
  }[];
}

export interface Mappings {
  /** ODS code of the trust whose overlay this is. */
  readonly trust: string;
  /** SHA-256 of every file of the set and the trust, in hex: which set decided. */
  readonly hash: string;
  readonly teams: TeamTable;
  readonly authorities: Authorities;
  /** `ADT^A08` → how it is read. */
  readonly events: ReadonlyMap<string, MessageMap>;
  /** How what is done to a note is written as an HL7v2 message. */
  readonly outbound: ReadonlyMap<NoteAct, OutboundMessage>;
  /** The files themselves, for those who look into a set rather than run it. */
  readonly files: MappingFiles;
}

/** What stands in the files of a set, by name without ending. */
export interface MappingFiles {
  readonly segments: ReadonlyMap<string, SegmentFile>;
  readonly groups: ReadonlyMap<string, GroupFile>;
  readonly messages: ReadonlyMap<string, MessageFile>;
  /** The code tables that rows may name; `work-question` is the one that work-question.yaml names. */
  readonly tables: ReadonlyMap<string, CodeTable>;
  /** Paths of all files of the set, as below the mapping folder. */
  readonly paths: readonly string[];
}

const folder = 'hl7v2-to-fhir';
/** The name by which rows refer to the table that work-question.yaml names. */
const workAnswers = 'work-question';

/**
 * Loads and compiles a mapping set.
 * @throws BridgeError config/… holding every fault, each with file and line
 */
export function loadMappings(tree: MappingTree, trust: string): Mappings {
  const faults: Finding[] = [];
  const tables = readCodeTables(tree, faults);
  const authorities = readAuthorities(tree, faults);
  const teams = readTeams(tree, authorities, faults);
  const lookups = readWorkQuestion(tree, tables, faults);

  const names = { conversions: [...conversions.keys()], tables: [...lookups.tables.keys()] };
  const segmentFiles = new Map(readAll(tree, 'segments', segmentSchema(names), faults));
  const segments = new Map<string, SegmentMap>();
  for (const [name, file] of segmentFiles) segments.set(name, compileSegment(name, file, lookups));
  const maps = namesIn(tree, 'segments');
  const groups = new Map(readAll(tree, 'groups', groupSchema(maps), faults));
  const messageFiles = readAll(tree, 'messages', messageSchema(maps, namesIn(tree, 'groups')), faults);
  const events = new Map<string, MessageMap>();
  for (const [name, file] of messageFiles) {
    const included = file.include.flatMap((group) => groups.get(group)?.segments ?? []);
    const path = `${folder}/messages/${name}.yaml`;
    const map: MessageMap = {
      structure: file.structure,
      file: path,
      groups: file.include.map((group) => `${folder}/groups/${group}.yaml`),
      repeats: file.repeats,
      personOptional: file.person === 'optional',
      merge:
        file.merge === undefined
          ? undefined
          : { from: parsePlace(file.merge.from), guide: file.merge.guide ?? file.merge.own },
      segments: [...included, ...file.segments].flatMap(({ segment, before, map: mapName }) => {
        const found = segments.get(mapName);
        return found === undefined ? [] : [{ segment, before, map: found }];
      }),
    };
    for (const event of file.events.map((code) => `${file.type}^${code}`)) {
      if (events.has(event)) {
        faults.push({ kind: 'config/invalid', where: path, message: `${event} is mapped by two files` });
      }
      events.set(event, map);
    }
  }
  const outbound = loadOutbound(tree, tables, faults);
  const error = errorOf(faults);
  if (error !== undefined) throw error;
  const files = {
    segments: segmentFiles,
    groups,
    messages: new Map(messageFiles),
    tables: lookups.tables,
    paths: [...tree.keys()],
  };
  return { trust, hash: hashOf(tree, trust), teams, authorities, events, outbound, files };
}

function namesIn(tree: MappingTree, subfolder: string): string[] {
  const prefix = `${folder}/${subfolder}/`;
  return [...tree.keys()]
    .filter((path) => path.startsWith(prefix) && path.endsWith('.yaml'))
    .map((path) => path.slice(prefix.length, -'.yaml'.length));
}

/** Every YAML file of one subfolder that its schema accepts, by its name without ending. */
function readAll<S extends z.ZodType>(
  tree: MappingTree,
  subfolder: string,
  schema: S,
  faults: Finding[],
): [string, z.output<S>][] {
  const prefix = `${folder}/${subfolder}/`;
  return [...tree].flatMap(([path, { file, text }]): [string, z.output<S>][] => {
    if (!path.startsWith(prefix) || !path.endsWith('.yaml')) return [];
    const content = attempt(() => parseYaml(file, text, schema), faults);
    return content === undefined ? [] : [[path.slice(prefix.length, -'.yaml'.length), content]];
  });
}

function readWorkQuestion(
  tree: MappingTree,
  tables: ReadonlyMap<string, CodeTable>,
  faults: Finding[],
): Lookups {
  const found = tree.get('work-question.yaml');
  const schema = workQuestionSchema([...tables.keys()]);
  const question =
    found === undefined ? undefined : attempt(() => parseYaml(found.file, found.text, schema), faults);
  if (found === undefined) {
    faults.push({ kind: 'config/invalid', where: 'work-question.yaml', message: 'this file is missing' });
  }
  const answers = question === undefined ? undefined : tables.get(question.answers);
  return {
    tables: new Map([...tables, [workAnswers, answers ?? { name: workAnswers, entries: new Map() }]]),
    questions: new Set(question?.questions),
  };
}

function attempt<T>(read: () => T, faults: Finding[]): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    faults.push(...error.findings);
    return undefined;
  }
}

function hashOf(tree: MappingTree, trust: string): string {
  const hash = createHash('sha256').update(trust);
  for (const path of [...tree.keys()].sort()) hash.update(`\0${path}\0${tree.get(path)?.text ?? ''}`);
  return hash.digest('hex');
}
