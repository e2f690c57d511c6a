// What complete mapping needs: who is linked with whom, records that the EPR says are deleted, by which key a message
// named somebody (so that a merge can be undone), and codes that no table knows.
import type { Migration } from '../migrate.ts';

const text = `
-- The person whom the message itself named, before merges were followed: where a row goes back to if they are undone.
alter table resource add column named_id bigint references person (id);

alter table person_merge
  add column undone_at timestamptz,
  add column undone_by text,
  add column undone_reason text;

-- Two persons that the EPR has linked (A24) or unlinked again (A37): recorded, never merged. The smaller number first.
create table person_link (
  one_id bigint not null references person (id),
  other_id bigint not null references person (id),
  linked boolean not null,
  inbox_id bigint references inbox (id),
  at timestamptz not null,
  primary key (one_id, other_id),
  check (one_id < other_id)
);

-- The EPR says that it has deleted this record (A23, A29). Nothing is deleted here: an operator looks.
create table person_mark (
  id bigint generated always as identity primary key,
  person_id bigint not null references person (id),
  event text not null,
  inbox_id bigint references inbox (id),
  at timestamptz not null,
  cleared_at timestamptz,
  cleared_by text,
  cleared_reason text
);
create index person_mark_open on person_mark (person_id) where cleared_at is null;

-- Codes that no table knew when their message was processed: the work list of whoever keeps the tables.
create table unmapped_code (
  table_name text not null,
  code text not null,
  inbox_id bigint not null references inbox (id),
  place text not null,
  at timestamptz not null,
  primary key (table_name, code, inbox_id)
);
create index unmapped_code_inbox on unmapped_code (inbox_id);

-- Its message was processed before, and has been taken up again since a table knows its codes. Who is who has been
-- applied already and is not applied again.
alter table inbox add column reprocessed boolean not null default false;
`;

export const mapping: Migration = { version: 3, name: 'mapping', oldestProgram: 2, text };
