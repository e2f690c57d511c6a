// The period of a report: a calendar month of the trust's zone. A stock is taken at its last moment, or, while the month
// still runs, at the moment of asking; then the report says that it is provisional.
import { BridgeError } from '../errors.ts';
import { earliestInstant, latestInstant } from '../time.ts';

export interface Period {
  /** `2026-10` */
  readonly month: string;
  /** The moment at which the stock is taken. */
  readonly at: Date;
  readonly ended: boolean;
}

/** @throws BridgeError field/period for what is no month, or one that has not begun */
export function periodOf(text: string, now: Date, zone: string): Period {
  if (!/^[1-9]\d{3}-(0[1-9]|1[0-2])$/.test(text)) {
    throw new BridgeError('field/period', 'a period is a calendar month: --period 2026-10');
  }
  if (earliestInstant(text, zone) > now.getTime()) {
    throw new BridgeError('field/period', `this month has not begun: ${text}`);
  }
  const end = new Date(latestInstant(text, zone));
  const ended = end < now;
  return { month: text, at: ended ? end : now, ended };
}
