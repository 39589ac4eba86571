-- Steps that the order functions share. The caller has locked the portfolio row and holds the order's current row.

-- What row_json says of an order, for a fifth of its cost: every order is told so three times on its way to its answer. A test
-- holds the two against each other.
create or replace function order_json(o orders) returns jsonb
language sql stable as $$
  select to_jsonb(o) || jsonb_build_object(
    'quantity', o.quantity::text, 'notional', o.notional::text, 'limit_price', o.limit_price::text,
    'stop_price', o.stop_price::text, 'filled_quantity', o.filled_quantity::text, 'filled_value', o.filled_value::text,
    'filled_avg_price', o.filled_avg_price::text, 'venue_filled', o.venue_filled::text,
    'reserve_price', o.reserve_price::text, 'fee_rate', o.fee_rate::text, 'reserved_amount', o.reserved_amount::text,
    'reserved_quantity', o.reserved_quantity::text, 'fees', o.fees::text, 'close_share', o.close_share::text,
    'replace_total', o.replace_total::text, 'version', o.version::text)
$$;

-- The message of an order event: the order as it is now, with the trade and position where there are any.
create or replace function order_event_data(p_order orders, p_extra jsonb) returns jsonb
language sql stable as $$
  select jsonb_build_object('order', order_json(p_order)) || p_extra
$$;

-- The order as its next version.
create or replace function next_version(o orders, p_at timestamptz) returns orders
language plpgsql as $$
begin
  o.version := o.version + 1;
  o.updated_at := p_at;
  return o;
end $$;

-- Journals one event of an order, given as it is after the event. Returns the event's seq.
create or replace function journal_order(o orders, p_event order_event, p_at timestamptz, p_extra jsonb) returns bigint
language sql as $$
  select append_event(o.user_id, 'order', p_event::text, o.id, o.status, p_at, order_event_data(o, p_extra))
$$;

-- Writes back what may change after an order was placed. Identity and terms are not among it.
create or replace function store_order(o orders) returns orders
language plpgsql as $$
declare
  v orders;
begin
  update orders set
    quantity = o.quantity, filled_quantity = o.filled_quantity, filled_value = o.filled_value,
    venue_filled = o.venue_filled, status = o.status, status_before = o.status_before,
    rejection_reason = o.rejection_reason, refusal = o.refusal, cancel_reason = o.cancel_reason,
    reserved_amount = o.reserved_amount, reserved_quantity = o.reserved_quantity, fees = o.fees,
    broker_order_id = o.broker_order_id, replaces = o.replaces, replaced_by = o.replaced_by, version = o.version,
    submitted_at = o.submitted_at, triggered_at = o.triggered_at, filled_at = o.filled_at,
    cancelled_at = o.cancelled_at, expired_at = o.expired_at, updated_at = o.updated_at
  where id = o.id returning * into v;
  return v;
end $$;

-- Keeps what a venue says has filled in all, where that is more than was booked: until those executions are, the link asks
-- for them, whatever the order's status is.
create or replace function note_venue_filled(o orders, p_filled numeric) returns orders
language plpgsql as $$
begin
  if p_filled > greatest(o.filled_quantity, coalesce(o.venue_filled, 0)) then
    o.venue_filled := p_filled;
    return store_order(o);
  end if;
  return o;
end $$;

-- The ledger entries that give a whole reservation back.
create or replace function release_entries(o orders) returns jsonb
language sql immutable as $$
  select jsonb_build_array(
    jsonb_build_array('cash_reserved', 'USD', (-o.reserved_amount)::text),
    jsonb_build_array('cash', 'USD', o.reserved_amount::text),
    jsonb_build_array('qty_reserved:' || o.symbol, o.symbol, (-o.reserved_quantity)::text),
    jsonb_build_array('qty:' || o.symbol, o.symbol, o.reserved_quantity::text))
$$;

-- Ends an order without a fill: releases what it held, journals `p_event`, stores it.
create or replace function end_order(o orders, p_event order_event, p_status order_status, p_at timestamptz, p_extra jsonb)
returns orders
language plpgsql as $$
declare
  v_seq bigint;
  v_release jsonb := release_entries(o);
begin
  update positions set
    quantity_reserved = quantity_reserved - o.reserved_quantity,
    closed_at = case when quantity = 0 and quantity_reserved = o.reserved_quantity then p_at end,
    updated_at = p_at
  where user_id = o.user_id and symbol = o.symbol and closed_at is null and o.reserved_quantity <> 0;
  o.reserved_amount := 0;
  o.reserved_quantity := 0;
  o.status := p_status;
  o.status_before := null;
  if p_status = 'canceled' then o.cancelled_at := p_at; end if;
  if p_status = 'expired' then o.expired_at := p_at; end if;
  o := next_version(o, p_at);
  v_seq := journal_order(o, p_event, p_at, p_extra);
  perform post_ledger(o.user_id, v_seq, 'release', o.id, null, p_at, v_release);
  o := store_order(o);
  perform settle_restriction(o.user_id, p_at);
  return o;
end $$;

-- Moves an open order to another open status.
create or replace function move_order(o orders, p_event order_event, p_status order_status, p_at timestamptz, p_extra jsonb)
returns orders
language plpgsql as $$
begin
  o.status_before := case when p_status in ('pending_cancel', 'pending_replace') then o.status end;
  o.status := p_status;
  o := next_version(o, p_at);
  perform journal_order(o, p_event, p_at, p_extra);
  return store_order(o);
end $$;

-- What a buy reserves. Value and fee are rounded each, as they will be booked: never short by a unit.
create or replace function reservation_for(p_quantity numeric, p_price numeric, p_fee_rate numeric) returns numeric
language sql immutable as $$
  select round_up_8(p_quantity * p_price) + round_up_8(p_quantity * p_price * p_fee_rate)
$$;

-- The unrounded sum of the fees that an order has paid in USD or at a mark.
create or replace function fees_charged(o orders) returns numeric
language sql stable as $$
  select coalesce(sum(fee * case fee_asset when 'USD' then 1 else fee_mark end), 0)
  from trades where order_id = o.id and voided_at is null
$$;

-- What an order shall trade in all. One that has taken another's place shares its total with what that one has filled,
-- which may have grown since the quantity was told to the venue; at least zero.
create or replace function wanted_of(o orders, p_old_filled numeric) returns numeric
language sql immutable as $$
  select case when o.replaces is null then o.quantity else greatest(least(o.quantity, o.replace_total - p_old_filled), 0) end
$$;

-- What the rest of a buy still reserves, by the rule it was placed with. After its trade is written.
create or replace function reservation_of_rest(o orders) returns numeric
language sql stable as $$
  select case
    when o.side = 'sell' then 0
    when o.notional is not null then greatest(o.notional - round(o.filled_value, 8) - round_up_8(fees_charged(o)), 0)
    else reservation_for(greatest(
      wanted_of(o, (select filled_quantity from orders where id = o.replaces)) - o.filled_quantity, 0), o.reserve_price, o.fee_rate)
  end
$$;
