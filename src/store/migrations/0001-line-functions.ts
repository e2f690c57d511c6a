// The two statements that run hundreds of times a second, as functions of the database: their plans are then kept for
// the session, where planning alone cost 2 ms a claim against 0.4 ms of work. Planner settings are fixed on them,
// because a plan made while the tables were empty is kept as well.

// What waits for a person to act (a later revision of what is held, anything about somebody whom a held identity message
// names) is passed over: it must not hold up the others of its lane, which may be a whole destination's.
const isNotSetAside = `(o.state <> 'pending' or not exists (
            select from outbox e where e.destination = o.destination and e.key = o.key and e.revision < o.revision
              and e.state = 'held')
          and not exists (select from identity_hold i where i.person_id = o.person_id)
          and not exists (select from person p join identity_hold i on i.person_id = p.id
            where p.merged_into = o.person_id))`;

export const lineFunctions = `
-- Stores a group in its order, in one statement. Bodies and acknowledgements come as one byte string each, with places
-- (from 1) and lengths; a length of -1 means none. Told for each: its row, or null where it is a duplicate, and whether
-- its control id was used before for other bytes.
create function store_arrivals(
  feeds text[], senders text[], control_ids text[], events text[], digests text[], times timestamptz[],
  bodies bytea, body_places int[], body_lengths int[], answers bytea, answer_places int[], answer_lengths int[]
) returns table (place int, id bigint, reused boolean)
language plpgsql set enable_seqscan = off set enable_mergejoin = off as $$
#variable_conflict use_column
begin
  -- Whatever set it so: this commit is waited for.
  if current_setting('synchronous_commit') = 'off' then
    perform set_config('synchronous_commit', 'on', true);
  end if;
  perform pg_notify('ips_bridge_inbox', '');
  return query
    with arrived as materialized (
      select a.feed, a.sender, a.control_id, a.event, decode(a.digest_hex, 'hex') as digest, a.received_at,
        a.body_at, a.body_bytes, a.answer_at, a.answer_bytes, a.place
      from unnest(feeds, senders, control_ids, events, digests, times, body_places, body_lengths, answer_places,
        answer_lengths) with ordinality as a(
          feed, sender, control_id, event, digest_hex, received_at, body_at, body_bytes, answer_at, answer_bytes, place)
    ), stored as (
      insert into inbox (feed, sender, control_id, event, digest, bytes, received_at, acknowledgement)
      select a.feed, a.sender, a.control_id, a.event, a.digest, a.body_bytes, a.received_at,
        case when a.answer_bytes >= 0 then substring(answers from a.answer_at for a.answer_bytes) end
      from arrived a order by a.place
      on conflict do nothing
      returning inbox.id, inbox.feed, inbox.sender, inbox.control_id, inbox.digest
    ), kept as (
      insert into inbox_body (inbox_id, body)
      select s.id, substring(bodies from a.body_at for a.body_bytes)
      from arrived a join stored s
        on s.digest = a.digest and s.control_id = a.control_id and s.sender = a.sender and s.feed = a.feed
    )
    select a.place::int, s.id,
      exists (select from inbox o where o.feed = a.feed and o.sender = a.sender and o.control_id = a.control_id
        and o.digest <> a.digest)
    from arrived a left join stored s
      on s.digest = a.digest and s.control_id = a.control_id and s.sender = a.sender and s.feed = a.feed
    order by a.place;
end $$;

-- Claims the head of the first lane from first_lane on that is free and due, and returns its row, or nothing. What is set
-- aside is nobody's head.
create function claim_head(to_destination text, first_lane bigint, claimant text, lease interval) returns setof outbox
language plpgsql set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off
  set enable_mergejoin = off set enable_sort = off as $$
begin
  if exists (select from destination_pause p where p.destination = to_destination and p.until > clock_timestamp())
    or exists (select from paused p where p.what = 'destination' and p.id = to_destination) then
    return;
  end if;
  return query
    with recursive heads(lane, id) as (
      (select o.lane, o.id from outbox o
       where o.destination = to_destination and o.state in ('pending', 'sending', 'ambiguous') and o.lane >= first_lane
         and ${isNotSetAside}
       order by o.lane, o.id limit 1)
      union all
      select n.lane, n.id from heads h cross join lateral (
        select o.lane, o.id from outbox o
        where o.destination = to_destination and o.state in ('pending', 'sending', 'ambiguous') and o.lane > h.lane
          and ${isNotSetAside}
        order by o.lane, o.id limit 1) n
    ), head as materialized (
      select c.id from heads h cross join lateral (
        select o.id from outbox o
        where o.id = h.id and o.state = 'pending' and o.due_at <= clock_timestamp()
          and not exists (select from outbox f where f.destination = o.destination and f.lane = o.lane
            and f.state in ('pending', 'sending', 'ambiguous') and f.state <> 'pending')
        for update skip locked) c
      limit 1
    )
    update outbox o set state = 'sending', attempt = o.attempt + 1, lease_owner = claimant,
      lease_until = clock_timestamp() + lease
    from head where o.id = head.id
    returning o.*;
end $$;

-- A lane at random between the first and the last with work, so that workers do not meet; null where there is none.
create function random_lane(to_destination text) returns bigint
language plpgsql set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off as $$
declare
  low bigint;
  high bigint;
begin
  select o.lane into low from outbox o
  where o.destination = to_destination and o.state in ('pending', 'sending', 'ambiguous')
  order by o.lane, o.id limit 1;
  select o.lane into high from outbox o
  where o.destination = to_destination and o.state in ('pending', 'sending', 'ambiguous')
  order by o.lane desc, o.id desc limit 1;
  return low + floor(random() * (high - low + 1))::bigint;
end $$;
`;
