// Acknowledgements (HL7 v2.5.1 §2.9, MSA §2.15.8, ERR §2.15.5): which a message asks for, and their bytes. Pure: the
// control id, the moment and the zone are given. What is echoed was between the sender's own separators and is
// written in the same, without control characters, so it cannot break out of its field.
import { toHl7Time } from '../time.ts';
import { encodeBytes } from './charset.ts';
import { encodeText } from './escape.ts';
import type { Header } from './header.ts';
import { encodingCharacters, standardSeparators } from './separators.ts';
import type { Separators } from './separators.ts';

export type AcknowledgementCode = 'AA' | 'AE' | 'AR' | 'CA' | 'CE' | 'CR';

/** HL7 table 0357, as far as it is used here. */
const conditionNames = {
  '100': 'Segment sequence error',
  '101': 'Required field missing',
  '102': 'Data type error',
  '103': 'Table value not found',
  '202': 'Unsupported processing id',
  '207': 'Application internal error',
} as const;
export type ConditionCode = keyof typeof conditionNames;

export interface AcknowledgedError {
  /** A segment or a field: `MSH`, `MSH-11`. */
  readonly where: string;
  readonly code: ConditionCode;
  /** Our own words: nothing from the message. */
  readonly text: string;
}

export interface AcknowledgementDetail {
  readonly code: AcknowledgementCode;
  /** Our MSH-10, at most 20 characters (the length before v2.7). */
  readonly controlId: string;
  readonly now: Date;
  readonly zone: string;
  readonly error?: AcknowledgedError;
}

/** Old enough for every receiver, where the sender's version cannot be read. */
const defaultVersion = '2.4';

/**
 * The bytes of an acknowledgement, without MLLP framing, in the charset of the message it answers. `header` is
 * undefined where none could be read: the answer then names nobody.
 */
export function acknowledge(header: Header | undefined, detail: AcknowledgementDetail): Buffer {
  const separators = header?.separators ?? standardSeparators;
  const echo = (text: string | undefined): string => withoutControls(text ?? '', separators);
  const event = echo(header?.triggerEvent);
  const version = header?.version === '' ? undefined : header?.version;
  // MSH-9.3 came with v2.3.1.
  const structure = version === '2.3' || isBefore(version, 2, 3) ? [] : ['ACK'];
  const messageType = event === '' ? ['ACK'] : ['ACK', event, ...structure];

  const msh = [
    'MSH',
    encodingCharacters(separators),
    echo(header?.receivingApplication),
    echo(header?.receivingFacility),
    echo(header?.sendingApplication),
    echo(header?.sendingFacility),
    toHl7Time(detail.now, detail.zone),
    '',
    messageType.join(separators.component),
    encodeText(detail.controlId, separators),
    echo(header?.processing),
    version === undefined ? defaultVersion : echo(header?.versionField),
    ...Array<string>(5).fill(''),
    echo(header?.charsets[0]),
  ];
  const error = detail.error;
  // MSA-3 was withdrawn in v2.7; until then it is what people see in their engine's log.
  const words = error !== undefined && isBefore(version, 2, 7) ? [encodeText(error.text, separators)] : [];
  const msa = ['MSA', detail.code, echo(header?.controlId), ...words];
  const segments = error === undefined ? [msh, msa] : [msh, msa, errorSegment(error, separators, version)];
  const text = segments.map((fields) => `${withoutTrailing(fields).join(separators.field)}\r`).join('');
  return encodeBytes(text, header?.charset ?? 'utf-8');
}

/** v2.5 and later: ERR-2 place, ERR-3 code, ERR-4 severity, ERR-8 text. Earlier: all in ERR-1. */
function errorSegment(
  error: AcknowledgedError,
  separators: Separators,
  version: string | undefined,
): string[] {
  const [segment = '', field = ''] = error.where.split('-');
  const place = field === '' ? [segment] : [segment, '1', field];
  const name = conditionNames[error.code];
  const { component, subcomponent } = separators;
  if (isBefore(version, 2, 5)) {
    const [segmentId = '', sequence = '', position = ''] = place;
    const coded = [error.code, name, 'HL70357'].join(subcomponent);
    return ['ERR', [segmentId, sequence, position, coded].join(component)];
  }
  const text = encodeText(error.text, separators);
  return [
    'ERR',
    '',
    place.join(component),
    [error.code, name, 'HL70357'].join(component),
    'E',
    '',
    '',
    '',
    text,
  ];
}

function isBefore(version: string | undefined, major: number, minor: number): boolean {
  const parts = /^(\d+)\.(\d+)/.exec(version ?? defaultVersion);
  if (parts === null) return isBefore(defaultVersion, major, minor);
  const found = Number(parts[1]);
  return found < major || (found === major && Number(parts[2]) < minor);
}

/** Echoed text keeps its own escapes; only what could end a segment, a frame or a log line is escaped. */
function withoutControls(text: string, { escape }: Separators): string {
  return text.replaceAll(/[\x00-\x1f\x7f]/g, (character) => {
    const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0');
    return `${escape}X${code}${escape}`;
  });
}

function withoutTrailing(fields: readonly string[]): readonly string[] {
  const last = fields.findLastIndex((field) => field !== '');
  return fields.slice(0, last + 1);
}

/** Which acknowledgement a message wants at each point; undefined: none. */
export interface Wanted {
  /** As soon as it is on disk (or was, as a duplicate). */
  readonly stored: 'AA' | 'CA' | undefined;
  /** As soon as it is refused. */
  readonly refused: 'AR' | 'CR' | undefined;
  /** Where it could not be stored, for feeds that answer that: AE or AR to the first, CE or CR to the second. */
  readonly failed: 'application' | 'accept' | undefined;
  /** When processing is over. */
  readonly processed: 'AA' | undefined;
  readonly held: 'AE' | undefined;
}

/**
 * What MSH-15 and MSH-16 ask for (§2.9.2, §2.9.3; table 0155). Both empty: original mode, one acknowledgement, given
 * when the message is stored. Else enhanced mode: MSH-15 governs the accept acknowledgement (CA, CR), MSH-16 the
 * application acknowledgement (AA, AE) after processing; an empty one asks for none, an unknown value is read as AL
 * in MSH-15 and as NE in MSH-16. A refusal that MSH-15 does not want is told as AR where MSH-16 wants errors.
 * `always`: the feed's sender writes MSH-15/16 but waits as in original mode.
 */
export function wanted(
  header: Pick<Header, 'acceptAcknowledgement' | 'applicationAcknowledgement'> | undefined,
  mode: 'as-asked' | 'always',
): Wanted {
  const accept = header?.acceptAcknowledgement ?? '';
  const application = header?.applicationAcknowledgement ?? '';
  if (mode === 'always' || (accept === '' && application === '')) {
    return { stored: 'AA', refused: 'AR', failed: 'application', processed: undefined, held: undefined };
  }
  const acceptSuccess = accept !== '' && accept !== 'NE' && accept !== 'ER';
  const acceptError = accept !== '' && accept !== 'NE' && accept !== 'SU';
  const applicationSuccess = application === 'AL' || application === 'SU';
  const applicationError = application === 'AL' || application === 'ER';
  return {
    stored: acceptSuccess ? 'CA' : undefined,
    refused: acceptError ? 'CR' : applicationError ? 'AR' : undefined,
    failed: acceptError ? 'accept' : applicationError ? 'application' : undefined,
    processed: applicationSuccess ? 'AA' : undefined,
    held: applicationError ? 'AE' : undefined,
  };
}
