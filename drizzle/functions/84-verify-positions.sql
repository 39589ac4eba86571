-- Holdings, rebuilt from the trades that the journal tells and the quantities that the ledger holds.

-- `p_amount * p_part / p_whole` at eight decimals, halves up; all three are at least zero.
create or replace function share_of(p_amount numeric, p_part numeric, p_whole numeric) returns numeric
language sql immutable as $$
  select (div(a, p_whole) + case when 2 * mod(a, p_whole) >= p_whole then 1 else 0 end) / 1e8
  from (select p_amount * p_part * 1e8 as a) scaled
$$;

-- A holding after each event that touched it. `realized_step` and `fees_step` are what the event added for the account.
create or replace function rebuild_holdings(p_user uuid)
returns table (symbol text, seq bigint, event text, at timestamptz, holding uuid, quantity numeric, reserved numeric,
  cost numeric, realized numeric, fees numeric, opened_at timestamptz, closed_at timestamptz, realized_step numeric,
  fees_step numeric, told positions)
language plpgsql stable as $$
declare
  e record;
  t trades;
  v_cost numeric;
  v_units numeric;
  v_before numeric;
begin
  for e in
    with moved as (
      select x.seq, n.asset, sum(n.amount) as units, sum(n.amount) filter (where n.account like 'qty\_reserved:%') as held
      from ledger_transactions x join ledger_entries n on n.transaction_id = x.id
      where x.user_id = p_user and n.account like 'qty%' group by x.seq, n.asset
    ), booked as (
      select j.seq, j.data->'trade'->>'symbol' as asset from account_events j
      where j.user_id = p_user and j.event in ('fill', 'partial_fill', 'restated')
    )
    select asset, j.seq as n, j.event as what, j.at as when_, coalesce(m.units, 0) as units, coalesce(m.held, 0) as held,
      case when b.asset is not null then j.data end as data
    from moved m full join booked b using (seq, asset)
    join account_events j on j.user_id = p_user and j.seq = coalesce(m.seq, b.seq)
    order by asset, j.seq
  loop
    if symbol is distinct from e.asset or closed_at is not null then
      holding := null;
      quantity := 0; reserved := 0; cost := 0; realized := 0; fees := 0;
      opened_at := e.when_;
      closed_at := null;
    end if;
    symbol := e.asset; seq := e.n; event := e.what; at := e.when_;
    realized_step := 0; fees_step := 0; told := null;
    if e.data is not null then
      t := jsonb_populate_record(null::trades, e.data->'trade');
      told := jsonb_populate_record(null::positions, e.data->'position');
      holding := coalesce(holding, told.id);
      v_before := realized;
      v_units := case when t.side = 'buy' and t.fee_asset = split_part(t.symbol, '/', 1) then t.fee else 0 end;
      if e.what = 'restated' then
        fees_step := -t.fee_usd;
        if t.side = 'buy' then
          v_cost := case when v_units > 0 then t.value - t.fee_usd else t.value end;
          realized := realized + v_cost;
          v_cost := case when quantity <= t.quantity - v_units then cost else least(v_cost, cost) end;
          realized := realized - v_cost;
          cost := cost - v_cost;
          fees := fees - case when v_units > 0 then t.fee_usd else 0 end;
          quantity := quantity - t.quantity + v_units;
        else
          v_cost := t.value - t.realized_pnl;
          realized := realized - t.realized_pnl;
          if quantity < 0 then
            -- The purchase of these was taken back before: what covers a shortfall is never held.
            realized := realized - share_of(v_cost, least(t.quantity, -quantity), t.quantity);
            v_cost := v_cost - share_of(v_cost, least(t.quantity, -quantity), t.quantity);
          end if;
          cost := cost + v_cost;
          quantity := quantity + t.quantity;
        end if;
      else
        fees_step := t.fee_usd;
        if t.side = 'buy' then
          -- What covers a shortfall is never held.
          v_cost := case when quantity < 0 then share_of(t.value, least(t.quantity, -quantity), t.quantity) else 0 end;
          realized := realized - v_cost;
          cost := cost + t.value - v_cost;
          quantity := quantity + t.quantity;
          v_cost := case when v_units = 0 then 0 when v_units >= quantity then cost
            else share_of(cost, v_units, quantity) end;
          cost := cost - v_cost;
          fees := fees + v_cost;
          quantity := quantity - v_units;
        else
          v_cost := case when t.quantity >= quantity then cost else share_of(cost, t.quantity, quantity) end;
          cost := cost - v_cost;
          realized := realized + t.value - v_cost;
          quantity := quantity - t.quantity;
        end if;
      end if;
      realized_step := realized - v_before;
    elsif e.what = 'reset' then
      quantity := 0;
      cost := 0;
    end if;
    reserved := reserved + e.held;
    if quantity = 0 and reserved = 0 then closed_at := e.when_; end if;
    return next;
  end loop;
end $$;

create or replace function verify_positions(p_user uuid) returns table (name text, expected text, actual text, faults jsonb)
language sql stable as $$
  with steps as materialized (
    select *, min(seq) over (partition by holding) as since,
      case when symbol like '%/%' then 'crypto' else 'stock' end as asset_type
    from rebuild_holdings(p_user)
  ),
  last as (select distinct on (holding) * from steps order by holding, seq desc),
  of_positions as materialized (
    select coalesce(p.id, l.holding) as id, coalesce(p.symbol, l.symbol) as symbol, l.since, l.seq, case
      when p.id is null or l.symbol is null then jsonb_build_object('row', p.id is not null, 'journal', l.symbol is not null)
      else differences(to_jsonb(p), to_jsonb(p) || jsonb_build_object(
        'user_id', p_user, 'symbol', l.symbol, 'asset_type', l.asset_type,
        'quantity', l.quantity, 'quantity_reserved', l.reserved, 'cost_basis', l.cost, 'realized_pnl', l.realized,
        'fees', l.fees,
        'opened_at', l.opened_at, 'closed_at', l.closed_at, 'updated_at', l.at), '{}') end as wrong
    from (select * from positions where user_id = p_user) p full join last l on l.holding = p.id
  ),
  of_events as materialized (
    select s.seq, s.since, s.symbol, coalesce(
      differences(to_jsonb(told), to_jsonb(told) || jsonb_build_object(
        'id', s.holding, 'user_id', p_user, 'symbol', s.symbol, 'asset_type', s.asset_type, 'quantity', s.quantity,
        'quantity_reserved', s.reserved, 'cost_basis', s.cost, 'realized_pnl', s.realized, 'fees', s.fees,
        'average_entry_price', case when s.quantity > 0 then round(s.cost / s.quantity, 8) end,
        'opened_at', s.opened_at, 'closed_at', s.closed_at, 'updated_at', s.at), '{}'),
      case when t.seq is not null then differences(jsonb_build_object('realized_pnl', t.realized_pnl),
        jsonb_build_object('realized_pnl', s.realized_step), '{}') end) as wrong
    from steps s left join trades t on t.user_id = p_user and t.seq = s.seq and s.event <> 'restated'
    where (told).id is not null
  ),
  -- The two ways to count units: by trades, and by the ledger.
  counted as materialized (
    select symbol, coalesce(h.quantity, 0) as held, coalesce(h.reserved, 0) as reserved, coalesce(l.units, 0) as units,
      coalesce(l.in_orders, 0) as in_orders, coalesce(o.reserved, 0) as by_orders
    from (
      select symbol, quantity, quantity_reserved as reserved from positions where user_id = p_user and closed_at is null
    ) h
    full join (
      select asset as symbol, sum(amount) as units, sum(amount) filter (where account like 'qty\_reserved:%') as in_orders
      from ledger_entries where user_id = p_user and account like 'qty%' group by asset
    ) l using (symbol)
    full join (
      select symbol, sum(reserved_quantity) as reserved from orders where user_id = p_user group by symbol
    ) o using (symbol)
  )
  select 'positions_rebuild', count(*)::text, (count(*) filter (where wrong is null))::text,
    jsonb_agg(jsonb_build_object(
      'table', 'positions', 'id', id, 'symbol', symbol, 'since', since, 'seq', seq, 'wrong', wrong))
      filter (where wrong is not null)
  from of_positions
  union all
  select 'positions_in_events_rebuild', count(*)::text, (count(*) filter (where wrong is null))::text,
    jsonb_agg(jsonb_build_object(
      'table', 'account_events', 'seq', seq, 'since', since, 'symbol', symbol, 'wrong', wrong))
      filter (where wrong is not null)
  from of_events
  union all
  select 'position_quantities', '0', (count(*) filter (where held <> units or reserved <> in_orders))::text,
    jsonb_agg(jsonb_build_object('table', 'positions', 'symbol', symbol, 'held', held, 'in_ledger', units,
      'reserved', reserved, 'reserved_in_ledger', in_orders)) filter (where held <> units or reserved <> in_orders)
  from counted
  union all
  select 'quantities_reserved_by_orders', '0', (count(*) filter (where reserved <> by_orders))::text,
    jsonb_agg(jsonb_build_object('table', 'orders', 'symbol', symbol, 'reserved', reserved, 'by_orders', by_orders))
      filter (where reserved <> by_orders)
  from counted
$$;
