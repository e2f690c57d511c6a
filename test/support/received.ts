// A person's record that grows by messages, one a day, as the pipeline makes it: mapped, then laid over what is held.
import type { Resource } from '@medplum/fhirtypes';
import { currentRows } from '../../src/record/person.ts';
import type { PersonRecord } from '../../src/record/person.ts';
import { planRows } from '../../src/record/plan.ts';
import type { Plan } from '../../src/record/plan.ts';
import { translate } from '../../src/mapping/translate.ts';
import { mappingsWith, messageOf, pasFeed } from './mapping.ts';

const mappings = mappingsWith();
const uid = '00000000-0000-4000-8000-000000000001';
const pid = 'PID|1||R1^^^RZZ||Ashdown^Amara||19800312|2';

/** A PV1 of visit V1: class, admission and end. */
export function pv1({ of = 'I', from = '20260301', to = '' } = {}): string {
  const fields = new Array<string>(45).fill('');
  fields[0] = '1';
  fields[1] = of;
  fields[18] = 'V1';
  fields[43] = from;
  fields[44] = to;
  return `PV1|${fields.join('|')}`;
}

/** A record that starts empty. */
export function emptyRecord() {
  let record: PersonRecord = {
    id: 1,
    uid,
    keys: [{ system: 'https://rzz.example/Id/patient', value: 'R1' }],
    rows: [],
  };
  let day = 1;

  function receive(event: string, ...segments: readonly string[]): Plan {
    const receivedAt = new Date(Date.UTC(2026, 3, day++, 12));
    const head = segments.filter((segment) => segment.startsWith('SCH'));
    const rest = segments.filter((segment) => !segment.startsWith('SCH'));
    const said = translate(mappings, messageOf(event, ...head, pid, ...rest), { ...pasFeed, receivedAt });
    if (said.outcome !== 'used') throw new Error(`${event} is not used`);
    const plan = planRows(record, said.resources, { source: 'pas', at: receivedAt, personUid: uid });
    const rows = plan.rows.map((row, index) => ({
      ...row,
      id: record.rows.length + index + 1,
      source: 'pas',
    }));
    record = { ...record, rows: [...record.rows, ...rows] };
    return plan;
  }

  return {
    receive,
    record: () => record,
    /** The one current resource of a type. */
    current: <T extends Resource['resourceType']>(type: T) => currentRows(record, type)[0]?.resource,
  };
}
