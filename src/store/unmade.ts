// What was decided and will not be made: our own rows of the record are closed with it. Left open they would count as a
// proposal that stands, and the person would never get another one.
import { givenUpResources, ownEffects, ownResources } from '../ips/own.ts';
import type { Decision } from '../ips/decision.ts';
import { ownSource } from '../record/person.ts';
import type { Tx } from './database.ts';
import { latestByKey } from './outbox.ts';
import { appendResources, loadRecords } from './record.ts';

interface Unmade {
  /** Row number of the survivor. */
  readonly person: number;
  readonly decision: Decision;
}

interface How {
  /** `given-up`: not again under this key. `withdrawn`: made again when its rule still holds. */
  readonly as: 'given-up' | 'withdrawn';
  /** For the record; no patient data. */
  readonly because: string;
}

/**
 * Closes the rows of an effect that has just been cancelled. Nothing happens where it was a withdrawal, where it is closed
 * already, or where it stands, waits or may have landed at any destination.
 */
export async function closeUnmade(tx: Tx, { person, decision }: Unmade, at: Date, how: How): Promise<void> {
  if (decision.action !== 'make') return;
  const everywhere = await latestByKey(tx, [person], [decision.key]);
  const standing = everywhere.some(
    ({ decision: latest, state, inDoubt }) =>
      latest.action === 'make' && (inDoubt || (state !== 'cancelled' && state !== 'superseded')),
  );
  if (standing) return;
  const [record] = (await loadRecords(tx, [person])).values();
  const [key] = record?.keys ?? [];
  if (record === undefined || key === undefined) return;
  // The clock of whoever made it may have been ahead: its end never stands before it.
  const made = record.rows.filter((row) => row.source === ownSource && row.sourceId === decision.key);
  const moment = new Date(Math.max(at.getTime(), ...made.map((row) => row.at.getTime())));
  const open = ownEffects(record, moment).some((own) => own.key === decision.key && own.state === 'open');
  if (!open) return;
  const end: Decision = {
    ...decision,
    action: 'withdraw',
    because: how.because,
    decidedAt: moment.toISOString(),
  };
  const rows = how.as === 'given-up' ? givenUpResources(end, key) : ownResources(end, key);
  await appendResources(
    tx,
    rows.map(({ sourceId, resource }) => ({
      person, source: ownSource, sourceId, at: moment, resource, inboxRow: undefined,
    })),
  ); // prettier-ignore
}
