// Retry-After (RFC 9110 §10.2.3): seconds or an HTTP date, capped at one hour so that a wrong clock or a typing
// mistake over there cannot silence a destination for days (R17).

const longestMs = 3_600_000;

/** Milliseconds to wait, 0 to 3,600,000; undefined where the header is absent or neither of its two forms. */
export function retryAfterMs(header: string | null, now: Date): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  const asked = /^\d+$/.test(text) ? Number(text) * 1000 : httpDate(text) - now.getTime();
  return Number.isNaN(asked) ? undefined : Math.min(Math.max(asked, 0), longestMs);
}

/** Only the forms of RFC 9110 §5.6.7: `Date.parse` alone would take "5 minutes" for a date in 2001. */
function httpDate(text: string): number {
  return /^[A-Z][a-z]{2,8},? .*\d{2}:\d{2}:\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
}
