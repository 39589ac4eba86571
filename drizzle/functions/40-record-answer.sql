-- Records what the broker answered to a submit, where the stored order still waits for it; a fill or a cancel may have
-- come in between, and then only what the answer adds is written. Always returns the order as it is stored.
--
-- p: order_id, user_id, kind ('accepted' | 'rejected'), event ('accepted' | 'new'), broker_order_id, reason, message, at.
create or replace function record_answer(p jsonb) returns jsonb
language plpgsql as $$
declare
  v_at timestamptz := (p->>'at')::timestamptz;
  o orders;
begin
  perform from portfolios where user_id = (p->>'user_id')::uuid for update;
  select * into strict o from orders where id = (p->>'order_id')::uuid and user_id = (p->>'user_id')::uuid;
  o := case p->>'kind'
    when 'accepted' then accept_order(o, (p->>'event')::order_event, p->>'broker_order_id', v_at, '{}')
    when 'rejected' then reject_order(o, p->>'reason', jsonb_build_object('message', p->>'message'), v_at)
    else o end;
  return order_json(o);
end $$;

-- The venue has the order: `accepted` (queued) or `new` (working).
create or replace function accept_order(
  o orders, p_event order_event, p_broker_order_id text, p_at timestamptz, p_extra jsonb
) returns orders
language plpgsql as $$
declare
  v_first boolean := o.broker_order_id is null;
begin
  o.broker_order_id := coalesce(o.broker_order_id, p_broker_order_id);
  o.submitted_at := coalesce(o.submitted_at, p_at);
  if o.status = 'pending_new' or (o.status = 'accepted' and p_event = 'new') then
    return move_order(o, p_event, p_event::text::order_status, p_at, p_extra);
  end if;
  -- A cancel was asked for before the venue had answered: it stays pending, and returns to what the venue says now.
  if o.status = 'pending_cancel' and o.status_before in ('pending_new', 'accepted') then
    o.status_before := p_event::text::order_status;
    return store_order(o);
  end if;
  return case when v_first then store_order(o) else o end;
end $$;

create or replace function reject_order(o orders, p_reason text, p_extra jsonb, p_at timestamptz) returns orders
language plpgsql as $$
begin
  if o.status in ('pending_new', 'accepted', 'new') then
    o.rejection_reason := p_reason;
    -- Not the order but the moment was refused: a repeated request gets the same answer.
    if p_reason = 'broker_busy' then o.refusal := jsonb_build_object('code', p_reason); end if;
    return end_order(o, 'rejected', 'rejected', p_at, p_extra);
  end if;
  -- What the venue never took needs no cancel any more.
  if o.status = 'pending_cancel' and o.filled_quantity = 0 then
    o.cancel_reason := p_reason;
    return end_order(o, 'canceled', 'canceled', p_at, p_extra);
  end if;
  return o;
end $$;
