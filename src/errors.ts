// The one error class and the one shape of a finding. `kind` is for machines, `message` for people and free of
// patient data, `where` names the place in the sender's own notation (PID-3[1].1, OBX[2]-5, config/feeds/rio.yaml:7).

type ErrorGroup =
  | 'parse'
  | 'structure'
  | 'field'
  | 'type'
  | 'code'
  | 'identity'
  | 'unsupported'
  | 'delivery'
  | 'config'
  | 'internal';

export type ErrorKind = `${ErrorGroup}/${string}`;

/** Something a reader should know of one place in one message; it never stops that message by itself. */
export interface Finding {
  readonly kind: ErrorKind;
  readonly where: string;
  /** For people; holds no value from the message. */
  readonly message: string;
  /** What kind of text stands there, never the text: `letters, 5 characters`, `13 digits`. */
  readonly valueClass?: string;
  /** The mapping row that read it: `hl7v2-to-fhir/segments/pid-patient.yaml rows[2]`. */
  readonly row?: string;
}

interface ErrorDetail {
  readonly where?: string;
  readonly cause?: unknown;
  /** Every further fault of the same input: all of them are reported at once. */
  readonly findings?: readonly Finding[];
}

export class BridgeError extends Error {
  override readonly name = 'BridgeError';
  readonly kind: ErrorKind;
  readonly where: string | undefined;
  readonly findings: readonly Finding[];

  constructor(kind: ErrorKind, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.kind = kind;
    this.where = detail.where;
    this.findings = detail.findings ?? [];
  }
}

/** One BridgeError from several faults, or undefined where there is none. The first fault gives kind and place. */
export function errorOf(findings: readonly Finding[]): BridgeError | undefined {
  const [first, ...more] = findings;
  if (first === undefined) return undefined;
  const message = more.length === 0 ? first.message : `${first.message} (and ${more.length} more)`;
  return new BridgeError(first.kind, message, { where: first.where, findings });
}

/**
 * Any thrown value as a BridgeError that is safe to show. A foreign error's message may quote data (PostgreSQL
 * quotes rows, HTTP clients quote URLs), so only its name and code are kept; the cause stays for its stack.
 */
export function asBridgeError(thrown: unknown, kind: ErrorKind = 'internal/unexpected'): BridgeError {
  if (thrown instanceof BridgeError) return thrown;
  const name = thrown instanceof Error ? thrown.name : typeof thrown;
  const code = errorCode(thrown);
  return new BridgeError(kind, `unexpected ${name}${code === undefined ? '' : ` (${code})`}`, {
    cause: thrown,
  });
}

/** The `code` of a Node or PostgreSQL error (ECONNRESET, 57P01), where there is one. */
export function errorCode(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}

/** The frames of a stack without its first lines, which repeat the message and so may quote data. */
export function stackFrames(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || thrown.stack === undefined) return undefined;
  const frames = thrown.stack.split('\n').filter((line) => /^\s+at /.test(line));
  return frames.length === 0 ? undefined : frames.map((line) => line.trim()).join(' < ');
}
