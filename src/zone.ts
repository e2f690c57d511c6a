// Offsets of named time zones, from Intl's zone data. A year's changes of offset are found once and kept, as asking
// Intl for each timestamp of each message would cost more than reading the message.
import { BridgeError } from './errors.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

interface YearOfZone {
  /** Minutes east of UTC when the year starts (UTC). */
  readonly first: number;
  /** Changes of offset within the year, in order. */
  readonly changes: readonly { readonly at: number; readonly offset: number }[];
}

const formats = new Map<string, Intl.DateTimeFormat>();
const years = new Map<string, YearOfZone>();
// A sender of garbage dates must not be able to fill memory: 9,000 years times a few zones.
const maxYears = 1_000;
let latest: { readonly year: number; readonly zone: string; readonly found: YearOfZone } | undefined;

/** True for a name that Intl knows: `Europe/London`. */
export function isTimeZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** Minutes east of UTC in `zone` at a moment (epoch milliseconds). @throws BridgeError config/time-zone */
export function offsetAt(instant: number, zone: string): number {
  const year = yearOf(new Date(instant).getUTCFullYear(), zone);
  let offset = year.first;
  for (const change of year.changes) if (change.at <= instant) offset = change.offset;
  return offset;
}

/**
 * The offset of a local time, given as if it were UTC. Where clocks went back the hour happened twice: the earlier
 * is taken and marked. Where they went forward it never happened: the offset before the change is taken and marked.
 */
export function offsetsOfLocal(
  wall: number,
  zone: string,
): { readonly offset: number; readonly doubtful?: 'repeated-hour' | 'skipped-hour' } {
  // No offset is larger than a day, so the offsets a day before and after bracket any change near this time.
  const earlier = offsetAt(wall - day, zone);
  const later = offsetAt(wall + day, zone);
  if (earlier === later) return { offset: earlier };
  const earlierFits = offsetAt(wall - earlier * minute, zone) === earlier;
  const laterFits = offsetAt(wall - later * minute, zone) === later;
  if (earlierFits && laterFits) return { offset: earlier, doubtful: 'repeated-hour' };
  if (earlierFits) return { offset: earlier };
  if (laterFits) return { offset: later };
  return { offset: earlier, doubtful: 'skipped-hour' };
}

function yearOf(year: number, zone: string): YearOfZone {
  // Nearly every timestamp is of the year and zone of the one before it.
  if (latest?.year === year && latest.zone === zone) return latest.found;
  const key = `${zone} ${year}`;
  const known = years.get(key);
  const found = known ?? readYear(year, formatOf(zone));
  if (known === undefined && years.size >= maxYears) years.clear();
  years.set(key, found);
  latest = { year, zone, found };
  return found;
}

function readYear(year: number, format: Intl.DateTimeFormat): YearOfZone {
  const start = Date.UTC(year, 0, 1);
  const end = Date.UTC(year + 1, 0, 1);
  const first = askIntl(start, format);
  const changes: { at: number; offset: number }[] = [];
  let last = first;
  for (let from = start; from < end; from += day) {
    const next = askIntl(from + day, format);
    if (next === last) continue;
    changes.push({ at: changeBetween(from, from + day, last, format), offset: next });
    last = next;
  }
  return { first, changes };
}

/** The minute within (low, high] from which the offset is no longer `before`. */
function changeBetween(low: number, high: number, before: number, format: Intl.DateTimeFormat): number {
  let same = low;
  let changed = high;
  while (changed - same > minute) {
    const middle = same + Math.floor((changed - same) / 2 / minute) * minute;
    if (askIntl(middle, format) === before) same = middle;
    else changed = middle;
  }
  return changed;
}

function askIntl(instant: number, format: Intl.DateTimeFormat): number {
  const name = format.formatToParts(instant).find((part) => part.type === 'timeZoneName')?.value ?? '';
  // 'GMT', 'GMT+01:00', or with seconds before 1847; FHIR offsets have no seconds.
  const parts = /([+-])(\d\d):(\d\d)/.exec(name);
  if (parts === null) return 0;
  const size = Number(parts[2]) * 60 + Number(parts[3]);
  return parts[1] === '-' ? -size : size;
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, timeZoneName: 'longOffset' });
  } catch (thrown) {
    throw new BridgeError('config/time-zone', 'no such time zone', { cause: thrown });
  }
  formats.set(zone, format);
  return format;
}
