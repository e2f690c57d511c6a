// One line of a worklist: which columns, how cells are written (RFC 4180, R34), and what never stands in it.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { urnOf } from '../../src/fhir/ids.ts';
import { itemFor, itemOf, shows, worklistText } from '../../src/outbound/worklist-table.ts';
import type { WorklistItem } from '../../src/outbound/worklist-table.ts';
import { canaries, job } from './destination-fixture.ts';

const zone = 'Europe/London';
const item = itemFor(job(), zone);
const lines = (items: readonly WorklistItem[]): string[] => worklistText(items).split('\r\n');
const withCell = (cell: string): WorklistItem => ({
  team: 'CMHT-N',
  item: 'urn:uuid:1',
  row: ['urn:uuid:1', cell, 'What', '2026-03-01', '', 'Why'],
});
/** A CSV reader of its own: RFC 4180 §2, every cell quoted. */
const cellsOf = (line: string): string[] =>
  [...line.matchAll(/"((?:[^"]|"")*)"(?:,|$)/g)].map(([, text = '']) => text.replaceAll('""', '"'));

describe('a worklist', () => {
  it('has one line for each item, under a header, in UTF-8 with a byte-order mark', () => {
    expect(lines([item])).toEqual([
      '\uFEFF"Item","Local number","What","Since","For","Why"',
      expect.stringContaining(urnOf(job().decision.key)),
      '',
    ]);
    expect(cellsOf(lines([item])[1] ?? '')).toEqual([
      urnOf(job().decision.key),
      'R0001234',
      'Proposal: Individual Placement and Support (IPS), help to find and keep paid work',
      '2026-03-01',
      'Care co-ordinator: Asha Patel (C1234)',
      expect.stringMatching(
        /^Please ask .*It is their choice\..*recorded as wanting a paid job, 20 February 2026.*Read the EPR safety summary before the first meeting\.$/,
      ),
    ]);
  });

  it('holds neither the NHS number nor the birth date of anybody', () => {
    const [, nhsNumber = '', , birthDate = ''] = canaries;
    const text = worklistText([item]);
    expect(text).not.toContain(nhsNumber);
    expect(text).not.toContain(birthDate);
    expect(text).not.toContain('1 May 1980');
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx'])(
    'R34 a cell that begins with %j gets an apostrophe',
    (cell) => {
      const [, shown = ''] = cellsOf(lines([withCell(cell)])[1] ?? '');
      expect(shown.startsWith("'")).toBe(true);
    },
  );

  it('R34 no text can add a line, a cell or a formula', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (cell) => {
        const found = lines([withCell(cell)]);
        expect(found).toHaveLength(3);
        const cells = cellsOf(found[1] ?? '');
        expect(cells).toHaveLength(6);
        expect(cells[1]).not.toMatch(/^[=+\-@\t\r]/);
      }),
    );
  });

  it('shows an item only while its line is as it was written', () => {
    const text = worklistText([item, withCell('R2')]);
    expect(shows(text, item)).toBe(true);
    expect(shows(text.replace('2026-03-01', '01/03/2026'), item)).toBe(false);
    expect(shows(worklistText([withCell('R2')]), item)).toBe(false);
    expect(shows(text, { ...item, row: null })).toBe(false);
    expect(shows(text.replaceAll('"', ''), { ...item, row: null })).toBe(false);
    expect(shows(worklistText([]), { ...item, row: null })).toBe(true);
  });

  it('is made of frozen bytes that are ours, and of no others', () => {
    expect(itemOf(Buffer.from(JSON.stringify(item)))).toEqual(item);
    expect(() => itemOf(Buffer.from('{"team":"CMHT-N"}'))).toThrow(
      expect.objectContaining({ kind: 'internal/frozen-bytes' }),
    );
  });
});
