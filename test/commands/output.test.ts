import { describe, expect, it } from '@jest/globals';
import { table } from '../../src/commands/output.ts';

describe('a table', () => {
  it('R39 shows no control character of what a message held, and keeps each cell in its place', () => {
    const shown = table([
      ['EVENT', 'WHY'],
      ['ADT^\u001B[2J\u009B', 'a\nb\r\u0007'],
    ]);
    expect(shown.split('\n')).toEqual(['EVENT      WHY', 'ADT^\uFFFD[2J\uFFFD  a b\uFFFD\uFFFD']);
  });
});
