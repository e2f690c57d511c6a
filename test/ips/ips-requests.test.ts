import { describe, expect, it } from '@jest/globals';
import type { ServiceRequest } from '@medplum/fhirtypes';
import { systems } from '../../src/fhir/systems.ts';
import { ownSource } from '../../src/record/person.ts';
import { somebody, teams } from './support/people.ts';
import type { Person } from './support/people.ts';

const to = (team: string): Partial<ServiceRequest> => ({
  performer: [{ type: 'CareTeam', identifier: { system: teams.teamSystem, value: team } }],
});
const coded = (code: string): Partial<ServiceRequest> => ({
  code: { coding: [{ system: systems.snomed, code }] },
});
const from = (start: string, end?: string): Partial<ServiceRequest> => ({
  occurrencePeriod: { start, ...(end === undefined ? {} : { end }) },
});
const request = (...parts: readonly Partial<ServiceRequest>[]): ServiceRequest => ({
  resourceType: 'ServiceRequest',
  status: 'active',
  intent: 'order',
  subject: {},
  ...parts.reduce((whole, part) => ({ ...whole, ...part }), {}),
});
const wish = (): Person => somebody().on('2026-03-02').answer('paid-job', '2026-03-01');
const refer = (person: Person, resource: ServiceRequest, source = 'rio'): Person =>
  person.add('RF1', resource, source);

describe('a referral to IPS that came as REF', () => {
  it('to a team of type D05 is known, with its date and where it came from', () => {
    const { ipsReferral } = refer(wish(), request(to('IPS'), from('2026-02-27'))).facts();
    expect(ipsReferral).toEqual({
      state: 'present',
      value: true,
      date: '2026-02-27',
      id: 'rio/RF1',
      evidence: [
        {
          fact: 'ipsReferral',
          says: 'referral to IPS service',
          date: '2026-02-27',
          source: 'rio',
          resource: 'ServiceRequest/RF1',
        },
      ],
    });
  });

  it('keeps a wish from becoming a proposal, while a referral to another team does not', () => {
    expect(refer(wish(), request(to('IPS'))).decide()).toEqual([]);
    const elsewhere = refer(wish(), request(to('EIP'))).decide();
    expect(elsewhere.map(({ action, rule }) => `${action} ${rule}`)).toEqual(['make wants-work']);
  });

  it('completes an open proposal, for the person is with IPS now', () => {
    const person = wish();
    person.decide();
    const [decision] = refer(person.on('2026-03-09'), request(to('IPS'))).decide();
    expect(decision).toMatchObject({ action: 'withdraw', rule: 'wants-work', completed: true });
  });

  it.each(['1082611000000105', '1098041000000101', '1082621000000104', '1098051000000103'])(
    'is known by the counted code %s where no team is named',
    (code) => {
      expect(refer(wish(), request(coded(code))).facts().ipsReferral.state).toBe('present');
    },
  );

  it('is none by another code, a local code or a post-coordinated refusal', () => {
    const others = [
      coded('224363007'),
      { code: { coding: [{ code: '1082611000000105' }] } },
      coded('1082621000000104:408730004=443390004'),
      { ...to('IPS'), ...coded('1082621000000104:408730004=443390004') },
    ];
    for (const other of others) {
      expect(refer(wish(), request(other)).facts().ipsReferral.state).toBe('absent');
    }
  });

  it('ends by a cancellation, a refusal or its last day', () => {
    for (const over of [
      { status: 'revoked' },
      { status: 'completed' },
      from('2026-01-01', '2026-03-02'),
    ] as const) {
      expect(refer(wish(), request(to('IPS'), over)).facts().ipsReferral.state).toBe('absent');
    }
    expect(
      refer(wish(), request(to('IPS'), from('2026-01-01', '2026-03-03'))).facts().ipsReferral.state,
    ).toBe('present');
  });

  it('is spent once a time on the IPS caseload that followed it is over; a newer one counts', () => {
    const been = wish().referral('IPS', { start: '2026-01-10', end: '2026-02-20' });
    const older = refer(been, request(to('IPS'), from('2026-01-05')));
    expect(older.facts().ipsReferral.state).toBe('absent');
    expect(older.add('RF2', request(to('IPS'), from('2026-02-27'))).facts().ipsReferral).toMatchObject({
      state: 'present',
      id: 'rio/RF2',
    });
  });

  it('is none where it is a proposal, of ours or of anybody', () => {
    const proposal = request(to('IPS'), { intent: 'proposal', status: 'draft' });
    expect(refer(wish(), proposal).facts().ipsReferral.state).toBe('absent');
    expect(refer(wish(), request(to('IPS')), ownSource).facts().ipsReferral.state).toBe('absent');
  });
});
