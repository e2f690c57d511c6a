// What feeds claim and mappings cannot make.
import { describe, expect, it } from '@jest/globals';
import { emptyClaims } from '../../src/pipeline/claims.ts';
import { mappingTree, mappingsWith } from '../support/mapping.ts';

const since = { completeFrom: '2026-01-01' };
const feed = {
  feed: 'pas',
  supplies: { teams: since, careCoordinator: since, ipsReferral: since, age: since },
  restrictedMarkings: 'supplied',
} as const;
const facts = (mappings: Parameters<typeof emptyClaims>[0]): string[] =>
  emptyClaims(mappings, [feed]).map(({ fact }) => fact);

describe('a fact that a feed says it supplies', () => {
  it('is one that the example trust’s mappings can make', () => {
    expect(emptyClaims(mappingsWith(), [feed])).toEqual([]);
  });

  it('R51 is told where no message file leads to what it is read from', () => {
    expect(
      facts(mappingsWith({ 'hl7v2-to-fhir/groups/local.yaml': 'group: local\nsegments: []\n' })),
    ).toEqual(['teams']);
  });

  it('R51 is told where no role of the trust is that of a care co-ordinator', () => {
    const roles = mappingTree().get('codes/roles.csv')?.text.replaceAll('care-coordinator', '') ?? '';
    expect(facts(mappingsWith({ 'codes/roles.csv': roles }))).toEqual(['careCoordinator']);
  });
});
