-- Orders and trades, rebuilt: an order is what its last event shows, a trade what the event that booked it shows.

create or replace function verify_orders(p_user uuid) returns table (name text, expected text, actual text, faults jsonb)
language sql stable as $$
  with history as materialized (select * from order_history(p_user)),
  last as (
    select *, held_before(o, seq, 9223372036854775807) as held
    from (select distinct on (order_id) * from history order by order_id, seq desc) l
  ),
  stored as materialized (select * from orders where user_id = p_user),
  of_orders as materialized (
    select coalesce(s.id, l.order_id) as id, l.seq, case
      when s.id is null or l.order_id is null
        then jsonb_build_object('row', s.id is not null, 'journal', l.order_id is not null)
      else differences(to_jsonb(s), to_jsonb(l.o) || jsonb_build_object(
        'reserved_amount', case (l.o).side when 'buy' then l.held else 0 end,
        'reserved_quantity', case (l.o).side when 'sell' then l.held else 0 end,
        'broker_order_id', coalesce((l.o).broker_order_id, s.broker_order_id),
        'submitted_at', coalesce((l.o).submitted_at, s.submitted_at),
        'status_before', case when may_become((l.o).status_before, s.status_before) then s.status_before
          else (l.o).status_before end),
        -- What the venue has counted has no event: it is what executions are still asked for by.
        '{venue_filled}') end as wrong
    from stored s full join last l on l.order_id = s.id
  ),
  booked as (select * from history where event in ('fill', 'partial_fill')),
  taken_back as (select seq, (t).id as id, at, t from history where event = 'restated'),
  of_trades as materialized (
    select coalesce(s.id, (b.t).id) as id, b.seq, v.seq as taken_back_by, case
      when s.id is null or b.seq is null then jsonb_build_object('row', s.id is not null, 'journal', b.seq is not null)
      else coalesce(
        differences(to_jsonb(s), to_jsonb(b.t) || jsonb_build_object('voided_at', v.at), '{}'),
        case when v.seq is not null then
          differences(to_jsonb(v.t), to_jsonb(b.t) || jsonb_build_object('voided_at', v.at), '{}') end,
        differences(
          jsonb_build_object('order_id', s.order_id, 'user_id', s.user_id, 'symbol', s.symbol, 'asset_type', s.asset_type,
            'side', s.side, 'broker', s.broker, 'broker_order_id', s.broker_order_id, 'seq', s.seq, 'value', s.value),
          jsonb_build_object('order_id', b.order_id, 'user_id', p_user, 'symbol', (b.o).symbol,
            'asset_type', (b.o).asset_type, 'side', (b.o).side, 'broker', (b.o).broker,
            'broker_order_id', (b.o).broker_order_id, 'seq', b.seq,
            'value', round((b.o).filled_value, 8) - round((b.p).filled_value, 8)), '{}')) end as wrong
    from (select * from trades where user_id = p_user) s full join booked b on (b.t).id = s.id
    left join taken_back v on v.id = s.id
  ),
  sums as (
    select s.id,
      jsonb_build_object('filled_quantity', s.filled_quantity, 'filled_value', s.filled_value, 'fees', s.fees) as found,
      jsonb_build_object('filled_quantity', coalesce(sum(t.quantity), 0),
        'filled_value', coalesce(sum(t.quantity * t.price), 0), 'fees', coalesce(sum(t.fee_usd), 0)) as due
    from stored s left join trades t on t.order_id = s.id and t.voided_at is null
    group by s.id, s.filled_quantity, s.filled_value, s.fees
  ),
  compared as materialized (select id, differences(found, due, '{}') as wrong from sums)
  select 'orders_rebuild', count(*)::text, (count(*) filter (where wrong is null))::text,
    jsonb_agg(jsonb_build_object('table', 'orders', 'id', id, 'seq', seq, 'wrong', wrong)) filter (where wrong is not null)
  from of_orders
  union all
  select 'trades_rebuild', count(*)::text, (count(*) filter (where wrong is null))::text,
    jsonb_agg(jsonb_build_object('table', 'trades', 'id', id, 'seq', seq, 'taken_back_by', taken_back_by, 'wrong', wrong))
      filter (where wrong is not null)
  from of_trades
  union all
  select 'trades_make_filled_quantity', count(*)::text, (count(*) filter (where wrong is null))::text,
    jsonb_agg(jsonb_build_object('table', 'orders', 'id', id, 'wrong', wrong)) filter (where wrong is not null)
  from compared
$$;
