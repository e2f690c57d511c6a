// Structured logging by an allow-list: an event name and fields that are known to hold no patient data. Whoever
// needs another field adds it here, where its safety is judged once. JSON, one line an event, on standard error.
import winston from 'winston';
import { asBridgeError, errorCode, stackFrames } from './errors.ts';

export interface LogFields {
  readonly feed?: string;
  readonly destination?: string;
  readonly rule?: string;
  /** Of config/jobs.yaml. */
  readonly job?: string;
  /** Number of an inbox or outbox row: opaque. */
  readonly row?: number;
  readonly rows?: number;
  readonly count?: number;
  readonly attempt?: number;
  readonly revision?: number;
  readonly state?: string;
  readonly outcome?: string;
  readonly kind?: string;
  readonly where?: string;
  /** Text written by this program, never taken from input. */
  readonly message?: string;
  readonly host?: string;
  readonly port?: number;
  readonly peer?: string;
  readonly path?: string;
  readonly status?: number;
  readonly ms?: number;
  readonly bytes?: number;
  readonly version?: string;
  readonly signal?: string;
  readonly pid?: number;
  /** MSH-3 and MSH-4: who sent, which is an application and not a person. */
  readonly sender?: string;
  readonly event?: string;
  readonly teams?: string;
}

const allowed: ReadonlySet<string> = new Set<keyof LogFields>([
  'feed', 'destination', 'rule', 'job', 'row', 'rows', 'count', 'attempt', 'revision', 'state', 'outcome', 'kind',
  'where', 'message', 'host', 'port', 'peer', 'path', 'status', 'ms', 'bytes', 'version', 'signal', 'pid',
  'sender', 'event', 'teams',
]); // prettier-ignore

export const logLevels = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface Log {
  readonly error: (event: string, fields?: LogFields, thrown?: unknown) => void;
  readonly warn: (event: string, fields?: LogFields, thrown?: unknown) => void;
  readonly info: (event: string, fields?: LogFields) => void;
  readonly debug: (event: string, fields?: LogFields) => void;
}

/**
 * Characters that JSON lets stand and a terminal or a viewer obeys: DEL and the C1 controls (U+009B begins an escape
 * sequence), line and paragraph separators, and the marks that turn the direction of text round.
 */
const unseen = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** One line of JSON that shows every character as what it is (R39). */
function jsonLine(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    unseen,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** What a thrown value adds to a log line: kind, place, our own message or a foreign code, and stack frames. */
function errorFields(thrown: unknown): Record<string, string> {
  const error = asBridgeError(thrown);
  const frames = stackFrames(error.cause ?? error);
  const code = errorCode(error.cause);
  return {
    error: error.kind,
    errorMessage: error.message,
    ...(error.where === undefined ? {} : { errorWhere: error.where }),
    ...(code === undefined ? {} : { errorCode: code }),
    ...(frames === undefined ? {} : { stack: frames }),
  };
}

/** A log that writes to `stream` (standard error unless given); `silent` drops everything. */
export function createLog(level: LogLevel | 'silent', stream: NodeJS.WritableStream = process.stderr): Log {
  const logger = winston.createLogger({
    level: level === 'silent' ? 'error' : level,
    silent: level === 'silent',
    format: winston.format.printf(jsonLine),
  });
  logger.add(new winston.transports.Stream({ stream }));
  const write = (severity: LogLevel, event: string, fields: LogFields = {}, thrown?: unknown): void => {
    if (!logger.isLevelEnabled(severity)) return;
    const safe: LogFields = Object.fromEntries(Object.entries(fields).filter(([name]) => allowed.has(name)));
    const { message, ...rest } = safe;
    logger.log({
      level: severity,
      at: new Date().toISOString(),
      message: event,
      ...(message === undefined ? {} : { text: message }),
      ...rest,
      ...(thrown === undefined ? {} : errorFields(thrown)),
    });
  };
  return {
    error: (event, fields, thrown) => write('error', event, fields, thrown),
    warn: (event, fields, thrown) => write('warn', event, fields, thrown),
    info: (event, fields) => write('info', event, fields),
    debug: (event, fields) => write('debug', event, fields),
  };
}
