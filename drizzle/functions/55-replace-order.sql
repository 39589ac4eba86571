-- Replacing an order: a new row stands beside the old one until the venue has swapped them. The new row reserves only what
-- it needs beyond the old one; with the swap the whole reservation is its own.

-- p: order_id, user_id, session_id or api_key_id, version (of the old order, as the new terms were computed from it), id, client_order_id,
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
  if not found or not credential_holds(p) then
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
        'order', order_json(o), 'replacement', order_json(v_used));
    end if;
  end if;
  if o.status not in ('new', 'partially_filled') then
    return jsonb_build_object('result', 'not_replaceable', 'order', order_json(o));
  end if;
  if o.version <> (p->>'version')::int then
    return jsonb_build_object('result', 'stale', 'order', order_json(o));
  end if;

  n.filled_quantity := 0;
  n.filled_value := 0;
  n.fees := 0;
  n.version := 0;
  n.status := 'pending_new';
  n.status_before := null;
  n.cancel_reason := null;
  n.close_share := null;
  n.replaces := o.id;
  n.replaced_by := null;
  n.created_at := v_at;
  n.reserved_amount := greatest(reservation_of_rest(n) - o.reserved_amount, 0);
  n.reserved_quantity := case when o.side = 'sell' then greatest(n.quantity - o.reserved_quantity, 0) else 0 end;
  v_denial := find_denial(n, v_portfolio, v_account, null);
  if v_denial is not null then
    return jsonb_build_object('result', 'denied', 'order', order_json(o), 'facts', v_denial);
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
  return jsonb_build_object('result', 'requested', 'order', order_json(o), 'replacement', order_json(n));
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
      o := swap_replaced(o, p->>'broker_order_id', true, v_at, v_extra);
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
  return jsonb_build_object('order', order_json(o), 'replacement', order_json(n));
end $$;
