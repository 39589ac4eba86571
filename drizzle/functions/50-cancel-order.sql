-- Asks for the end of an order. The venue answers; until then what it holds stays held.
--
-- p: order_id, user_id, session_id or api_key_id, at. Answers {result, order}; result: pending | canceled | not_cancelable |
-- not_found | unauthenticated.
create or replace function request_cancel(p jsonb) returns jsonb
language plpgsql as $$
declare
  v_at timestamptz := (p->>'at')::timestamptz;
  v_user uuid := (p->>'user_id')::uuid;
  o orders;
begin
  perform from portfolios where user_id = v_user for update;
  if not credential_holds(p) then
    return jsonb_build_object('result', 'unauthenticated');
  end if;
  select * into o from orders where id = (p->>'order_id')::uuid and user_id = v_user;
  if not found then return jsonb_build_object('result', 'not_found'); end if;
  if o.status in ('pending_new', 'accepted', 'new', 'partially_filled') then
    o := move_order(o, 'pending_cancel', 'pending_cancel', v_at, '{"by": "client"}');
  end if;
  return jsonb_build_object(
    'result', case o.status when 'pending_cancel' then 'pending' when 'canceled' then 'canceled' else 'not_cancelable' end,
    'order', order_json(o));
end $$;

-- Records the broker's answer to a cancel: a refusal restores the status from before. Returns the order as it is stored.
--
-- p: order_id, user_id, kind ('requested' | 'refused'), message, at.
create or replace function record_cancel(p jsonb) returns jsonb
language plpgsql as $$
declare
  o orders;
begin
  perform from portfolios where user_id = (p->>'user_id')::uuid for update;
  select * into strict o from orders where id = (p->>'order_id')::uuid and user_id = (p->>'user_id')::uuid;
  if p->>'kind' = 'refused' then
    o := refuse_cancel(o, (p->>'at')::timestamptz, jsonb_build_object('message', p->>'message'));
  end if;
  return order_json(o);
end $$;

create or replace function refuse_cancel(o orders, p_at timestamptz, p_extra jsonb) returns orders
language plpgsql as $$
begin
  if o.status <> 'pending_cancel' then return o; end if;
  o.cancel_reason := null;
  return move_order(o, 'cancel_rejected', o.status_before, p_at, p_extra);
end $$;

-- Asks for the end of an order whose time is over, where the venue does not end it by itself. It ends `expired`.
--
-- p: order_id, user_id, at. Returns the order as it is stored.
create or replace function request_expiry(p jsonb) returns jsonb
language plpgsql as $$
declare
  v_at timestamptz := (p->>'at')::timestamptz;
  o orders;
begin
  perform from portfolios where user_id = (p->>'user_id')::uuid for update;
  select * into strict o from orders where id = (p->>'order_id')::uuid and user_id = (p->>'user_id')::uuid;
  if o.status in ('pending_new', 'accepted', 'new', 'partially_filled') then
    o.cancel_reason := 'time_in_force';
    o := move_order(o, 'pending_cancel', 'pending_cancel', v_at, '{"by": "time"}');
  end if;
  return order_json(o);
end $$;
