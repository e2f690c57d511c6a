// The count over everybody on the record, a page of people at a time: memory holds one page and the numbers.
import type { FactContext } from '../ips/facts.ts';
import { standingOf } from '../ips/measures/person.ts';
import { newTally } from '../ips/measures/tally.ts';
import type { Tally } from '../ips/measures/tally.ts';
import type { Store } from '../store/database.ts';
import { nextPersons } from '../store/people-pages.ts';
import { loadRecords } from '../store/record.ts';

/** People whose records are in memory at once. */
const pageSize = 200;

/**
 * Counts everybody as they stood at `context.at`. People merged since count as one, as they are now known to be.
 * @param progress told after each page how many people have been counted
 */
export async function countCoverage(
  store: Store,
  context: FactContext,
  progress: (people: number) => void,
): Promise<Tally> {
  const { add, tally } = newTally();
  let counted = 0;
  let last = 0;
  for (;;) {
    const page = await nextPersons(store, last, pageSize);
    const end = page.at(-1);
    if (end === undefined) return tally();
    for (const record of (await loadRecords(store, page)).values()) {
      // Of people who were recorded later, nothing was on record then.
      if (record.rows.some((row) => row.at <= context.at)) add(standingOf(record, context));
    }
    counted += page.length;
    last = end;
    progress(counted);
  }
}
