// The sandbox's people and what its EPR sends about them: the truth on each person must reach the record as it is.
import { describe, expect, it } from '@jest/globals';
import { isNhsNumber } from '../../src/fhir/nhs-number.ts';
import { readMessage } from '../../src/hl7v2/message.ts';
import { translate } from '../../src/mapping/translate.ts';
import { syntheticCoordinators, syntheticPeople } from '../../src/sandbox/people.ts';
import { createScenario } from '../../src/sandbox/scenario.ts';
import { mappingsWith } from '../support/mapping.ts';

const now = new Date('2026-03-10T12:00:00Z');
const make = (seed: number) =>
  syntheticPeople({ seed, count: 300, now }, ['CMHT-N', 'OPMH'], syntheticCoordinators(now));
const people = make(5);
const options = { people, teamNames: new Map([['IPS', 'IPS service']]), facility: 'RZZ', now };
const mappings = mappingsWith();
const feed = { id: 'epr-adt', zone: 'Europe/London', receivedAt: now };

/** Every resource of one type that these messages lead to, as the record would get it. */
function recorded(bodies: readonly Buffer[], type: 'CarePlan' | 'Goal' | 'EpisodeOfCare') {
  return bodies.flatMap((body) => {
    const translation = translate(mappings, readMessage(body), feed);
    if (translation.outcome !== 'used') throw new Error('a message of the sandbox is not used');
    return translation.resources.filter(({ resource }) => resource.resourceType === type);
  });
}

describe('the invented people', () => {
  it('are the same for the same seed and day, and others for another seed', () => {
    expect(make(5)).toEqual(people);
    expect(make(6)).not.toEqual(people);
  });

  it('have valid NHS numbers of the test range, never one digit repeated, and no two the same', () => {
    const numbers = people.flatMap(({ nhsNumber }) => nhsNumber ?? []);
    expect(numbers.filter((number) => !isNhsNumber(number) || !/^999(?!(\d)\1+$)/.test(number))).toEqual([]);
    expect(new Set(numbers).size).toBe(numbers.length);
  });
});

describe('what the EPR sends about them', () => {
  const sent = createScenario(options).registrations();

  it('holds every care plan with its type, and every goal word for word, in the plan or as a goal', () => {
    const plans = people.flatMap((person) => person.plans);
    const texts = recorded(sent, 'CarePlan').map(({ sourceId, resource }) => {
      if (resource.resourceType !== 'CarePlan') throw new Error('no CarePlan');
      return [sourceId, resource.category?.[0]?.coding?.[0]?.code, resource.description ?? ''];
    });
    expect(texts).toEqual(
      plans.map(({ id, type, sentBy, text }) => [id, type, sentBy === 'plan' ? text : '']),
    );
    const goals = recorded(sent, 'Goal').map(({ resource }) =>
      resource.resourceType === 'Goal' ? [resource.description.text, resource.lifecycleStatus] : [],
    );
    const elsewhere = plans.filter(({ sentBy }) => sentBy === 'goal-message');
    expect(elsewhere.length).toBeGreaterThan(10);
    expect(goals).toEqual(elsewhere.map(({ text }) => [text, 'active']));
  });

  it('tells of a referral to IPS where there is one, beside that to the team', () => {
    const referrals = recorded(sent, 'EpisodeOfCare').map(({ sourceId }) => sourceId);
    expect(referrals).toEqual(
      people.flatMap(({ teamReferral, ips }) => [teamReferral, ...(ips === undefined ? [] : [ips.referral])]),
    );
  });

  it('gives each message a control id of its own, through all acts', () => {
    const scenario = createScenario(options);
    const all = [
      scenario.registrations(),
      scenario.changes(),
      scenario.mistakes(),
      scenario.afterProposals(people),
      scenario.afterFlags(people),
    ].flat();
    const ids = all.map((body) => readMessage(body).header.controlId);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
