-- Books what a venue reports about its orders: each execution once, in any order of arrival, users locked in id order.
--
-- p: broker, at (now), reports: [{order_id, broker_order_id, event, execution, reason, venue_status, found_by, at}].
-- Answers {user_ids: whose journal grew, booked: how many reports made it grow, repaired: how many of those had to be asked
-- for, unknown: order ids we do not have, illegal: [{order_id, status, event}],
-- overtaken: orders that the platform itself has to cancel now}.
create or replace function apply_executions(p jsonb) returns jsonb
language plpgsql as $$
declare
  v_now timestamptz := (p->>'at')::timestamptz;
  v_report jsonb;
  v_grown uuid[] := '{}';
  v_repaired int := 0;
  v_unknown jsonb := '[]';
  v_illegal jsonb := '[]';
  o orders;
  v_after orders;
begin
  perform from portfolios where user_id in (
    select o2.user_id from orders o2
    where o2.id in (select (r->>'order_id')::uuid from jsonb_array_elements(p->'reports') r)
  ) order by user_id for update;

  for v_report in select r from jsonb_array_elements(p->'reports') with ordinality as x(r, n) order by n loop
    select * into o from orders where id = (v_report->>'order_id')::uuid and broker = (p->>'broker')::venue;
    if not found then
      v_unknown := v_unknown || jsonb_build_array(v_report->>'order_id');
      continue;
    end if;
    v_after := apply_report(o, v_report, v_now);
    if v_after is null then
      v_illegal := v_illegal || jsonb_build_object('order_id', o.id, 'status', o.status, 'event', v_report->>'event');
      -- Once: whoever asks the venue again and again hears the same again and again.
      if not exists (select from audit_log where user_id = o.user_id and action = 'illegal_transition'
        and data @> jsonb_build_object('order_id', o.id, 'status', o.status, 'event', v_report->>'event')) then
        perform audit(o.user_id, v_now, 'illegal_transition', jsonb_build_object(
          'order_id', o.id, 'status', o.status, 'event', v_report->>'event', 'report', v_report));
      end if;
    elsif v_after.version > o.version then
      v_grown := v_grown || o.user_id;
      if v_report->>'found_by' is not null then
        v_repaired := v_repaired + 1;
        perform audit(o.user_id, v_now, 'repaired', jsonb_build_object('order_id', o.id, 'found_by', v_report->>'found_by',
          'event', v_report->>'event', 'status_before', o.status, 'status', v_after.status));
      end if;
    end if;
  end loop;
  return jsonb_build_object(
    'user_ids', coalesce((select jsonb_agg(distinct u) from unnest(v_grown) u), '[]'),
    'booked', cardinality(v_grown), 'repaired', v_repaired,
    'unknown', v_unknown, 'illegal', v_illegal,
    'overtaken', coalesce((select jsonb_agg(order_json(n)) from orders n where n.user_id = any(v_grown)
      and n.status = 'pending_cancel' and n.cancel_reason = 'replace_overtaken' and n.updated_at = v_now), '[]'));
end $$;

-- The order after the report: unchanged where the report is a repetition, null where the table of transitions has no such step.
create or replace function apply_report(o orders, r jsonb, p_now timestamptz) returns orders
language plpgsql as $$
declare
  v_event text := r->>'event';
  v_at timestamptz := (r->>'at')::timestamptz;
  v_broker_order text := coalesce(r->>'broker_order_id', o.broker_order_id);
  v_extra jsonb := jsonb_strip_nulls(jsonb_build_object(
    'venue_status', r->>'venue_status', 'reason', r->>'reason', 'found_by', r->>'found_by'));
  v_replaced orders;
begin
  o := note_venue_filled(o, (r->>'cumulative')::numeric);
  -- Of a replace that went through by half, the venue calls the end of the old order a replacement all the same.
  if v_event = 'replaced' and o.status = 'pending_cancel' and o.cancel_reason = 'replace_incomplete' then
    v_event := 'canceled';
  -- And some venues tell a replacement like any cancel: another order works in its place.
  elsif v_event in ('canceled', 'expired') and o.status = 'pending_replace'
    and (select works_already(n) from orders n where n.id = o.replaced_by) then
    v_event := 'replaced';
  end if;
  if o.replaces is not null and o.status in ('pending_new', 'pending_cancel') then
    select * into v_replaced from orders where id = o.replaces;
    if v_replaced.status = 'pending_replace' then
      -- Queued is not swapped yet; the old order still works.
      if v_event = 'accepted' then
        o.broker_order_id := coalesce(o.broker_order_id, v_broker_order);
        return store_order(o);
      end if;
      -- A new order that never arrived, and whose end was asked for: the old one stands.
      if v_event = 'canceled' and r->>'reason_code' is not null then
        perform refuse_replace(v_replaced, r->>'reason_code', p_now, v_extra);
        return close_order(o, v_event, p_now, v_extra);
      end if;
      -- The new order works or has traded: the venue has swapped them, whatever it says of the old one and whenever.
      if v_event in ('new', 'partial_fill', 'fill', 'canceled', 'expired') then
        perform swap_replaced(v_replaced, v_broker_order, false, p_now, v_extra);
        select * into o from orders where id = o.id;
        if v_event = 'new' then return o; end if;
      end if;
    end if;
  end if;
  if v_event = 'restated' then
    return restate_fill(o, r->>'restates', nullif(r->'execution', 'null'::jsonb), v_broker_order, v_at, p_now, v_extra);
  end if;
  if v_event in ('partial_fill', 'fill') then
    if exists (select from trades where broker = o.broker and broker_order_id = v_broker_order
      and execution_id = r->'execution'->>'id') then return o; end if;
    return book_fill(o, r->'execution' || jsonb_build_object('found_by', r->'found_by'), v_broker_order, v_event = 'fill',
      v_at, p_now);
  end if;
  if v_event in ('accepted', 'new') then return accept_order(o, v_event::order_event, v_broker_order, v_at, v_extra); end if;
  -- The venue has taken what it now ends, even where its answer to our submit has not come yet.
  if o.status = 'pending_new' and v_event in ('triggered', 'expired') then
    o := accept_order(o, 'new', v_broker_order, v_at, '{}');
  end if;
  o.broker_order_id := coalesce(o.broker_order_id, v_broker_order);
  if v_event = 'rejected' then
    if not is_open(o.status) then return o; end if;
    if o.status in ('partially_filled', 'pending_replace') or (o.status = 'pending_cancel' and o.filled_quantity > 0) then
      return null;
    end if;
    -- The venue never took the new order, so the old one stands.
    if v_replaced.status = 'pending_replace' then
      perform refuse_replace(v_replaced, coalesce(r->>'reason_code', 'venue_rejected'), p_now, v_extra);
      select * into o from orders where id = o.id;
      return o;
    end if;
    return reject_order(o, coalesce(r->>'reason_code', 'venue_rejected'), v_extra, p_now);
  end if;
  if v_event = 'replaced' then
    if o.status = 'pending_replace' then return swap_replaced(o, null, true, p_now, v_extra); end if;
    -- Told again, or of an order that ended before its replace was through.
    return case when is_open(o.status) then null else o end;
  end if;
  if v_event = 'replace_rejected' then
    return refuse_replace(o, coalesce(r->>'reason_code', 'venue_rejected'), p_now, v_extra);
  end if;
  if v_event = 'cancel_rejected' then return refuse_cancel(o, p_now, v_extra); end if;
  -- The venue has filled more than it has told: the order is not over before those executions are booked. It stays open,
  -- so the link asks for them, and with them for the end.
  if v_event in ('canceled', 'expired') and (r->>'cumulative')::numeric > o.filled_quantity then return o; end if;
  if v_event in ('canceled', 'expired') then return close_order(o, v_event, p_now, v_extra); end if;
  if v_event = 'triggered' and o.status = 'new' then
    if o.triggered_at is not null then return o; end if;
    o.triggered_at := v_at;
    return move_order(o, 'triggered', 'new', p_now, v_extra);
  end if;
  return null;
end $$;

-- The venue has ended the order without filling all of it.
create or replace function close_order(o orders, p_event text, p_now timestamptz, p_extra jsonb) returns orders
language plpgsql as $$
begin
  if not is_open(o.status) then return o; end if;
  -- The end came from elsewhere (an operator, the venue's clock): what was to take its place is not there either.
  if o.status = 'pending_replace' then o := refuse_replace(o, 'order_ended', p_now, p_extra); end if;
  -- A market buy went out as a limit at its collar: its unfilled rest ran past the collar, nobody let it expire.
  if o.type = 'market' and o.side = 'buy' and o.sent_as is not null and o.time_in_force <> 'fok'
    and o.status <> 'pending_cancel' then
    o.cancel_reason := 'collar_reached';
    return end_order(o, 'canceled', 'canceled', p_now, p_extra);
  end if;
  -- We asked for this end because its time was over.
  if o.cancel_reason = 'time_in_force' then
    return end_order(o, 'expired', 'expired', p_now, p_extra);
  end if;
  if o.status = 'pending_cancel' then o.cancel_reason := coalesce(o.cancel_reason, 'client'); end if;
  return end_order(o, p_event::order_event, p_event::order_status, p_now, p_extra);
end $$;

-- Tells the operator of orders that work at a venue and not in our books: each once, however often it is seen.
--
-- p: broker, at, strangers: [{action, data}].
create or replace function audit_strangers(p jsonb) returns jsonb
language plpgsql as $$
begin
  perform audit(null, (p->>'at')::timestamptz, s->>'action', s->'data')
  from jsonb_array_elements(p->'strangers') s
  where not exists (
    select from audit_log where user_id is null and action = s->>'action' and data @> (s->'data'));
  return '{}';
end $$;
