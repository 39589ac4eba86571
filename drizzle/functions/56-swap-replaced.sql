-- One order in the place of another. The new one works from the venue's first word of it; the old one is over when the venue
-- has told of its end. Where the two come to more than was asked for, the new one is canceled.

drop function if exists swap_replaced(orders, text, timestamptz, jsonb);

-- The new order works: the whole reservation is its own now, what it does not need goes back. `p_is_told`: the venue has
-- told of the old one's end, and with it what that had filled. Where the new one was heard of first, the old one stays
-- open, so that the link asks about it. Returns the old order. Safe to repeat.
create or replace function swap_replaced(
  o orders, p_broker_order_id text, p_is_told boolean, p_at timestamptz, p_extra jsonb
) returns orders
language plpgsql as $$
declare
  n orders;
  v_amount numeric := o.reserved_amount;
  v_quantity numeric := o.reserved_quantity;
  v_seq bigint;
begin
  if o.status <> 'pending_replace' then return o; end if;
  select * into strict n from orders where id = o.replaced_by;
  if not works_already(n) then
    o.reserved_amount := 0;
    o.reserved_quantity := 0;
  end if;
  if p_is_told then
    o.status := 'replaced';
    o.status_before := null;
    o := next_version(o, p_at);
    perform journal_order(o, 'replaced', p_at, p_extra || jsonb_build_object('replaced_by', n.id));
  end if;
  o := store_order(o);
  if not works_already(n) then
    v_amount := v_amount + n.reserved_amount;
    v_quantity := v_quantity + n.reserved_quantity;
    n.broker_order_id := coalesce(n.broker_order_id, p_broker_order_id);
    n.submitted_at := p_at;
    -- A cancel of the new order that came meanwhile stays pending.
    n.status_before := case when n.status = 'pending_cancel' then 'new'::order_status end;
    n.status := case when n.status = 'pending_cancel' then n.status else 'new' end;
    n.reserved_amount := least(reservation_of_rest(n), v_amount);
    n.reserved_quantity := case when n.side = 'sell' then least(wanted_of(n, o.filled_quantity), v_quantity) else 0 end;
    n := next_version(n, p_at);
    v_seq := journal_order(n, 'new', p_at, p_extra || jsonb_build_object('replaces', o.id));
    perform post_ledger(n.user_id, v_seq, 'release', n.id, null, p_at, jsonb_build_array(
      jsonb_build_array('cash_reserved', 'USD', (n.reserved_amount - v_amount)::text),
      jsonb_build_array('cash', 'USD', (v_amount - n.reserved_amount)::text),
      jsonb_build_array('qty_reserved:' || n.symbol, n.symbol, (n.reserved_quantity - v_quantity)::text),
      jsonb_build_array('qty:' || n.symbol, n.symbol, (v_quantity - n.reserved_quantity)::text)));
    update positions set quantity_reserved = quantity_reserved + n.reserved_quantity - v_quantity, updated_at = p_at
    where user_id = n.user_id and symbol = n.symbol and closed_at is null and n.reserved_quantity <> v_quantity;
    perform store_order(n);
  end if;
  perform stop_overtaken(o, p_at);
  return o;
end $$;

-- Whether the venue has already been heard of a new order: until then the old one holds the reservation.
create or replace function works_already(n orders) returns boolean
language sql immutable as $$
  select n.submitted_at is not null
$$;

-- The old order had filled more than the new one was cut down to: at the venue, the new one would trade that much too
-- much. A canceled order trades too little, which its user can mend; what was bought too much is bought.
create or replace function stop_overtaken(o orders, p_at timestamptz) returns void
language plpgsql as $$
declare
  n orders;
  v_excess numeric;
begin
  select * into n from orders where id = o.replaced_by;
  if not found or n.status not in ('accepted', 'new', 'partially_filled') then return; end if;
  v_excess := n.quantity - wanted_of(n, greatest(o.filled_quantity, o.venue_filled));
  if v_excess <= 0 then return; end if;
  n.cancel_reason := 'replace_overtaken';
  n := move_order(n, 'pending_cancel', 'pending_cancel', p_at, jsonb_build_object('by', 'platform', 'excess', v_excess::text));
  perform audit(n.user_id, p_at, 'replace_overtaken',
    jsonb_build_object('order_id', n.id, 'replaces', o.id, 'excess', v_excess::text));
end $$;

-- What the new order holds for the part of its total that the old one (as it is after the fill) has just traded: that
-- pays for the fill. Takes it off the new order and returns it: USD of a buy, units of a sell.
create or replace function taken_from_replacement(o orders) returns numeric
language plpgsql as $$
declare
  n orders;
  v_rest numeric;
  v_taken numeric;
begin
  select * into n from orders where id = o.replaced_by;
  if not found or not is_open(n.status) or not works_already(n) then return 0; end if;
  v_rest := greatest(wanted_of(n, o.filled_quantity) - n.filled_quantity, 0);
  v_taken := case n.side
    when 'buy' then greatest(n.reserved_amount - reservation_for(v_rest, n.reserve_price, n.fee_rate), 0)
    else greatest(n.reserved_quantity - v_rest, 0) end;
  update orders set
    reserved_amount = reserved_amount - case n.side when 'buy' then v_taken else 0 end,
    reserved_quantity = reserved_quantity - case n.side when 'sell' then v_taken else 0 end
  where id = n.id;
  return v_taken;
end $$;

-- The old order stands as it was, the new one is rejected. Where the old one has ended meanwhile only the new one is told.
create or replace function refuse_replace(o orders, p_reason text, p_at timestamptz, p_extra jsonb) returns orders
language plpgsql as $$
declare
  n orders;
begin
  select * into n from orders where id = o.replaced_by;
  if o.status = 'pending_replace' then
    o.replaced_by := null;
    o := move_order(o, 'replace_rejected', o.status_before, p_at, p_extra);
  end if;
  if n.status = 'pending_new' then
    n.rejection_reason := coalesce(p_reason, 'venue_rejected');
    perform end_order(n, 'rejected', 'rejected', p_at, p_extra);
  end if;
  return o;
end $$;
