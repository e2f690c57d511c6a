// `map show`, `map export-conceptmaps` and what `check` says of a trust's mappings, as a user meets them.
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Resource } from '@medplum/fhirtypes';
import { validate } from '../../src/fhir/validate.ts';
import { runCommand } from '../support/command.ts';
import { testTrust } from '../support/trust.ts';
import type { TestTrust } from '../support/trust.ts';

const databaseUrl = 'postgres://nobody@127.0.0.1:9/none';
let trust: TestTrust;
let folder: string;

beforeAll(async () => {
  trust = await testTrust({ feeds: 1, databaseUrl, mappingFiles: { 'codes/vip.csv': 'code,value\nQ,R\n' } });
  folder = mkdtempSync(join(tmpdir(), 'ips-bridge-show-'));
});
afterAll(() => {
  trust.remove();
  rmSync(folder, { recursive: true });
});

const run = (...args: string[]) => runCommand([...args, '--config', trust.config], { databaseUrl });

describe('map show', () => {
  it('prints the merged entries of a segment with layer, file and line', async () => {
    const { code, out } = await run('map', 'show', 'obx-employment-status');
    expect(code).toBe(0);
    expect(out).toMatch(/^hl7v2-to-fhir\/segments\/obx-employment-status.yaml, as it counts for RZZ$/m);
    expect(out).toMatch(/^trust +trusts\/RZZ\/hl7v2-to-fhir\/segments\/obx-employment-status.yaml:\d+ +only +.*EMPSTATUS/m); // prettier-ignore
    expect(out).toMatch(/^general +hl7v2-to-fhir\/segments\/obx-employment-status.yaml:\d+ +rows\[0\]/m);
  });

  it('shows another trust, and tables, as JSON too', async () => {
    const { out } = await run('map', 'show', 'codes/roles', '--trust', 'RZY', '--json');
    const { trust: shown, files } = JSON.parse(out) as { trust: string; files: { entries: unknown[] }[] };
    expect(shown).toBe('RZY');
    expect(files[0]?.entries).toContainEqual(expect.objectContaining({ entry: 'KW', origin: 'trust' }));
    expect(files[0]?.entries).toContainEqual(expect.objectContaining({ entry: 'AT', origin: 'general' }));
  });

  it('says where a trust has no folder, as after a misspelt code, that only the general set is shown', async () => {
    const { code, err } = await run('map', 'show', 'PID', '--trust', 'ZZZ');
    expect(code).toBe(0);
    expect(err).toMatch(/there is no folder .*trusts\/ZZZ: this is the general set alone/);
  });

  it('says what there is where nothing is called so', async () => {
    const { code, err } = await run('map', 'show', 'PIT');
    expect(code).toBe(1);
    expect(err).toContain('PID');
  });
});

describe('map export-conceptmaps', () => {
  it('writes one valid ConceptMap for each table', async () => {
    const { code, out } = await run('map', 'export-conceptmaps', join(folder, 'new'));
    expect(code).toBe(0);
    expect(out).toContain('RZZ-vip.json: 1 codes');
    const files = readdirSync(join(folder, 'new'));
    expect(files).toContain('RZZ-employment-status.json');
    const maps = files.map((file) => JSON.parse(readFileSync(join(folder, 'new', file), 'utf8')) as Resource);
    expect(maps.flatMap(validate)).toEqual([]);
  });

  it('names the file that it cannot write', async () => {
    writeFileSync(join(folder, 'taken'), '');
    const { code, err } = await run('map', 'export-conceptmaps', join(folder, 'taken'));
    expect(code).toBe(1);
    expect(err).toMatch(/cannot be written \(E\w+\) at .*taken/);
  });
});

describe('check', () => {
  const results = async () =>
    JSON.parse((await run('check', '--offline', '--json')).out) as { part: string; result: string; message: string }[]; // prettier-ignore

  it('warns that an invented trust is none, and fails where a trust of its own has said nothing yet', async () => {
    expect(await results()).toContainEqual(expect.objectContaining({ part: 'mappings trusts/RZZ', result: 'warn' })); // prettier-ignore
    const file = join(trust.config, 'default.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('trust: RZZ', 'trust: RXX'));
    const failed = (await results()).filter(({ result }) => result === 'fail').map(({ part }) => part);
    expect(failed).toEqual(
      expect.arrayContaining([
        'mappings/trusts/RXX/codes/assigning-authorities.csv',
        'mappings/trusts/RXX/codes/teams.csv',
        'mappings/trusts/RXX/work-question.yaml',
      ]),
    );
  });
});
