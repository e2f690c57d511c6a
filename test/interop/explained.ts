// Differences that are known and explained, from explained.yaml. What is found and not listed fails, and so does an
// entry that explains nothing any more.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const checks = ['fields', 'structures', 'profiles'] as const;
export type Check = (typeof checks)[number];

const entry = z.strictObject({
  check: z.enum(checks),
  /** The message or resource, as a regular expression. */
  of: z.string().optional(),
  /** What was found, as a regular expression. */
  found: z.string(),
  why: z.string().min(20),
});

export interface Found {
  /** Of which message or resource. */
  readonly of: string;
  readonly what: string;
}

export interface Judged {
  readonly unexplained: readonly Found[];
  /** Each entry that explains something, with how often. */
  readonly explained: readonly { readonly why: string; readonly times: number }[];
  /** Entries that explain nothing. */
  readonly idle: readonly string[];
}

const entries = z
  .array(entry)
  .parse(parse(readFileSync(join(import.meta.dirname, 'explained.yaml'), 'utf8')));

/** Parts what one check found into what is explained and what is not. */
export function judge(check: Check, found: readonly Found[]): Judged {
  const own = entries
    .filter((each) => each.check === check)
    .map((each) => ({
      why: each.why,
      source: each.found,
      fits: ({ of, what }: Found) => new RegExp(each.found).test(what) && new RegExp(each.of ?? '').test(of),
      times: 0,
    }));
  const unexplained = found.filter((difference) => {
    const fitting = own.find(({ fits }) => fits(difference));
    if (fitting !== undefined) fitting.times += 1;
    return fitting === undefined;
  });
  return {
    unexplained,
    explained: own.filter(({ times }) => times > 0).map(({ why, times }) => ({ why, times })),
    idle: own.filter(({ times }) => times === 0).map(({ source }) => source),
  };
}
