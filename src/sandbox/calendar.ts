// Days and moments as the sandbox's EPR writes them.

/** `YYYYMMDD` of the day that many days before `now`. */
export function daysBefore(now: Date, days: number): string {
  return new Date(now.getTime() - days * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '');
}

/** `YYYYMMDDHHMMSS`; the sandbox's clock is close enough to local time for a message header. */
export function stamp(now: Date): string {
  return now.toISOString().replace(/[-:T]/g, '').slice(0, 14);
}

/** `YYYYMMDD` as a FHIR date. */
export function fhirDate(day: string): string {
  return `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6, 8)}`;
}
