// Who may learn of anybody: what the configuration refuses outright, and what reaches an IPS provider before the person
// has agreed.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { routesOf } from '../../src/app/interpretation.ts';
import { loadConfig } from '../../src/config.ts';
import type { Decision, EffectKind } from '../../src/ips/decision.ts';
import { effectKinds } from '../../src/ips/decision.ts';
import { testTrust } from '../support/trust.ts';
import type { TestTrust } from '../support/trust.ts';

const decisionOf = (effect: EffectKind): Decision => ({
  action: 'make',
  effect,
  rule: 'any',
  title: 'any',
  key: 'any',
  team: { id: 'CMHT-N', name: 'North', type: 'A06' },
  reasons: [],
  decidedAt: '2026-11-02T12:00:00Z',
  ruleSet: 'any',
});

describe('R53 nothing identifiable leaves the care team before the person agrees', () => {
  let trust: TestTrust;
  beforeEach(async () => {
    trust = await testTrust({
      feeds: 1,
      databaseUrl: 'postgresql://nowhere',
      eprUrl: 'http://127.0.0.1:9/fhir',
    });
  });
  afterEach(() => trust.remove());

  const destination = (settings: object): void => {
    const whole = {
      id: 'provider',
      kind: 'fhir',
      baseUrl: 'http://127.0.0.1:9/fhir',
      live: 'all',
      ...settings,
    };
    writeFileSync(join(trust.config, 'destinations/provider.yaml'), stringify(whole));
  };
  const provider = (partOfCareTeam: boolean): void => {
    const file = join(trust.config, 'programme.yaml');
    const programme = parse(readFileSync(file, 'utf8')) as object;
    writeFileSync(file, stringify({ ...programme, provider: { name: 'IPS service', partOfCareTeam } }));
  };
  /** The effects that reach a destination. */
  const reaching = (id: string): EffectKind[] => {
    const route = routesOf(loadConfig(trust.config, {})).find((one) => one.destination === id);
    return effectKinds.filter((effect) => route?.carries(decisionOf(effect)) === true);
  };

  it('a provider that is not part of the care team gets nothing at all', () => {
    provider(false);
    destination({ audience: 'ips-provider' });
    expect(reaching('provider')).toEqual([]);
    expect(reaching('epr')).toEqual(effectKinds);
  });

  it('a provider that the trust declares part of the care team gets what its destination carries', () => {
    provider(true);
    destination({ audience: 'ips-provider', carries: ['file-note'] });
    expect(reaching('provider')).toEqual(['file-note']);
  });

  it.each(['employer', 'jobcentre', 'dwp'])(
    'no destination may be for a %s: the principle is named',
    (audience) => {
      destination({ audience });
      expect(() => loadConfig(trust.config, {})).toThrow(
        expect.objectContaining({
          kind: expect.stringMatching(/^config\//),
          message: expect.stringMatching(
            /Nothing ever goes to an employer, a Jobcentre or the DWP.*the person decides/,
          ),
        }),
      );
    },
  );
});
