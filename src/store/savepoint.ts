// Savepoints: one row's failure undoes that row's work and leaves the rest of its transaction.
import { sql } from 'kysely';
import type { Tx } from './database.ts';

/**
 * Runs `work` within a savepoint of `tx`. What `work` throws undoes what it did and is thrown on; a lost connection
 * is thrown as such and has undone the whole transaction. Savepoints may be nested.
 */
export async function inSavepoint<T>(tx: Tx, work: () => Promise<T>): Promise<T> {
  await sql`savepoint step`.execute(tx);
  let result: T;
  try {
    result = await work();
  } catch (thrown) {
    await sql`rollback to savepoint step`.execute(tx);
    await sql`release savepoint step`.execute(tx);
    throw thrown;
  }
  await sql`release savepoint step`.execute(tx);
  return result;
}
