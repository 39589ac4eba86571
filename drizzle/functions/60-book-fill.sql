-- Books one execution of an order: trade, position, ledger, money and the order itself in one transaction.

-- USD a unit of a fee that was taken neither in USD nor in what was bought: the venue's price of now, as the execution
-- brings it, or the price that the order's own asset has just traded at. Null where nobody knows.
create or replace function fee_mark_of(o orders, x jsonb) returns numeric
language sql immutable as $$
  select case
    when (x->>'fee')::numeric = 0 or x->>'fee_asset' = 'USD' then null
    when x->>'fee_asset' <> split_part(o.symbol, '/', 1) then (x->>'fee_mark')::numeric
    when o.side = 'sell' then (x->>'price')::numeric
  end
$$;

drop function if exists fee_in_usd(orders, numeric, text);

-- What a fee costs in cash, rounded up on the order's cumulative fee. One in a third asset that has no mark counts
-- nothing: it is flagged for the operator, who sees it in the audit log. Before its trade is written.
create or replace function fee_in_usd(o orders, p_fee numeric, p_asset text, p_mark numeric) returns numeric
language sql stable as $$
  select case
    when p_asset <> 'USD' and p_mark is null then 0
    else round_up_8(fees_charged(o) + p_fee * coalesce(p_mark, 1)) - round_up_8(fees_charged(o)) end
$$;

-- The open holding of an order's symbol; opens one where there is none.
create or replace function holding_of(o orders, p_at timestamptz) returns positions
language sql as $$
  insert into positions (id, user_id, symbol, asset_type, quantity, cost_basis, opened_at, updated_at)
  values (new_id(p_at), o.user_id, o.symbol, o.asset_type, 0, 0, p_at, p_at)
  on conflict (user_id, symbol) where closed_at is null do update set updated_at = excluded.updated_at
  returning *
$$;

-- The cost of `p_quantity` of a holding: its part of the pool, all of it with the last unit.
create or replace function cost_of(v positions, p_quantity numeric) returns numeric
language sql immutable as $$
  select case when p_quantity >= v.quantity then v.cost_basis else part_of(v.cost_basis, p_quantity, v.quantity) end
$$;

-- Writes a holding back. One that holds nothing and owes nothing to open orders is closed.
create or replace function store_position(v positions, p_at timestamptz) returns positions
language sql as $$
  update positions set
    quantity = v.quantity, quantity_reserved = v.quantity_reserved, cost_basis = v.cost_basis,
    realized_pnl = v.realized_pnl, fees = v.fees, updated_at = p_at,
    closed_at = case when v.quantity = 0 and v.quantity_reserved = 0 then p_at end
  where id = v.id returning *
$$;

-- Opens or adds to the holding of a buy, then takes the venue's fee out of it where it was paid in the asset itself.
-- Returns the holding; `p_fee_cost` (the cost of what the fee took) is counted by the caller.
create or replace function add_to_position(
  o orders, p_quantity numeric, p_value numeric, p_fee_quantity numeric, p_at timestamptz
) returns positions
language plpgsql as $$
declare
  v positions := holding_of(o, p_at);
  -- Units that cover a shortfall are never held: their value is realized at once.
  v_covering numeric := part_of(p_value, least(p_quantity, greatest(-v.quantity, 0)), p_quantity);
  v_fee_cost numeric;
begin
  v.quantity := v.quantity + p_quantity;
  v.cost_basis := v.cost_basis + p_value - v_covering;
  v.realized_pnl := v.realized_pnl - v_covering;
  v_fee_cost := case when p_fee_quantity = 0 then 0 else cost_of(v, p_fee_quantity) end;
  v.quantity := v.quantity - p_fee_quantity;
  v.cost_basis := v.cost_basis - v_fee_cost;
  v.fees := v.fees + v_fee_cost;
  return store_position(v, p_at);
end $$;

-- Takes a sale out of the holding: its part of the cost pool, all of it with the last unit. Closes an emptied holding.
create or replace function take_from_position(
  o orders, p_quantity numeric, p_value numeric, p_from_reserved numeric, p_at timestamptz
) returns positions
language plpgsql as $$
declare
  -- A sale of what is not held (an overfill at the venue) still is a fact: it opens a holding below zero.
  v positions := holding_of(o, p_at);
  v_cost numeric := cost_of(v, p_quantity);
begin
  v.quantity := v.quantity - p_quantity;
  v.quantity_reserved := v.quantity_reserved - p_from_reserved;
  v.cost_basis := v.cost_basis - v_cost;
  v.realized_pnl := v.realized_pnl + p_value - v_cost;
  return store_position(v, p_at);
end $$;

-- `x` is the execution: {id, quantity, price, fee, fee_asset, fee_mark, liquidity, found_by}; `p_final`: the venue calls the
-- order filled.
create or replace function book_fill(o orders, x jsonb, p_broker_order_id text, p_final boolean, p_at timestamptz, p_now timestamptz)
returns orders
language plpgsql as $$
declare
  v_quantity numeric := (x->>'quantity')::numeric;
  v_price numeric := (x->>'price')::numeric;
  v_fee numeric := (x->>'fee')::numeric;
  v_fee_asset text := x->>'fee_asset';
  v_late boolean := not is_open(o.status);
  v_value numeric := round(o.filled_value + v_quantity * v_price, 8) - round(o.filled_value, 8);
  v_fee_mark numeric := fee_mark_of(o, x);
  v_fee_usd numeric := fee_in_usd(o, v_fee, v_fee_asset, v_fee_mark);
  v_fee_quantity numeric := case when o.side = 'buy' and v_fee_asset = split_part(o.symbol, '/', 1) then v_fee else 0 end;
  -- The venue had a fee in a third asset from the operator, whom the user owes its worth.
  v_fee_account text := case when v_fee_mark is null then 'fees' else 'adjustment' end;
  v_before orders := o;
  v_filled boolean;
  v_released numeric;
  v_from_reserved numeric := 0;
  v_from_replacement numeric := 0;
  v_over boolean;
  v_cost_before numeric;
  v_realized_before numeric;
  v_position positions;
  v_trade trades;
  v_seq bigint;
  v_entries jsonb;
begin
  select coalesce(sum(fees), 0), coalesce(sum(realized_pnl), 0) into v_cost_before, v_realized_before
  from positions where user_id = o.user_id and symbol = o.symbol and closed_at is null;

  o.filled_quantity := o.filled_quantity + v_quantity;
  o.filled_value := o.filled_value + v_quantity * v_price;
  -- Executions can come out of order: an order is filled when its quantity is, whatever the venue's last word said.
  v_filled := case when o.quantity is null then p_final else o.filled_quantity >= o.quantity end;

  if o.replaced_by is not null then v_from_replacement := taken_from_replacement(o); end if;
  if o.side = 'buy' then
    v_position := add_to_position(o, v_quantity, v_value, v_fee_quantity, p_now);
    v_fee_usd := v_fee_usd + v_position.fees - v_cost_before;
    o.fees := o.fees + v_fee_usd;
  else
    v_from_reserved := case when v_filled then v_before.reserved_quantity
      else least(v_quantity, v_before.reserved_quantity) end;
    o.fees := o.fees + v_fee_usd;
    o.reserved_quantity := v_before.reserved_quantity - v_from_reserved;
    v_from_reserved := v_from_reserved + v_from_replacement;
    v_position := take_from_position(o, v_quantity, v_value, v_from_reserved, p_now);
  end if;
  if v_filled then
    o.status := 'filled';
    o.status_before := null;
    o.filled_at := coalesce(o.filled_at, p_at);
    -- How many units a notional order bought is known once it has filled.
    if o.notional is not null then o.quantity := o.filled_quantity; end if;
  elsif o.status in ('pending_new', 'accepted', 'new') then
    o.status := 'partially_filled';
  elsif o.status_before in ('pending_new', 'accepted', 'new') then
    o.status_before := 'partially_filled';
  end if;
  o.broker_order_id := coalesce(o.broker_order_id, p_broker_order_id);
  o.submitted_at := coalesce(o.submitted_at, p_at);
  -- Where the venue does not tell a stop's election, its first fill does.
  if o.stop_price is not null then o.triggered_at := coalesce(o.triggered_at, p_at); end if;
  v_trade.id := new_id(p_now);
  v_trade.order_id := o.id;
  v_trade.user_id := o.user_id;
  v_trade.symbol := o.symbol;
  v_trade.asset_type := o.asset_type;
  v_trade.side := o.side;
  v_trade.quantity := v_quantity;
  v_trade.price := v_price;
  v_trade.value := v_value;
  v_trade.fee := v_fee;
  v_trade.fee_asset := v_fee_asset;
  v_trade.fee_usd := v_fee_usd;
  v_trade.fee_mark := v_fee_mark;
  v_trade.liquidity := (x->>'liquidity')::liquidity;
  v_trade.realized_pnl := v_position.realized_pnl - v_realized_before;
  v_trade.broker := o.broker;
  v_trade.broker_order_id := p_broker_order_id;
  v_trade.execution_id := x->>'id';
  v_trade.executed_at := p_at;
  v_trade.seq := 1 + (select last_seq from portfolios where user_id = o.user_id);
  insert into trades (id, order_id, user_id, symbol, asset_type, side, quantity, price, value, fee, fee_asset, fee_usd,
    fee_mark, liquidity, realized_pnl, broker, broker_order_id, execution_id, executed_at, seq)
  values (v_trade.id, v_trade.order_id, v_trade.user_id, v_trade.symbol, v_trade.asset_type, v_trade.side,
    v_trade.quantity, v_trade.price, v_trade.value, v_trade.fee, v_trade.fee_asset, v_trade.fee_usd, v_trade.fee_mark, v_trade.liquidity,
    v_trade.realized_pnl, v_trade.broker, v_trade.broker_order_id, v_trade.execution_id, v_trade.executed_at, v_trade.seq);

  if o.side = 'buy' then
    o.reserved_amount := case when v_late or v_filled then 0 else least(reservation_of_rest(o), o.reserved_amount) end;
  end if;
  v_released := v_before.reserved_amount - o.reserved_amount + case o.side when 'buy' then v_from_replacement else 0 end;
  o := next_version(o, p_now);
  o := store_order(o);

  v_seq := journal_order(o, case when v_filled then 'fill' else 'partial_fill' end::order_event, p_now,
    jsonb_build_object('trade', row_json(to_jsonb(v_trade)), 'position', row_json(to_jsonb(v_position)))
      || case when v_late then '{"late": true}'::jsonb else '{}' end
      || jsonb_strip_nulls(jsonb_build_object('found_by', x->>'found_by')));
  v_entries := case o.side
    when 'buy' then jsonb_build_array(
      jsonb_build_array('cash_reserved', 'USD', (-v_released)::text),
      jsonb_build_array('venue', 'USD', v_value::text),
      jsonb_build_array(v_fee_account, 'USD', (case when v_fee_quantity = 0 then v_fee_usd else 0 end)::text),
      jsonb_build_array('cash', 'USD', (v_released - v_value - case when v_fee_quantity = 0 then v_fee_usd else 0 end)::text),
      jsonb_build_array('qty:' || o.symbol, o.symbol, (v_quantity - v_fee_quantity)::text),
      jsonb_build_array('fees', o.symbol, v_fee_quantity::text),
      jsonb_build_array('venue', o.symbol, (-v_quantity)::text))
    else jsonb_build_array(
      jsonb_build_array('qty_reserved:' || o.symbol, o.symbol, (-v_from_reserved)::text),
      jsonb_build_array('qty:' || o.symbol, o.symbol, (v_from_reserved - v_quantity)::text),
      jsonb_build_array('venue', o.symbol, v_quantity::text),
      jsonb_build_array('cash', 'USD', (v_value - v_fee_usd)::text),
      jsonb_build_array('venue', 'USD', (-v_value)::text),
      jsonb_build_array(v_fee_account, 'USD', v_fee_usd::text)) end;
  perform post_ledger(o.user_id, v_seq, 'fill', o.id, v_trade.id, p_now, v_entries);
  update portfolios set
    fees = fees + v_fee_usd,
    realized_pnl = realized_pnl + v_position.realized_pnl - v_realized_before
  where user_id = o.user_id;

  -- What fills while a replace is under way is not to be traded again by the order that takes its place.
  if o.replaced_by is not null then perform stop_overtaken(o, p_now); end if;
  v_over := o.notional is null and o.filled_quantity > o.quantity;
  if v_late then perform audit(o.user_id, p_now, 'late_fill', jsonb_build_object('order_id', o.id, 'trade_id', v_trade.id)); end if;
  if v_over then
    perform audit(o.user_id, p_now, 'overfill', jsonb_build_object('order_id', o.id, 'trade_id', v_trade.id,
      'quantity', o.quantity::text, 'filled_quantity', o.filled_quantity::text));
  end if;
  if v_fee <> 0 and v_fee_asset <> 'USD' and v_fee_quantity = 0 then
    perform audit(o.user_id, p_now, case when v_fee_mark is null then 'fee_unpriced' else 'fee_marked' end, jsonb_build_object(
      'order_id', o.id, 'trade_id', v_trade.id, 'fee', v_fee::text, 'asset', v_fee_asset, 'mark', v_fee_mark::text,
      'fee_usd', v_fee_usd::text));
  end if;
  -- Nothing is left that could be replaced.
  if v_filled and v_before.status = 'pending_replace' then
    perform refuse_replace(o, 'order_filled', p_now, '{}');
  end if;
  perform settle_restriction(o.user_id, p_now);
  return o;
end $$;
