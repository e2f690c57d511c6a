// What a store holds, whole, for tests that compare it with what was sent.
import { sql } from 'kysely';
import type { Store } from '../../src/store/database.ts';

export interface StoredMessage {
  readonly id: number;
  readonly feed: string;
  readonly controlId: string;
  readonly state: string;
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly failureWhere: string | null;
  readonly body: Buffer;
}

/** Every stored message in the order of arrival. */
export async function storedMessages(store: Store): Promise<readonly StoredMessage[]> {
  const { rows } = await sql<StoredMessage>`
    select i.id, i.feed, i.control_id as "controlId", i.state, i.outcome, i.unused_reason as reason,
      i.failure_where as "failureWhere", b.body
    from inbox i join inbox_body b on b.inbox_id = i.id order by i.id`.execute(store.other);
  return rows;
}
