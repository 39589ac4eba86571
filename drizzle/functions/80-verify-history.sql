-- What verification reads: the journal of an account as typed rows. Nothing from 80 to 86 calls a function that moves money
-- or is called by one: it states the rules once more, so that a mistake in one of the two shows.

-- The members of a row that are not what they should be, as {name: [is, should be]}; null where all are. `p_free` may differ.
create or replace function differences(p_is jsonb, p_should jsonb, p_free text[]) returns jsonb
language sql immutable as $$
  select case when p_is - p_free = p_should - p_free then null else (
    select jsonb_object_agg(key, jsonb_build_array(i.value, s.value))
    from jsonb_each(p_is) i full join jsonb_each(p_should) s using (key)
    where key <> all (p_free) and coalesce(i.value, 'null') <> coalesce(s.value, 'null')
  ) end
$$;

-- Every event of an account's orders, with the order after it, the order after its event before (null members: none), the
-- seq of that one, and the trade that it booked or took back.
create or replace function order_history(p_user uuid)
returns table (seq bigint, event text, at timestamptz, order_id uuid, status order_status, o orders, p orders, after bigint,
  t trades, data jsonb)
language sql stable as $$
  with events as materialized (
    select e.*, jsonb_populate_record(null::orders, e.data->'order') as o
    from account_events e where e.user_id = p_user and e.kind = 'order'
  )
  select seq, event, at, order_id, status, o, lag(o) over own, lag(seq) over own,
    jsonb_populate_record(null::trades, data->'trade'), data
  from events window own as (partition by order_id order by seq)
$$;
