// Whose rows are once a merge is undone: 1 survived, 2 was merged away, and both are apart again.
import { describe, expect, it } from '@jest/globals';
import { homesOf } from '../../src/store/unmerge-homes.ts';
import type { FamilyRow } from '../../src/store/unmerge-homes.ts';

const row = (number: number, source: string, sourceId: string, filedUnder: number, named: number | null): FamilyRow => ({
  row: number, source, sourceId, filedUnder, named,
}); // prettier-ignore

describe('whose rows are once a merge is undone', () => {
  it('R12 a feed’s row goes to whom its message named; one that named nobody stays', () => {
    const { moves } = homesOf([
      row(1, 'rio', 'status', 1, 2),
      row(2, 'rio', 'status', 1, 1),
      row(3, 'rio', 'V1', 1, null),
      row(4, 'rio', 'V2', 2, 2),
    ]);
    expect(moves).toEqual([{ row: 1, home: 2 }]);
  });

  it('R12 every version of what is ours goes where the first one belongs', () => {
    const { moves, keys } = homesOf([
      row(1, 'ips-bridge', 'wants-work/wish/a', 2, null),
      row(2, 'ips-bridge', 'wants-work/wish/a', 1, 1),
      row(3, 'ips-bridge', 'wants-work/wish/b', 1, 1),
      row(4, 'ips-bridge', 'wants-work/wish/b', 1, 2),
    ]);
    expect(moves).toEqual([{ row: 2, home: 2 }]);
    expect([...keys]).toEqual([
      ['wants-work/wish/a', 2],
      ['wants-work/wish/b', 1],
    ]);
  });

  it('R12 a note stays whole: its versions and what it says on disclosure go together', () => {
    const { moves, keys } = homesOf([
      row(1, 'ips-notes', 'note/n1/1', 1, 2),
      row(2, 'ips-notes', 'note/n1/2', 1, null),
      row(3, 'ips-notes', 'disclosure/n1', 1, null),
      row(4, 'ips-notes', 'note/n2/1', 1, null),
    ]);
    expect(moves.map(({ row: number }) => number)).toEqual([1, 2, 3]);
    expect([...keys]).toEqual([
      ['note/n1', 2],
      ['note/n2', 1],
    ]);
  });
});
