// SNOMED CT identifiers: 6 to 18 digits, no leading zero, the last a Verhoeff check digit (SNOMED CT Release File
// Specification §6.2, "Check-digit computation"). A mistyped id must not pass as another concept.

/** Multiplication in the dihedral group D5: the table of the algorithm, worked out rather than copied. */
function times(a: number, b: number): number {
  if (a < 5) return b < 5 ? (a + b) % 5 : ((a + b) % 5) + 5;
  return b < 5 ? ((a - b + 10) % 5) + 5 : (a - b + 10) % 5;
}

const firstPermutation = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];

/** The permutation of a digit at a position counted from the right: the first one, applied as often as that. */
function permuted(digit: number, position: number): number {
  let result = digit;
  for (let turn = position % 8; turn > 0; turn -= 1) result = firstPermutation[result] ?? 0;
  return result;
}

/** Whether a text is a well-formed SNOMED CT identifier with a right check digit; not whether that concept exists. */
export function isSnomedId(text: string): boolean {
  if (!/^[1-9]\d{5,17}$/.test(text)) return false;
  const check = Array.from(text)
    .reverse()
    .reduce((sum, digit, position) => times(sum, permuted(Number(digit), position)), 0);
  return check === 0;
}
