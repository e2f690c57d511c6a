// What the other three outcomes need: runs of scheduled jobs, what an operator has paused, notes found by their id.
import type { Migration } from '../migrate.ts';

const text = `
-- One row for each run of a job that was due: whoever inserts it runs it, so each due run happens once.
create table job_run (
  id bigint generated always as identity primary key,
  job text not null,
  due_at timestamptz not null,
  -- dry: decides and shows, makes nothing.
  mode text not null check (mode in ('dry', 'live')),
  state text not null check (state in ('running', 'done', 'failed')),
  lease_owner text not null,
  lease_until timestamptz not null,
  started_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  -- Persons up to this row number are done: a run that was interrupted goes on behind it.
  done_up_to bigint not null default 0,
  counts jsonb not null default '{}',
  failure_kind text,
  failure_message text,
  unique (job, due_at)
);

-- Paused by an operator, until resumed by one. A breaker's pause is in destination_pause and ends by itself.
create table paused (
  what text not null check (what in ('feed', 'destination')),
  id text not null,
  actor text not null,
  reason text not null,
  at timestamptz not null,
  primary key (what, id)
);

-- Rows of notes by the id of the note, with which their control ids begin.
create index inbox_note on inbox (control_id collate "C", id) where feed = 'ips-notes';
-- The person of a note, by the key of one of its versions; and its effects, by its own key.
create index resource_note on resource (source_id) where source = 'ips-notes';
create index outbox_note on outbox (key) where rule = 'progress-note';
`;

export const outcomes: Migration = { version: 2, name: 'outcomes', oldestProgram: 1, text };
