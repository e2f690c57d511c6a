// Migrations: numbered, each once, under an advisory lock, expand then contract. A database may be ahead of this
// program (a replica is being upgraded) as far as its migrations say that this program can still work with them;
// Kysely's own migrator refuses that, which is why it is not used.
import type { ClientBase } from 'pg';
import { BridgeError } from '../errors.ts';
import { line } from './migrations/0001-line.ts';
import { outcomes } from './migrations/0002-outcomes.ts';
import { mapping } from './migrations/0003-mapping.ts';

export interface Migration {
  readonly version: number;
  readonly name: string;
  /** The oldest program (by its newest migration) that still works on the migrated database. */
  readonly oldestProgram: number;
  readonly text: string;
}

export const migrations: readonly Migration[] = [line, outcomes, mapping];

/** Any fixed number, the same for every version of the program. */
const lockNumber = 7_306_001;

/**
 * Brings the database to this program's schema, in one transaction; does nothing where it is there already.
 * @throws BridgeError `config/newer-database` when a later version's migration no longer supports this program
 */
export async function migrate(client: ClientBase, known: readonly Migration[] = migrations): Promise<void> {
  await client.query('begin');
  try {
    await client.query('select pg_advisory_xact_lock($1)', [lockNumber]);
    await client.query(`create table if not exists schema_migration (
      version integer primary key,
      name text not null,
      oldest_program integer not null,
      applied_at timestamptz not null default now()
    )`);
    const newest = Math.max(0, ...known.map((migration) => migration.version));
    const applied = await client.query<{ version: number; oldest_program: number }>(
      'select version, oldest_program from schema_migration order by version',
    );
    const beyond = applied.rows.find((row) => row.version > newest && row.oldest_program > newest);
    if (beyond !== undefined) {
      throw new BridgeError(
        'config/newer-database',
        `the database has schema ${beyond.version}, which needs a newer version of this program (this one knows ${newest})`,
      );
    }
    const done = new Set(applied.rows.map((row) => row.version));
    for (const { version, name, oldestProgram, text } of known) {
      if (done.has(version)) continue;
      await client.query(text);
      await client.query('insert into schema_migration (version, name, oldest_program) values ($1, $2, $3)', [
        version,
        name,
        oldestProgram,
      ]);
    }
    await client.query('commit');
  } catch (thrown) {
    await client.query('rollback').catch(() => undefined);
    throw thrown;
  }
}
