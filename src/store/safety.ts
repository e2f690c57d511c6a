// A positive acknowledgement means that the message survives a power cut, so a database that does not keep that
// promise is refused (requirement R31), whoever configured it so and at whatever level.
import type { ClientBase } from 'pg';
import { BridgeError } from '../errors.ts';

const mustBeOn = ['fsync', 'full_page_writes', 'synchronous_commit'] as const;

/**
 * Reads what a new session of this role in this database gets: `reset_val` holds the server's settings with those of
 * the database and the role applied. Of synchronous_commit only `off` loses a local commit; `local`, `remote_write`,
 * `on` and `remote_apply` all wait for the local disk and differ in what they ask of standbys.
 * @throws BridgeError `config/unsafe-database` naming every setting that is off
 */
export async function refuseUnsafe(client: ClientBase): Promise<void> {
  const found = await client.query<{ name: string; value: string }>(
    'select name, reset_val as value from pg_settings where name = any($1)',
    [[...mustBeOn]],
  );
  const off = found.rows.filter((row) => row.value === 'off').map((row) => row.name);
  if (off.length === 0) return;
  throw new BridgeError(
    'config/unsafe-database',
    `the database runs with ${off.join(', ')} off (server, database or role setting): acknowledged messages could be lost`,
    { where: off.join(', ') },
  );
}

/**
 * Sets a session's limits, in milliseconds (0: none), and turns synchronous_commit on where something turned it off
 * after the check at start.
 */
export async function prepareSession(
  client: ClientBase,
  limits: { readonly statement: number; readonly lock: number; readonly idleInTransaction: number },
): Promise<void> {
  await client.query(
    `select set_config('statement_timeout', $1, false), set_config('lock_timeout', $2, false),
       set_config('idle_in_transaction_session_timeout', $3, false), set_config('TimeZone', 'UTC', false),
       set_config('default_transaction_isolation', 'read committed', false),
       set_config('synchronous_commit',
         case current_setting('synchronous_commit') when 'off' then 'on' else current_setting('synchronous_commit') end,
         false)`,
    [String(limits.statement), String(limits.lock), String(limits.idleInTransaction)],
  );
}
