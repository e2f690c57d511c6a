import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { BridgeError } from '../src/errors.ts';
import { parseYaml } from '../src/yaml.ts';

const schema = z.strictObject({
  feed: z.string(),
  codes: z.array(z.string()).default([]),
  live: z.enum(['none', 'all']).default('none'),
});

function faultsOf(text: string, of: z.ZodType = schema): { where: string; message: string }[] {
  try {
    parseYaml('config/feeds/rio.yaml', text, of);
  } catch (error) {
    if (error instanceof BridgeError) return error.findings.map(({ where, message }) => ({ where, message }));
    throw error;
  }
  return [];
}

describe('YAML files for people', () => {
  it('a file that fits its schema is read, with defaults', () => {
    expect(parseYaml('rio.yaml', "feed: rio\ncodes: ['01']\n", schema)).toEqual({
      feed: 'rio',
      codes: ['01'],
      live: 'none',
    });
  });

  it('an unquoted number where a code is meant is refused, and the reader is told to quote it', () => {
    expect(faultsOf('feed: rio\ncodes:\n  - 02\n')).toEqual([
      {
        where: 'config/feeds/rio.yaml:3',
        message: "codes[0]: a number stands here; if it is a code, quote it ('01')",
      },
    ]);
  });

  it('an unknown key is named with its line and with the keys that are allowed', () => {
    expect(faultsOf('feed: rio\nlve: all\n')).toEqual([
      { where: 'config/feeds/rio.yaml:2', message: 'unknown key lve; allowed: feed, codes, live' },
    ]);
  });

  it('every fault of a file is reported at once', () => {
    const faults = faultsOf('codes: [1]\nlive: some\n');
    expect(faults.map((fault) => fault.message)).toEqual([
      'feed: is missing (string)',
      "codes[0]: a number stands here; if it is a code, quote it ('01')",
      'live: Invalid option: expected one of "none"|"all"',
    ]);
  });

  it('of a union, the faults of the alternative that fits best are told', () => {
    const secret = z.union([z.strictObject({ env: z.string() }), z.strictObject({ file: z.string() })]);
    const faults = faultsOf('secret:\n  env: 7\n', z.strictObject({ secret }));
    expect(faults[0]?.where).toBe('config/feeds/rio.yaml:2');
    expect(faults[0]?.message).toContain('secret.env: a number stands here');
  });

  it('broken YAML and a key that stands twice are errors with a line, without quoting the file', () => {
    const faults = faultsOf('feed: rio\nfeed: paris\n');
    expect(faults).toHaveLength(1);
    expect(faults[0]?.where).toBe('config/feeds/rio.yaml:2');
    expect(faults[0]?.message).not.toContain('paris');
  });
});
