// Who may author a note: whoever codes/staff.csv has in a post on the day of the contact.
import { describe, expect, it } from '@jest/globals';
import { checkAuthor } from '../../../src/ips/notes/author.ts';
import { BridgeError } from '../../../src/errors.ts';
import { mappingTree } from '../../support/mapping.ts';
import { readAuthorities } from '../../../src/mapping/codes.ts';
import { readStaff } from '../../../src/mapping/staff.ts';
import type { Finding } from '../../../src/errors.ts';
import { author, contact, noteOf } from './support.ts';

const header = 'staff,role,organisation,from,to,system\n';
const system = author.system;

function staffOf(rows: string, faults: Finding[] = []) {
  const tree = mappingTree({ 'codes/staff.csv': `${header}${rows}` });
  return readStaff(tree, readAuthorities(tree, []), faults);
}

function outcome(rows: string, said: object = {}): string {
  try {
    checkAuthor(noteOf({ ...contact, ...said }), staffOf(rows), 'Europe/London');
    return 'may';
  } catch (error) {
    if (error instanceof BridgeError) return `${error.kind} at ${error.where ?? ''}`;
    throw error;
  }
}

describe('the author of a note', () => {
  it.each([
    ['is in a post without an end', `ES7,Specialist,IPS,2020-01-01,,${system}\n`, 'may'],
    ['is in a post on its first and last day', `ES7,Specialist,IPS,2026-11-02,2026-11-02,${system}\n`, 'may'],
    ['has come back into a second post', `ES7,Specialist,IPS,2020-01-01,2021-01-01,${system}\nES7,Lead,IPS,2026-01-01,,${system}\n`, 'may'],
    ['had left the day before', `ES7,Specialist,IPS,2020-01-01,2026-11-01,${system}\n`, 'identity/author-not-in-post at author'],
    ['comes the day after', `ES7,Specialist,IPS,2026-11-03,,${system}\n`, 'identity/author-not-in-post at author'],
    ['has that number with somebody else', 'ES7,Specialist,IPS,2020-01-01,,\n', 'identity/unknown-author at author'],
    ['is in a table without rows', '', 'may'],
  ])('who %s', (_what, rows, expected) => {
    expect(outcome(rows)).toBe(expected);
  }); // prettier-ignore

  it('is judged by the day in the zone of the trust: half past eleven in the evening UTC in summer is the next day', () => {
    const rows = `ES7,Specialist,IPS,2026-07-02,,${system}\n`;
    expect(outcome(rows, { date: '2026-07-01T23:30:00Z' })).toBe('may');
    expect(outcome(rows, { date: '2026-07-01T22:30:00Z' })).toBe('identity/author-not-in-post at author');
  });
});

describe('the table of staff', () => {
  it('names every fault with its line', () => {
    const faults: Finding[] = [];
    staffOf('ES7,,IPS,2026-02-30,,\nES8,Specialist,IPS,2026-02-02,2026-01-01,\n,Specialist,IPS,,,\n', faults);
    expect(faults.map(({ where, message }) => `${where} ${message}`)).toEqual([
      'mappings/codes/staff.csv:2 role is empty',
      'mappings/codes/staff.csv:2 from must be a day, as 2026-11-02, or blank',
      'mappings/codes/staff.csv:3 to is before from',
      'mappings/codes/staff.csv:4 staff is empty',
    ]);
  });

  it('needs a system where the trust has no default of its own', () => {
    const tree = mappingTree({
      'codes/staff.csv': `${header}ES7,Specialist,IPS,,,\n`,
      'codes/assigning-authorities.csv': 'authority,kind,system,default\n',
    });
    const faults: Finding[] = [];
    readStaff(tree, readAuthorities(tree, []), faults);
    expect(faults.map(({ message }) => message).join()).toMatch(/^system is blank/);
  });
});
