// Which failures of the database pass by themselves (the row waits) and which are about the row (it is held).
import { errorCode } from '../errors.ts';

/** SQLSTATE classes: connection, rollback (deadlock, serialisation), resources, intervention, system error. */
const transientClasses: ReadonlySet<string> = new Set(['08', '40', '53', '57', '58']);
/**
 * lock_not_available, idle_in_transaction_session_timeout, and read_only_sql_transaction: ours never are, so we have
 * reached a standby, which a failover sets right.
 */
const transientStates: ReadonlySet<string> = new Set(['55P03', '25P03', '25006']);
const socketCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH',
  'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'EADDRNOTAVAIL', 'EMFILE',
]); // prettier-ignore
/** The driver's own errors carry no code. */
const driverMessages =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout exceeded when trying to connect|timeout expired|Cannot use a pool after calling end|Query read timeout|driver has already been destroyed)/;

/** True for a lost or refused connection, a deadlock, a timeout, a full disk, a shutdown; false for bad data. */
export function isTransient(thrown: unknown): boolean {
  const code = errorCode(thrown);
  if (code !== undefined) {
    if (/^[0-9A-Z]{5}$/.test(code) && /\d/.test(code)) {
      return transientClasses.has(code.slice(0, 2)) || transientStates.has(code);
    }
    if (socketCodes.has(code)) return true;
    // The socket file of a stopped local server is gone.
    if (code === 'ENOENT' && thrown instanceof Error && 'syscall' in thrown)
      return thrown.syscall === 'connect';
  }
  if (!(thrown instanceof Error)) return false;
  if (thrown instanceof AggregateError) return thrown.errors.some(isTransient);
  return driverMessages.test(thrown.message) || (thrown.cause !== undefined && isTransient(thrown.cause));
}

/** Deadlock or serialisation failure: worth another try at once. */
export function isConflict(thrown: unknown): boolean {
  return errorCode(thrown)?.startsWith('40') === true;
}
