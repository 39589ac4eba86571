-- Replacing an order: a new row stands beside the old one until the venue has swapped them. The new row reserves only what
-- it needs beyond the old one; with the swap the whole reservation is its own.

-- p: order_id, user_id, session_id, version (of the old order, as the new terms were computed from it), id, client_order_id,
--    quantity (the new total, above what has filled), limit_price, stop_price, time_in_force, sent_as, reserve_price, at.
-- Answers {result, order (the old one), replacement, facts}; result: requested | replayed | conflict | denied | stale |
-- not_replaceable | not_found | unauthenticated | account_inactive.
create or replace function request_replace(p jsonb) returns jsonb
language plpgsql as $$
declare
  v_at timestamptz := (p->>'at')::timestamptz;
  v_user uuid := (p->>'user_id')::uuid;
  v_portfolio portfolios;
  v_account account_status;
  o orders;
  n orders;
  v_used orders;
  v_denial jsonb;
  v_seq bigint;
begin
  select * into v_portfolio from portfolios where user_id = v_user for update;
  if not found or not session_holds(v_user, (p->>'session_id')::uuid, v_at) then
    return jsonb_build_object('result', 'unauthenticated');
  end if;
  select standing into v_account from users where id = v_user;
  if v_account in ('suspended', 'closed') then
    return jsonb_build_object('result', 'account_inactive', 'facts', jsonb_build_object('account_status', v_account));
  end if;
  select * into o from orders where id = (p->>'order_id')::uuid and user_id = v_user;
  if not found then return jsonb_build_object('result', 'not_found'); end if;

  n := o;
  n.id := (p->>'id')::uuid;
  n.client_order_id := p->>'client_order_id';
  n.replace_total := (p->>'quantity')::numeric;
  n.quantity := n.replace_total - o.filled_quantity;
  n.limit_price := (p->>'limit_price')::numeric;
  n.stop_price := (p->>'stop_price')::numeric;
  n.time_in_force := (p->>'time_in_force')::time_in_force;
  n.sent_as := nullif(p->'sent_as', 'null'::jsonb);
  n.reserve_price := (p->>'reserve_price')::numeric;
  if n.client_order_id is not null then
    select * into v_used from orders where user_id = v_user and client_order_id = n.client_order_id;
    if found then
      return jsonb_build_object(
        'result', case when v_used.replaces = o.id and v_used.replace_total = (p->>'quantity')::numeric
          and v_used.limit_price is not distinct from n.limit_price
          and v_used.stop_price is not distinct from n.stop_price and v_used.time_in_force = n.time_in_force
          then 'replayed' else 'conflict' end,
        'order', row_json(to_jsonb(o)), 'replacement', row_json(to_jsonb(v_used)));
    end if;
  end if;
  if o.status not in ('new', 'partially_filled') then
    return jsonb_build_object('result', 'not_replaceable', 'order', row_json(to_jsonb(o)));
  end if;
  if o.version <> (p->>'version')::int then
    return jsonb_build_object('result', 'stale', 'order', row_json(to_jsonb(o)));
  end if;

  n.filled_quantity := 0;
  n.filled_value := 0;
  n.fees := 0;
  n.version := 0;
  n.status := 'pending_new';
  n.status_before := null;
  n.cancel_reason := null;
  n.replaces := o.id;
  n.replaced_by := null;
  n.created_at := v_at;
  n.reserved_amount := greatest(reservation_of_rest(n) - o.reserved_amount, 0);
  n.reserved_quantity := case when o.side = 'sell' then greatest(n.quantity - o.reserved_quantity, 0) else 0 end;
  v_denial := find_denial(n, v_portfolio, v_account, null);
  if v_denial is not null then
    return jsonb_build_object('result', 'denied', 'order', row_json(to_jsonb(o)), 'facts', v_denial);
  end if;

  o.replaced_by := n.id;
  o := move_order(o, 'pending_replace', 'pending_replace', v_at, jsonb_build_object('replaced_by', n.id));
  n := insert_order(next_version(n, v_at));
  v_seq := journal_order(n, 'pending_new', v_at, jsonb_build_object('replaces', o.id));
  perform post_ledger(v_user, v_seq, 'reserve', n.id, null, v_at, jsonb_build_array(
    jsonb_build_array('cash', 'USD', (-n.reserved_amount)::text),
    jsonb_build_array('cash_reserved', 'USD', n.reserved_amount::text),
    jsonb_build_array('qty:' || n.symbol, n.symbol, (-n.reserved_quantity)::text),
    jsonb_build_array('qty_reserved:' || n.symbol, n.symbol, n.reserved_quantity::text)));
  update positions set quantity_reserved = quantity_reserved + n.reserved_quantity, updated_at = v_at
  where user_id = v_user and symbol = n.symbol and closed_at is null and n.reserved_quantity <> 0;
  return jsonb_build_object('result', 'requested', 'order', row_json(to_jsonb(o)), 'replacement', row_json(to_jsonb(n)));
end $$;

-- Records the venue's answer to a replace, where the stored orders still wait for it. Returns {order, replacement}.
--
-- p: order_id, replacement_id, user_id, kind ('replaced' | 'requested' | 'rejected' | 'incomplete'), broker_order_id,
--    old_filled (what the old order had filled in all when it went), reason, message, at.
create or replace function record_replace(p jsonb) returns jsonb
language plpgsql as $$
declare
  v_at timestamptz := (p->>'at')::timestamptz;
  v_extra jsonb := jsonb_strip_nulls(jsonb_build_object('message', p->>'message'));
  o orders;
  n orders;
begin
  perform from portfolios where user_id = (p->>'user_id')::uuid for update;
  select * into strict o from orders where id = (p->>'order_id')::uuid and user_id = (p->>'user_id')::uuid;
  -- By its own id: a report may have refused the replace before this answer, and then the old order names none.
  select * into strict n from orders where id = (p->>'replacement_id')::uuid and replaces = o.id;
  o := note_venue_filled(o, (p->>'old_filled')::numeric);
  case p->>'kind'
    when 'replaced' then
      o := swap_replaced(o, p->>'broker_order_id', v_at, v_extra);
    when 'requested' then
      null;
    when 'rejected' then
      o := refuse_replace(o, p->>'reason', v_at, v_extra);
    when 'incomplete' then
      o := refuse_replace(o, p->>'reason', v_at, v_extra);
      if is_open(o.status) then
        o.cancel_reason := 'replace_incomplete';
        -- Over at the venue, but not before its executions are booked.
        o := case when o.venue_filled > o.filled_quantity
          then move_order(o, 'pending_cancel', 'pending_cancel', v_at, '{"by": "venue"}')
          else end_order(o, 'canceled', 'canceled', v_at, v_extra) end;
      end if;
  end case;
  select * into n from orders where id = n.id;
  -- A report may have swapped them before this answer, without the new order's id at the venue.
  if n.broker_order_id is null and p->>'broker_order_id' is not null then
    n.broker_order_id := p->>'broker_order_id';
    n := store_order(n);
  end if;
  return jsonb_build_object('order', row_json(to_jsonb(o)), 'replacement', row_json(to_jsonb(n)));
end $$;

-- The venue has put the new order in the old one's place: the reservation moves whole to the new row, what it does not
-- need goes back. Returns the old order.
create or replace function swap_replaced(o orders, p_broker_order_id text, p_at timestamptz, p_extra jsonb) returns orders
language plpgsql as $$
declare
  n orders;
  v_amount numeric;
  v_quantity numeric;
  v_seq bigint;
begin
  if o.status <> 'pending_replace' then return o; end if;
  select * into strict n from orders where id = o.replaced_by;
  v_amount := o.reserved_amount + n.reserved_amount;
  v_quantity := o.reserved_quantity + n.reserved_quantity;
  o.reserved_amount := 0;
  o.reserved_quantity := 0;
  o.status := 'replaced';
  o.status_before := null;
  o := next_version(o, p_at);
  perform journal_order(o, 'replaced', p_at, p_extra || jsonb_build_object('replaced_by', n.id));
  o := store_order(o);

  n.broker_order_id := coalesce(n.broker_order_id, p_broker_order_id);
  n.submitted_at := coalesce(n.submitted_at, p_at);
  -- A cancel of the new order that came meanwhile stays pending.
  n.status_before := case when n.status = 'pending_cancel' then 'new'::order_status end;
  n.status := case when n.status = 'pending_cancel' then n.status else 'new' end;
  n.reserved_amount := least(reservation_of_rest(n), v_amount);
  n.reserved_quantity := case when n.side = 'sell' then least(n.quantity - n.filled_quantity, v_quantity) else 0 end;
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
  return o;
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
