// Plain records of invented people, as the record would hold them, and the feeds, teams and programme around them.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Encounter, Resource } from '@medplum/fhirtypes';
import { uuidOf } from '../../../src/fhir/ids.ts';
import { systems } from '../../../src/fhir/systems.ts';
import { decide } from '../../../src/ips/decide.ts';
import type { Decision } from '../../../src/ips/decision.ts';
import type { Facts } from '../../../src/ips/fact.ts';
import { deriveFacts } from '../../../src/ips/facts.ts';
import { ownResources } from '../../../src/ips/own.ts';
import type { Programme } from '../../../src/ips/programme.ts';
import { evaluate } from '../../../src/ips/rules.ts';
import type { Evaluation, RuleSet } from '../../../src/ips/rules.ts';
import type { FeedSupply } from '../../../src/ips/supply.ts';
import { suppliedFactNames } from '../../../src/ips/supply.ts';
import { loadRules } from '../../../src/ips/triggers.ts';
import type { Team, TeamTable } from '../../../src/mapping/codes.ts';
import { ownSource } from '../../../src/record/person.ts';
import type { PersonRecord, RecordedResource } from '../../../src/record/person.ts';

export const zone = 'Europe/London';
const trust = 'https://rzz.example/Id';

export const programme: Programme = {
  id: 'secondary-care',
  name: 'IPS in secondary care',
  provider: { name: 'Example Works', partOfCareTeam: false },
  serves: ['A06', 'A14'],
  rules: { 'wants-work': 'on', 'seeking-work-not-asked': 'on' },
};

/** A feed that supplies everything and is complete from 2025 on. */
export const feed: FeedSupply = {
  feed: 'rio',
  supplies: Object.fromEntries(suppliedFactNames.map((fact) => [fact, { completeFrom: '2025-01-01' }])),
  restrictedMarkings: 'supplied',
};

const team = (id: string, name: string, type: string, more: Partial<Team> = {}): Team => ({
  id,
  name,
  type,
  served: undefined,
  champion: undefined,
  dutyQueue: undefined,
  ...more,
});
const allTeams: readonly Team[] = [
  team('CMHTN', 'Northtown CMHT', 'A06', { champion: 'C9001', dutyQueue: 'DUTYN' }),
  team('EIP', 'Early intervention', 'A14', { dutyQueue: 'DUTYE' }),
  team('OLDER', 'Older people', 'A07'),
  team('IPS', 'IPS service', 'D05'),
];
export const teams: TeamTable = {
  all: allTeams,
  find: (id) => allTeams.find((one) => one.id === id),
  teamSystem: `${trust}/team`,
  staffSystem: `${trust}/staff`,
};

const mappingsFolder = resolve(import.meta.dirname, '../../../mappings');

export function ruleTree(names = ['wants-work', 'seeking-work-not-asked']) {
  return new Map(
    names.map((name) => {
      const file = `mappings/triggers/${name}.yaml`;
      const text = readFileSync(join(mappingsFolder, 'triggers', `${name}.yaml`), 'utf8');
      return [`triggers/${name}.yaml`, { file, text }] as const;
    }),
  );
}

export const rules: RuleSet = loadRules(ruleTree(), { feeds: [feed], programme, hash: 'hash-of-rules' });

/** A record that grows: each `at` is the receipt time of what follows it. */
export class Person {
  readonly uid: string;
  rows: RecordedResource[] = [];
  #at = new Date('2026-01-05T09:00:00Z');

  constructor(uid = 'person-1') {
    this.uid = uid;
  }

  on(time: string): this {
    this.#at = new Date(time.includes('T') ? time : `${time}T09:00:00Z`);
    return this;
  }

  get at(): Date {
    return this.#at;
  }

  add(sourceId: string, resource: Resource, source = 'rio'): this {
    const id = this.rows.length + 1;
    this.rows = [...this.rows, { id, source, sourceId, at: this.#at, resource }];
    return this;
  }

  patient(more: object = {}, source = 'rio'): this {
    return this.add('patient', { resourceType: 'Patient', birthDate: '1990-05-17', ...more }, source);
  }

  referral(teamId: string, more: { id?: string; end?: string; start?: string } = {}): this {
    const { id = `REF-${teamId}`, start = '2025-06-01', end } = more;
    return this.add(id, {
      resourceType: 'EpisodeOfCare',
      status: end === undefined ? 'active' : 'finished',
      patient: {},
      period: { start, ...(end === undefined ? {} : { end }) },
      team: [{ type: 'CareTeam', identifier: { system: `${trust}/team`, value: teamId } }],
    });
  }

  /** An answer to the work question, as often as it is sent: the record adds a row only when something is new. */
  answer(
    value: string,
    date?: string,
    more: { source?: string; status?: 'final' | 'entered-in-error' } = {},
  ): this {
    const { source = 'rio', status = 'final' } = more;
    const sourceId = `wants-work/${value}/${date ?? 'undated'}`;
    const last = this.rows.findLast((row) => row.sourceId === sourceId && row.source === source)?.resource;
    if (last?.resourceType === 'Observation' && last.status === status) return this;
    return this.add(
      sourceId,
      {
        resourceType: 'Observation',
        status,
        code: { coding: [{ system: systems.question, code: 'wants-work' }] },
        identifier: [{ system: systems.uri, value: `urn:uuid:${uuidOf(`${value}/${date ?? ''}`)}` }],
        valueCodeableConcept: { coding: [{ system: systems.wantsWork, code: value }] },
        ...(date === undefined ? {} : { effectiveDateTime: date }),
      },
      source,
    );
  }

  /** An answer that no table knows, as the mapping gives it: its words only. */
  unread(text: string, date?: string): this {
    return this.add(`wants-work/unrecognised/${date ?? 'undated'}`, {
      resourceType: 'Observation',
      status: 'final',
      code: { coding: [{ system: systems.question, code: 'wants-work' }] },
      valueCodeableConcept: { text },
      ...(date === undefined ? {} : { effectiveDateTime: date }),
    });
  }

  /** `{ text }` for a status that no table knows. */
  status(value: string | { text: string }, date?: string, source = 'rio'): this {
    return this.add(
      'employment-status',
      {
        resourceType: 'Observation',
        status: 'final',
        code: { coding: [{ system: systems.snomed, code: '224362002' }] },
        valueCodeableConcept:
          typeof value === 'string' ? { coding: [{ system: systems.employmentStatus, code: value }] } : value,
        ...(date === undefined ? {} : { effectiveDateTime: date }),
      },
      source,
    );
  }

  coordinator(staff: string, period: { start?: string; end?: string } = {}): this {
    return this.add(`CCO/${staff}`, {
      resourceType: 'PractitionerRole',
      active: true,
      code: [{ coding: [{ system: systems.role, code: 'care-coordinator' }] }],
      practitioner: { identifier: { system: `${trust}/staff`, value: staff }, display: 'Asha Patel' },
      period,
    });
  }

  ward(status: Encounter['status']): this {
    const ward = { code: 'IMP', system: systems.actCode };
    return this.add('V1', {
      resourceType: 'Encounter',
      status,
      class: ward,
      period: { start: '2026-01-02' },
    });
  }

  get record(): PersonRecord {
    return {
      id: 1,
      uid: this.uid,
      keys: [{ system: `${trust}/patient`, value: 'R0001234' }],
      rows: this.rows,
    };
  }

  facts(feeds: readonly FeedSupply[] = [feed]): Facts {
    return deriveFacts(this.record, { at: this.#at, zone, feeds, teams, programme });
  }

  evaluations(set: RuleSet = rules, feeds?: readonly FeedSupply[]): Evaluation[] {
    return evaluate(set, this.facts(feeds));
  }

  /** Decides as processing a message does, and keeps what was decided on the record. */
  decide(set: RuleSet = rules, feeds?: readonly FeedSupply[]): Decision[] {
    const facts = this.facts(feeds);
    const decisions = decide(this.record, facts, evaluate(set, facts), { at: this.#at, ruleSet: set });
    for (const decision of decisions) {
      for (const own of ownResources(decision, this.record.keys[0]!)) {
        this.add(own.sourceId, own.resource, ownSource);
      }
    }
    return decisions;
  }
}

/** Somebody on the caseload of a covered team with a care co-ordinator; nothing said about work yet. */
export function somebody(uid?: string): Person {
  return new Person(uid).patient().referral('CMHTN').coordinator('C1234');
}
