// The flag as FHIR and as a digest: what it says, and which week it belongs to.
import { expect, it } from '@jest/globals';
import { urnOf } from '../../src/fhir/ids.ts';
import { validate } from '../../src/fhir/validate.ts';
import type { Decision } from '../../src/ips/decision.ts';
import { clearedFlag, digestOf, renderFlag } from '../../src/ips/flag.ts';
import { renderMake } from '../../src/ips/proposal.ts';
import { somebody, zone } from './support/people.ts';

const [ask] = somebody().on('2026-03-02').status('02', '2026-03-01').decide();
const flag: Decision = {
  ...ask!,
  effect: 'flag-no-goal',
  rule: 'employment-goal-sweep',
  title: 'No employment goal or conversation recorded',
  key: 'employment-goal-sweep/status/1',
};
const patient = { reference: 'Patient/p1' };
const owner = { kind: 'care-coordinator', system: 'urn:s', value: 'C1234', display: 'Asha Patel' } as const;
const task = { patient, owner: { type: 'Practitioner' }, identifierOf: urnOf, zone } as const;

it('a flag is valid FHIR R4, as a Flag, once cleared, and as a Task', () => {
  const resources = [
    renderFlag(flag, { patient, identifierOf: urnOf }),
    renderMake(flag, { ...task, digest: digestOf(flag, owner, zone) }),
  ].flatMap(({ entry }) => entry?.flatMap(({ resource }) => resource ?? []) ?? []);
  expect(resources.map(({ resourceType }) => resourceType)).toEqual(['Flag', 'Task']);
  expect(resources.flatMap(validate)).toEqual([]);
  const [made] = resources;
  const cleared = made?.resourceType === 'Flag' ? clearedFlag(made, flag) : undefined;
  expect(cleared).toMatchObject({ status: 'inactive' });
  expect(validate(cleared!)).toEqual([]);
  expect(clearedFlag(cleared!, flag)).toBeUndefined();
});

it('a flag is administrative, so that it stands in no safety banner', () => {
  const text = JSON.stringify(renderFlag(flag, { patient, identifierOf: urnOf }));
  expect(text).toContain('"code":"admin"');
  expect(text).not.toMatch(/safety|clinical/);
});

it('a flag presses nobody: any answer clears it, no goal needs to be set, nobody meets for it', () => {
  const [entry] = renderMake(flag, task).entry ?? [];
  const said = entry?.resource?.resourceType === 'Task' ? (entry.resource.description ?? '') : '';
  expect(said).toContain('any answer clears this, also "no" and "not now". No goal needs to be set.');
  expect(said).not.toMatch(/benefit|fit for work|must|should|\bready|first meeting/i);
});

it.each([
  ['2026-03-01T12:00:00.000Z', '2026-W09'],
  ['2026-03-02T00:00:00.000Z', '2026-W10'],
  // A Sunday night in UTC is Monday in British Summer Time.
  ['2026-06-28T23:30:00.000Z', '2026-W27'],
  ['2026-12-31T12:00:00.000Z', '2026-W53'],
  ['2027-01-03T12:00:00.000Z', '2026-W53'],
  ['2027-01-04T12:00:00.000Z', '2027-W01'],
  ['2024-12-30T12:00:00.000Z', '2025-W01'],
])('what is decided at %s belongs to its owner’s week %s', (decidedAt, week) => {
  expect(digestOf({ ...flag, decidedAt }, owner, zone)).toBe(`${week}/C1234`);
});
