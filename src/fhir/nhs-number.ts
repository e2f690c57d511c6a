// NHS numbers: ten digits, the last a Modulus 11 check digit (NHS Data Dictionary, NHS NUMBER).

/** The ten digits of an NHS number as people write it (`999 000 0018`), or the text unchanged where it is none. */
export function compactNhsNumber(text: string): string {
  const compact = text.replace(/[\s-]/g, '');
  return /^\d{10}$/.test(compact) ? compact : text;
}

/**
 * The NHS number that begins with these nine digits, or undefined where there is none: the check digit is
 * 11 - (sum of digit × weight 10..2 mod 11), where 11 counts as 0 and 10 means that the number does not exist.
 */
export function nhsNumberOf(nine: string): string | undefined {
  if (!/^\d{9}$/.test(nine)) return undefined;
  const sum = Array.from(nine, Number).reduce((total, digit, index) => total + digit * (10 - index), 0);
  const check = (11 - (sum % 11)) % 11;
  return check === 10 ? undefined : `${nine}${check}`;
}

/** Whether ten digits are a real NHS number. One digit repeated passes the sum but is never issued. */
export function isNhsNumber(text: string): boolean {
  return text.length === 10 && nhsNumberOf(text.slice(0, 9)) === text && !/^(\d)\1{9}$/.test(text);
}
