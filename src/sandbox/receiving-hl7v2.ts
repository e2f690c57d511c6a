// An EPR without FHIR: notes arrive through an integration engine, proposals, asks and flags on worklists, one CSV file
// for each team, which people open in a spreadsheet.
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { effectNames } from '../ips/words.ts';
import type { Receiving, Standing } from './receiving.ts';
import type { Tie } from './tie/tie.ts';

/** @param worklist the folder of the worklists */
export function receivingHl7v2(tie: Tie, worklist: string): Receiving {
  const numbersOf = async (what: string): Promise<ReadonlySet<string>> => {
    const items = await itemsIn(worklist);
    // Of somebody who was registered twice all numbers are listed, the surviving one first.
    return new Set(items.filter((one) => one.what === what).map(({ numbers }) => numbers[0] ?? ''));
  };
  return {
    openProposals: () => numbersOf(effectNames['propose-referral']),
    openFlags: () => numbersOf(effectNames['flag-no-goal']),
    // A worklist is read only: what people make of it comes back by the feed.
    takeUp: () => Promise.resolve(),
    noteText: async () => {
      await tie.settled();
      return tie.documents().find(({ state }) => state === 'standing')?.text;
    },
    standing: async () => {
      await tie.settled();
      return standingIn(tie, await itemsIn(worklist));
    },
  };
}

interface Item {
  readonly urn: string;
  readonly numbers: readonly string[];
  readonly what: string;
}

/** Everything on the worklists now. RFC 4180, every cell quoted. */
async function itemsIn(folder: string): Promise<Item[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.csv') && !name.startsWith('.'));
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.flatMap((text) => {
    const [, ...lines] = text.split('\r\n').filter((line) => line !== '');
    return lines.map((line): Item => {
      const [urn = '', numbers = '', what = ''] = cellsOf(line);
      return { urn, numbers: numbers.split(' / '), what };
    });
  });
}

function cellsOf(line: string): string[] {
  return [...line.matchAll(/"((?:[^"]|"")*)"/g)].map(([, cell = '']) => cell.replaceAll('""', '"'));
}

function standingIn(tie: Tie, items: readonly Item[]): Standing {
  const of = (what: string): number => items.filter((one) => one.what === what).length;
  const documents = tie.documents();
  const inState = (state: string): number => documents.filter((one) => one.state === state).length;
  const names = [
    ...items.map(({ urn }) => urn),
    ...documents.filter(({ state }) => state === 'standing').map(({ number }) => number),
  ];
  return {
    proposals: { open: of(effectNames['propose-referral']), takenUp: 0 },
    asks: of(effectNames['ask-wish']),
    flags: of(effectNames['flag-no-goal']),
    notes: {
      current: inState('standing'),
      superseded: inState('replaced'),
      enteredInError: inState('cancelled'),
    },
    doubles: names.length - new Set(names).size,
  };
}
