// Loads a mapping folder: tables, segment files, message files, checked against each other and compiled. Every fault
// of the whole set is reported at once; a set is used whole or not at all.
import { createHash } from 'node:crypto';
import { errorOf } from '../errors.ts';
import type { Finding } from '../errors.ts';
import type { WholeList } from '../fhir/canonical.ts';
import { missingOf, readAuthorities, readCodeTables, readTeams } from './codes.ts';
import type { Authorities, CodeTable, TeamTable } from './codes.ts';
import { compileSegment } from './compile.ts';
import type { SegmentMap } from './compile.ts';
import { conversions } from './conversions.ts';
import { namesIn, pathOf, readAll } from './files.ts';
import type { IdentityRule } from './identity-schema.ts';
import { listOf } from './lists.ts';
import { loadOutbound } from './outbound/load.ts';
import type { OutboundMessage } from './outbound/load.ts';
import type { OutboundAct } from './outbound/schema.ts';
import { groupSchema, messageSchema, segmentSchema } from './schema.ts';
import type { GroupFile, MessageFile, SegmentFile } from './schema.ts';
import { readStaff } from './staff.ts';
import type { StaffTable } from './staff.ts';
import { checkTableValues } from './table-values.ts';
import type { MappingTree } from './tree.ts';
import { checkQuestion, notAsked, readWorkQuestion } from './work-question.ts';

/** How one structure's messages are read. */
export interface MessageMap {
  readonly structure: string;
  readonly file: string;
  /** Paths of the groups that it includes. */
  readonly groups: readonly string[];
  readonly repeats: string | undefined;
  /** Whether a message that names nobody is deliberately unused; else it is refused. */
  readonly personOptional: boolean;
  readonly identity: IdentityRule | undefined;
  readonly segments: readonly {
    readonly segment: string;
    readonly before: readonly string[];
    readonly map: SegmentMap;
    /** What the segments are the whole list of, where they are one. */
    readonly list: WholeList['type'] | undefined;
  }[];
}

export interface Mappings {
  /** ODS code of the trust whose overlay this is. */
  readonly trust: string;
  /** SHA-256 of every file of the set and the trust, in hex: which set decided. */
  readonly hash: string;
  readonly teams: TeamTable;
  /** Who may author notes. */
  readonly staff: StaffTable;
  readonly authorities: Authorities;
  /** Every other code table, by its name. */
  readonly tables: ReadonlyMap<string, CodeTable>;
  /** What the trust has to add to its folder before messages can mean anything; the set loads without. */
  readonly missing: readonly Finding[];
  /** `ADT^A08` → how it is read. */
  readonly events: ReadonlyMap<string, MessageMap>;
  /** How what we do is written as an HL7v2 message. */
  readonly outbound: ReadonlyMap<OutboundAct, OutboundMessage>;
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
  const staff = readStaff(tree, authorities, faults);
  const asked = readWorkQuestion(tree, tables, faults);
  const question = asked ?? notAsked;
  const lookups = {
    tables: new Map([...tables, [workAnswers, question.answers]]),
    questions: question.questions,
  };

  const names = { conversions: [...conversions.keys()], tables: [...lookups.tables.keys()] };
  const segmentFiles = new Map(readAll(tree, 'segments', { schema: segmentSchema(names), question }, faults));
  const segments = new Map<string, SegmentMap>();
  for (const [name, file] of segmentFiles) segments.set(name, compileSegment(name, file, lookups));
  checkQuestion(segmentFiles, question, faults);
  checkTableValues(segmentFiles, lookups.tables, faults);
  const maps = namesIn(tree, 'segments');
  const groups = new Map(readAll(tree, 'groups', { schema: groupSchema(maps), question }, faults));
  const schema = messageSchema(maps, namesIn(tree, 'groups'));
  const messageFiles = readAll(tree, 'messages', { schema, question }, faults);
  const events = new Map<string, MessageMap>();
  for (const [name, file] of messageFiles) {
    const included = file.include.flatMap((group) => groups.get(group)?.segments ?? []);
    const path = pathOf('messages', name);
    const map: MessageMap = {
      structure: file.structure,
      file: path,
      groups: file.include.map((group) => pathOf('groups', group)),
      repeats: file.repeats,
      personOptional: file.person === 'optional',
      identity: file.identity,
      segments: [...included, ...file.segments].flatMap(({ segment, before, map: mapName, list }) => {
        const found = segments.get(mapName);
        const reads = segmentFiles.get(mapName)?.segment ?? segment;
        if (reads !== segment) {
          const message = `${segment} goes through ${mapName}, which reads ${reads}`;
          faults.push({ kind: 'config/invalid', where: path, message });
        }
        if (found === undefined) return [];
        return [{ segment, before, map: found, list: listOf(list, found, path, faults) }];
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
  const missing = [
    ...missingOf(authorities, teams),
    ...(asked === undefined ? [{ kind: 'config/trust-adds', where: 'work-question.yaml', message: 'nothing says where the EPR records whether somebody wants work' } as const] : []),
  ]; // prettier-ignore
  const files = {
    segments: segmentFiles,
    groups,
    messages: new Map(messageFiles),
    tables: lookups.tables,
    paths: [...tree.keys()],
  };
  return {
    trust,
    hash: hashOf(tree, trust),
    teams,
    staff,
    authorities,
    missing,
    tables,
    events,
    outbound,
    files,
  };
}

function hashOf(tree: MappingTree, trust: string): string {
  const hash = createHash('sha256').update(trust);
  for (const path of [...tree.keys()].sort()) {
    const found = tree.get(path);
    hash.update(`\0${path}\0${found?.text ?? ''}\0${found?.general?.text ?? ''}`);
  }
  return hash.digest('hex');
}
