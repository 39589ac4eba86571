-- Takes an execution back that the venue has busted, and books the corrected one in its place where there is one. What the
-- execution did to money and holding is undone at its own numbers; what was done with either since then stands.
--
-- `p_restates` is the execution taken back, `x` the corrected one or null. Returns null where the execution is not known.
create or replace function restate_fill(
  o orders, p_restates text, x jsonb, p_broker_order_id text, p_at timestamptz, p_now timestamptz, p_extra jsonb
) returns orders
language plpgsql as $$
declare
  t trades;
  h positions;
  v_before orders := o;
  v_fee_quantity numeric;
  v_fee_cash numeric;
  v_fee_account text;
  v_cost numeric;
  v_covering numeric;
  v_reserve numeric := 0;
  v_seq bigint;
begin
  select * into t from trades
  where broker = o.broker and broker_order_id = p_broker_order_id and execution_id = p_restates and order_id = o.id;
  if not found then return null; end if;
  if t.voided_at is not null then return o; end if;
  update trades set voided_at = p_now where id = t.id returning * into t;

  v_fee_quantity := case when t.side = 'buy' and t.fee_asset = split_part(t.symbol, '/', 1) then t.fee else 0 end;
  v_fee_cash := case when v_fee_quantity = 0 then t.fee_usd else 0 end;
  v_fee_account := case when t.fee_mark is null then 'fees' else 'adjustment' end;
  -- The holding may have been sold since then: what is left of its cost goes, the rest was realized too well.
  insert into positions (id, user_id, symbol, asset_type, quantity, cost_basis, opened_at, updated_at)
  values (new_id(p_now), o.user_id, o.symbol, o.asset_type, 0, 0, p_now, p_now)
  on conflict (user_id, symbol) where closed_at is null do update set updated_at = excluded.updated_at
  returning * into h;
  if t.side = 'buy' then
    v_cost := t.value - (t.fee_usd - v_fee_cash);
    v_cost := case when h.quantity <= t.quantity - v_fee_quantity then h.cost_basis else least(v_cost, h.cost_basis) end;
    update positions set
      quantity = quantity - (t.quantity - v_fee_quantity),
      cost_basis = cost_basis - v_cost,
      fees = fees - (t.fee_usd - v_fee_cash),
      realized_pnl = realized_pnl + t.value - (t.fee_usd - v_fee_cash) - v_cost
    where id = h.id returning * into h;
    update portfolios set
      fees = fees - t.fee_usd, realized_pnl = realized_pnl + t.value - (t.fee_usd - v_fee_cash) - v_cost
    where user_id = o.user_id;
  else
    v_cost := t.value - t.realized_pnl;
    -- As with a buy, units that cover a shortfall are never held: the purchase they came from was taken back before.
    v_covering := part_of(v_cost, least(t.quantity, greatest(-h.quantity, 0)), t.quantity);
    update positions set
      quantity = quantity + t.quantity,
      cost_basis = cost_basis + v_cost - v_covering,
      realized_pnl = realized_pnl - t.realized_pnl - v_covering
    where id = h.id returning * into h;
    update portfolios set fees = fees - t.fee_usd, realized_pnl = realized_pnl - t.realized_pnl - v_covering
    where user_id = o.user_id;
  end if;

  o.filled_quantity := o.filled_quantity - t.quantity;
  o.filled_value := o.filled_value - t.quantity * t.price;
  -- Counted before this was taken back.
  o.venue_filled := null;
  o.fees := o.fees - t.fee_usd;
  -- An order that still works trades that much again.
  if is_open(o.status) and o.side = 'buy' then
    o.reserved_amount := reservation_of_rest(o);
  elsif is_open(o.status) and o.quantity is not null then
    o.reserved_quantity := o.quantity - o.filled_quantity;
    v_reserve := o.reserved_quantity - v_before.reserved_quantity;
    update positions set quantity_reserved = quantity_reserved + v_reserve where id = h.id returning * into h;
  end if;
  if h.quantity = 0 and h.quantity_reserved = 0 then
    update positions set closed_at = p_now where id = h.id returning * into h;
  end if;
  o := next_version(o, p_now);
  o := store_order(o);
  v_seq := journal_order(o, 'restated', p_now, p_extra
    || jsonb_build_object('trade', row_json(to_jsonb(t)), 'position', row_json(to_jsonb(h))));
  perform post_ledger(o.user_id, v_seq, 'restate', o.id, t.id, p_now, case t.side
    when 'buy' then jsonb_build_array(
      jsonb_build_array('cash', 'USD', (t.value + v_fee_cash - (o.reserved_amount - v_before.reserved_amount))::text),
      jsonb_build_array('cash_reserved', 'USD', (o.reserved_amount - v_before.reserved_amount)::text),
      jsonb_build_array('venue', 'USD', (-t.value)::text),
      jsonb_build_array(v_fee_account, 'USD', (-v_fee_cash)::text),
      jsonb_build_array('qty:' || o.symbol, o.symbol, (v_fee_quantity - t.quantity)::text),
      jsonb_build_array('fees', o.symbol, (-v_fee_quantity)::text),
      jsonb_build_array('venue', o.symbol, t.quantity::text))
    else jsonb_build_array(
      jsonb_build_array('cash', 'USD', (t.fee_usd - t.value)::text),
      jsonb_build_array('venue', 'USD', t.value::text),
      jsonb_build_array(v_fee_account, 'USD', (-t.fee_usd)::text),
      jsonb_build_array('qty:' || o.symbol, o.symbol, (t.quantity - v_reserve)::text),
      jsonb_build_array('qty_reserved:' || o.symbol, o.symbol, v_reserve::text),
      jsonb_build_array('venue', o.symbol, (-t.quantity)::text)) end);
  perform audit(o.user_id, p_now, 'restated', jsonb_build_object('order_id', o.id, 'trade_id', t.id, 'correction', x));
  perform settle_restriction(o.user_id, p_now);
  if x is null or exists (select from trades where broker = o.broker and broker_order_id = p_broker_order_id
    and execution_id = x->>'id') then return o; end if;
  return book_fill(o, x, p_broker_order_id, false, p_at, p_now);
end $$;
