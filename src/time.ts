// The one place that converts HL7v2 timestamps (v2.5.1 §2.A.22 DTM) and compares FHIR dates (R4 datatypes: date,
// dateTime). A timestamp without an offset is local time of the sender's zone. Nothing here reads a clock.
import { BridgeError } from './errors.ts';
import { offsetAt, offsetsOfLocal } from './zone.ts';

export interface FhirTime {
  /** FHIR date or dateTime, no more precise than the text was (see fromHl7Time on seconds). */
  readonly fhir: string;
  /** The local hour happened twice (the earlier was taken) or never (the offset before the change was taken). */
  readonly doubtful?: 'repeated-hour' | 'skipped-hour';
}

const hl7Pattern =
  /^(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,4}))?)?)?)?)?)?([+-]\d{4})?$/;
const fhirPattern =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d))?)?)?$/;

const two = (n: number): string => String(n).padStart(2, '0');
const four = (n: number): string => String(n).padStart(4, '0');

/**
 * An HL7v2 DTM, TS.1 or DT as FHIR: `1980` → `1980`, `198003` → `1980-03`, `19800312` → `1980-03-12`. FHIR has no
 * time without seconds, so missing minutes and seconds are written as 00. An offset that was sent is kept (but
 * dropped from a date, where FHIR has no place for it); else the offset of `zone` at that local time is written.
 * Years before 1000 are refused: they are the zero dates of databases, never an event.
 * @throws BridgeError type/timestamp, without the value
 */
export function fromHl7Time(text: string, zone: string): FhirTime {
  const parts = hl7Pattern.exec(text);
  if (parts === null) throw badTimestamp();
  const [, year = '', month, day, hour, minute = '00', second = '00', fraction, offset] = parts;
  const inRange =
    Number(year) >= 1000 &&
    (month === undefined || within(month, 1, 12)) &&
    (day === undefined || within(day, 1, daysInMonth(Number(year), Number(month)))) &&
    (hour === undefined || (within(hour, 0, 23) && within(minute, 0, 59) && within(second, 0, 59))) &&
    (offset === undefined || isOffset(offset));
  if (!inRange) throw badTimestamp();

  if (hour === undefined) return { fhir: [year, month, day].filter((part) => part !== undefined).join('-') };
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}${fraction === undefined ? '' : `.${fraction}`}`;
  if (offset !== undefined) return { fhir: local + offsetText(offsetMinutes(offset)) };

  const wall = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  const found = offsetsOfLocal(wall, zone);
  const fhir = local + offsetText(found.offset);
  return found.doubtful === undefined ? { fhir } : { fhir, doubtful: found.doubtful };
}

/** A moment as HL7v2 DTM to the second, in local time of `zone` with its offset: `20261025013000+0100`. */
export function toHl7Time(date: Date, zone: string): string {
  const offset = offsetAt(date.getTime(), zone);
  const local = new Date(date.getTime() + offset * 60_000);
  const day = four(local.getUTCFullYear()) + two(local.getUTCMonth() + 1) + two(local.getUTCDate());
  const time = two(local.getUTCHours()) + two(local.getUTCMinutes()) + two(local.getUTCSeconds());
  return day + time + offsetText(offset).replace(':', '');
}

/** The calendar day of a moment in `zone`, as a FHIR date. */
export function localDate(date: Date, zone: string): string {
  const local = new Date(date.getTime() + offsetAt(date.getTime(), zone) * 60_000);
  return `${four(local.getUTCFullYear())}-${two(local.getUTCMonth() + 1)}-${two(local.getUTCDate())}`;
}

/**
 * Is FHIR date or dateTime `a` before `b`? Undefined where their precision does not tell: `2026` and `2026-03-01`,
 * and also the same day twice, as either may have been first. Two dateTimes compare as moments. A dateTime against
 * a date compares by its calendar day as written, or, where `zone` is given, by its day there (a server may send
 * UTC).
 * @throws BridgeError type/date
 */
export function before(a: string, b: string, zone?: string): boolean | undefined {
  const left = parseFhir(a);
  const right = parseFhir(b);
  if (left.time && right.time) return instantOf(left) < instantOf(right);
  const leftDay = dayOf(left, zone);
  const rightDay = dayOf(right, zone);
  const shared = Math.min(leftDay.length, rightDay.length);
  const leftPart = leftDay.slice(0, shared);
  const rightPart = rightDay.slice(0, shared);
  return leftPart === rightPart ? undefined : leftPart < rightPart;
}

/**
 * A FHIR date or dateTime `months` calendar months later (earlier if negative). The day is cut to the month's last
 * (31 January + 1 → 28 February); clock time and offset stay as written.
 * @throws BridgeError type/date; type/date-precision for a year alone with months that are not whole years
 */
export function addMonths(fhir: string, months: number): string {
  const date = parseFhir(fhir);
  if (date.month === undefined) {
    if (months % 12 !== 0) {
      throw new BridgeError('type/date-precision', 'months cannot be added to a date that is only a year');
    }
    return four(date.year + months / 12);
  }
  const index = date.year * 12 + (date.month - 1) + months;
  const year = Math.floor(index / 12);
  const month = (index % 12) + 1;
  if (date.day === undefined) return `${four(year)}-${two(month)}`;
  const day = Math.min(date.day, daysInMonth(year, month));
  return `${four(year)}-${two(month)}-${two(day)}${fhir.slice(10)}`;
}

/** The first moment (epoch milliseconds) that a FHIR date or dateTime may mean; a date is a day of `zone`. */
export function earliestInstant(fhir: string, zone: string): number {
  const date = parseFhir(fhir);
  return date.time ? instantOf(date) : startOfDay(date.year, date.month ?? 1, date.day ?? 1, zone);
}

/** The last moment (epoch milliseconds, inclusive) that a FHIR date or dateTime may mean. */
export function latestInstant(fhir: string, zone: string): number {
  const date = parseFhir(fhir);
  if (date.time) return instantOf(date);
  if (date.month === undefined) return startOfDay(date.year + 1, 1, 1, zone) - 1;
  // Date.UTC carries month 13 and day 32 over, so the next unit needs no calendar of its own.
  if (date.day === undefined) return startOfDay(date.year, date.month + 1, 1, zone) - 1;
  return startOfDay(date.year, date.month, date.day + 1, zone) - 1;
}

interface ParsedDate {
  readonly text: string;
  readonly year: number;
  readonly month: number | undefined;
  readonly day: number | undefined;
  readonly time: boolean;
}

function parseFhir(text: string): ParsedDate {
  const parts = fhirPattern.exec(text);
  if (parts === null) throw new BridgeError('type/date', 'not a FHIR date or dateTime');
  const [, year = '', month, day, hour, minute, second, , offset] = parts;
  const inRange =
    Number(year) >= 1000 &&
    (month === undefined || within(month, 1, 12)) &&
    (day === undefined || within(day, 1, daysInMonth(Number(year), Number(month)))) &&
    // FHIR permits second 60 (leap seconds); Date does not, and no clock here has one.
    (hour === undefined ||
      (within(hour, 0, 23) && within(minute ?? '', 0, 59) && within(second ?? '', 0, 59))) &&
    (offset === undefined || offset === 'Z' || isOffset(offset.replace(':', '')));
  if (!inRange) throw new BridgeError('type/date', 'a FHIR date or dateTime out of range');
  return {
    text,
    year: Number(year),
    month: month === undefined ? undefined : Number(month),
    day: day === undefined ? undefined : Number(day),
    time: hour !== undefined,
  };
}

function instantOf(date: ParsedDate): number {
  return Date.parse(date.text);
}

function dayOf(date: ParsedDate, zone: string | undefined): string {
  if (!date.time) return date.text;
  return zone === undefined ? date.text.slice(0, 10) : localDate(new Date(instantOf(date)), zone);
}

function startOfDay(year: number, month: number, day: number, zone: string): number {
  const wall = Date.UTC(year, month - 1, day);
  return wall - offsetsOfLocal(wall, zone).offset * 60_000;
}

function within(text: string, low: number, high: number): boolean {
  const value = Number(text);
  return value >= low && value <= high;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** FHIR R4 allows offsets up to 14:00. */
function isOffset(text: string): boolean {
  return within(text.slice(3), 0, 59) && Math.abs(offsetMinutes(text)) <= 14 * 60;
}

/** `+0215` → 135. */
function offsetMinutes(text: string): number {
  const size = Number(text.slice(1, 3)) * 60 + Number(text.slice(3, 5));
  return text.startsWith('-') ? -size : size;
}

function offsetText(minutes: number): string {
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

function badTimestamp(): BridgeError {
  return new BridgeError('type/timestamp', 'not a timestamp (YYYY[MM[DD[HH[MM[SS[.S]]]]]][+/-ZZZZ])');
}
