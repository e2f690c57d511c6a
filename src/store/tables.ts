// The tables as Kysely sees them. What each column means stands in migrations/0001-line.ts.
import type { ColumnType, Generated } from 'kysely';
import type { Finding } from '../errors.ts';
import type { Decision } from '../ips/decision.ts';
import type { Resource } from '@medplum/fhirtypes';

/** jsonb: read as the value, written as JSON text. */
type Json<T> = ColumnType<T, string, string>;
type JsonWithDefault<T> = ColumnType<T, string | undefined, string>;

export type InboxState = 'received' | 'processed' | 'held' | 'skipped';

/**
 * observed: decided while not live, shown and never sent · pending: to be sent · sending: under a lease · ambiguous: may
 * have landed, is asked about · the rest is settled, `held` until a person acts.
 */
export type OutboxState =
  'observed' | 'pending' | 'sending' | 'ambiguous' | 'delivered' | 'held' | 'superseded' | 'cancelled';

interface Failed {
  failure_kind: string | null;
  failure_where: string | null;
  failure_message: string | null;
}

interface InboxTable extends Failed {
  id: Generated<number>;
  feed: string;
  sender: string;
  control_id: string;
  event: string;
  digest: Buffer;
  bytes: number;
  received_at: Date;
  acknowledgement: Buffer | null;
  state: ColumnType<InboxState, InboxState | undefined, InboxState>;
  outcome: 'used' | 'unused' | null;
  unused_reason: string | null;
  findings: JsonWithDefault<readonly Finding[]>;
  settled_at: Date | null;
  reprocessed: Generated<boolean>;
}

interface OutboxTable extends Failed {
  id: Generated<number>;
  destination: string;
  lane: number;
  person_id: number;
  key: string;
  revision: number;
  rule: string;
  team: string;
  decision: Json<Decision>;
  inbox_id: number | null;
  state: OutboxState;
  in_doubt: Generated<boolean>;
  ambiguous_since: Date | null;
  attempt: Generated<number>;
  failures: Generated<number>;
  lease_owner: string | null;
  lease_until: Date | null;
  due_at: Generated<Date>;
  frozen: Buffer | null;
  references: ColumnType<readonly string[], string[] | undefined, string[]>;
  confirmed_at: Date | null;
  created_at: Generated<Date>;
  settled_at: Date | null;
}

export interface Tables {
  inbox: InboxTable;
  inbox_body: { inbox_id: number; body: Buffer };
  refused: {
    id: Generated<number>;
    feed: string;
    peer: string;
    kind: string;
    place: string;
    body: Buffer;
    at: Date;
  };
  person: { id: Generated<number>; uid: Generated<string>; merged_into: number | null };
  person_identifier: { system: string; value: string; person_id: number };
  person_merge: {
    id: Generated<number>;
    survivor_id: number;
    merged_id: number;
    from_root: number;
    to_root: number;
    moved: Json<readonly { readonly person: number; readonly mergedInto: number | null }[]>;
    effects: Json<readonly { readonly row: number; readonly person: number }[]>;
    inbox_id: number | null;
    at: Date;
    undone_at: Date | null;
    undone_by: string | null;
    undone_reason: string | null;
  };
  person_link: { one_id: number; other_id: number; linked: boolean; inbox_id: number | null; at: Date };
  person_mark: {
    id: Generated<number>;
    person_id: number;
    event: string;
    inbox_id: number | null;
    at: Date;
    cleared_at: Date | null;
    cleared_by: string | null;
    cleared_reason: string | null;
  };
  unmapped_code: { table_name: string; code: string; inbox_id: number; place: string; at: Date };
  identity_hold: { inbox_id: number; person_id: number };
  resource: {
    id: Generated<number>;
    person_id: number;
    source: string;
    type: string;
    source_id: string;
    at: Date;
    nhs_number: string | null;
    named_id: number | null;
    inbox_id: number | null;
    body: Json<Resource>;
  };
  outbox: OutboxTable;
  job_run: {
    id: Generated<number>;
    job: string;
    due_at: Date;
    mode: 'dry' | 'live';
    state: 'running' | 'done' | 'failed';
    lease_owner: string;
    lease_until: Date;
    started_at: Generated<Date>;
    ended_at: Date | null;
    done_up_to: Generated<number>;
    counts: JsonWithDefault<Readonly<Record<string, number>>>;
    failure_kind: string | null;
    failure_message: string | null;
  };
  paused: { what: 'feed' | 'destination'; id: string; actor: string; reason: string; at: Date };
  destination_pause: { destination: string; until: Date; reason: string };
  audit: {
    id: Generated<number>;
    at: Date;
    actor: string;
    action: string;
    outcome: string;
    person_id: number | null;
    inbox_id: number | null;
    outbox_id: number | null;
    detail: Json<Readonly<Record<string, unknown>>>;
  };
}
