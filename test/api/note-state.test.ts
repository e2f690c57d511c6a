// What the writer of a note is told of it: every state of its writes and of its destinations.
import { describe, expect, it } from '@jest/globals';
import { writeStates } from '../../src/api/note-state.ts';
import type { NoteEffect, NoteWrite } from '../../src/store/notes.ts';

const at = new Date('2026-11-02T12:00:00Z');
const write = (row: number, said: Partial<NoteWrite> = {}): NoteWrite => ({
  row, sender: 'ips-team', controlId: 'c', event: 'NOTE^create', receivedAt: at, state: 'processed', outcome: 'used',
  unusedReason: null, findings: [], failure: null, ...said,
}); // prettier-ignore
const effect = (inboxRow: number, said: Partial<NoteEffect> = {}): NoteEffect => ({
  inboxRow, destination: 'epr', state: 'pending', confirmedAt: null, failure: null, ...said,
}); // prettier-ignore
const failure = { kind: 'delivery/refused', message: 'refused' };

describe('what becomes of a note', () => {
  it.each([
    ['waiting', { state: 'pending' }],
    ['sending', { state: 'sending' }],
    ['in-doubt', { state: 'ambiguous', failure }],
    ['observed', { state: 'observed' }],
    ['delivered', { state: 'delivered' }],
    ['queued', { state: 'delivered', destination: 'tie' }],
    ['read-back', { state: 'delivered', confirmedAt: at }],
    ['superseded', { state: 'superseded' }],
    ['cancelled', { state: 'cancelled', failure }],
  ] as const)('at a destination is told as %s', (state, said) => {
    const [told] = writeStates([write(1)], [effect(1, said)], new Set(['tie']));
    const { destination } = effect(1, said);
    expect(told?.destinations).toEqual([{ destination, state, ...(state === 'read-back' ? { at: at.toISOString() } : {}) }]); // prettier-ignore
  });

  it('at a destination where it is held comes with the reason', () => {
    const [told] = writeStates([write(1)], [effect(1, { state: 'held', failure })], new Set());
    expect(told?.destinations).toEqual([{ destination: 'epr', state: 'held', problem: failure }]);
  });

  it.each([
    ['received', { state: 'received', outcome: null }],
    ['held', { state: 'held', outcome: null, failure }],
    ['given-up', { state: 'skipped', outcome: null, failure }],
    ['not-filed', { outcome: 'unused', unusedReason: 'its author has corrected it since' }],
    ['filed-nowhere', {}],
    ['withdrawn', { event: 'NOTE^withdraw' }],
  ] as const)('is told as %s', (state, said) => {
    const [told] = writeStates([write(1, said)], [], new Set());
    expect(told).toMatchObject({ state });
    expect(told?.problem).toEqual(state === 'held' ? failure : undefined);
  });

  it('versions count what was filed, each with its own effects', () => {
    const writes = [
      write(1),
      write(2, { event: 'NOTE^amend', state: 'held', outcome: null, failure }),
      write(3, { event: 'NOTE^amend' }),
      write(4, { event: 'NOTE^withdraw' }),
    ];
    const told = writeStates(writes, [effect(1, { state: 'superseded' }), effect(3)], new Set());
    expect(told.map(({ version, state, destinations }) => [version, state, destinations.length])).toEqual([
      [1, 'filed', 1],
      [undefined, 'held', 0],
      [2, 'filed', 1],
      [undefined, 'withdrawn', 0],
    ]);
  });
});
