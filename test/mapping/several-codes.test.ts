// A field that holds several codes where one is read: which of them counts, nobody can tell.
import { describe, expect, it } from '@jest/globals';
import type { Resource } from '@medplum/fhirtypes';
import { translate } from '../../src/mapping/translate.ts';
import { mappingsWith, messageOf, pasFeed } from '../support/mapping.ts';

const mappings = mappingsWith();
const pid = 'PID|1||R0001234^^^RZZ||||19800312|2';

function used(...segments: readonly string[]) {
  const translation = translate(mappings, messageOf('ADT^A08', ...segments), pasFeed);
  if (translation.outcome !== 'used') throw new Error(translation.reason);
  return translation;
}

describe('several codes in a field of which one is read', () => {
  const answer = (text: string) => used(pid, `OBX|1|CE|WORKWISH||${text}||||||F|||20260201`);
  const coded = (resources: readonly { readonly resource: Resource }[]) =>
    resources.flatMap(({ resource }) =>
      resource.resourceType === 'Observation' ? [resource.valueCodeableConcept?.coding?.[0]?.code ?? 'unread'] : [],
    ); // prettier-ignore

  it.each(['PAID~NO', 'NO~PAID', 'PAID~XYZ'])('an answer of %s is neither a wish nor a decline, and is noted', (text) => {
    const { resources, findings, unknownCodes } = answer(text);
    expect(coded(resources)).toEqual(['unread']);
    expect(findings.map(({ kind, where }) => `${kind} ${where}`)).toEqual(['field/several-values OBX-5']);
    // No row of a table could mend it.
    expect(unknownCodes).toEqual([]);
  }); // prettier-ignore

  it('the same code twice is one, and an empty repetition is none', () => {
    for (const text of ['PAID~PAID', 'PAID~']) {
      const { resources, findings } = answer(text);
      expect([coded(resources), findings]).toEqual([['paid-job'], []]);
    }
  });

  it('of a marking they restrict', () => {
    const { resources } = used(pid, 'PD1||||||||||||N~Y');
    expect(resources[0]?.resource.meta?.security?.[0]?.code).toBe('R');
  });
});

describe('a number that tells one thing from another', () => {
  it('is not used where it is longer than any number: nothing could be looked up by it', () => {
    const { resources, findings, lists } = used(pid, `ZTM|1|${'9'.repeat(5_000)}|CMHT-N|20250101`);
    expect(resources.map(({ resource }) => resource.resourceType)).toEqual(['Patient']);
    expect(findings.map(({ kind, where }) => `${kind} ${where}`)).toEqual(['field/unusable-number ZTM-2']);
    // One that cannot be named may be any of the list.
    expect(lists).toBeUndefined();
  });
});
