-- Whether two orders ask for the same trade, however their numbers were written.
create or replace function same_terms(a orders, b orders) returns boolean
language sql immutable as $$
  -- What a notional order has bought by now is no term of it, nor is what a share of a holding came to.
  select (a.symbol, a.side, a.type, a.notional, a.limit_price, a.stop_price, a.time_in_force, a.close_share)
    is not distinct from (b.symbol, b.side, b.type, b.notional, b.limit_price, b.stop_price, b.time_in_force, b.close_share)
    and (a.notional is not null or a.close_share is not null or a.quantity = b.quantity)
$$;

-- The refusal of an order, as {code, ...facts}, or null. `p_found` is what the rules outside the database found.
create or replace function find_denial(o orders, p_portfolio portfolios, p_status account_status, p_found jsonb) returns jsonb
language plpgsql stable as $$
declare
  v_free_cash numeric := p_portfolio.cash_balance - p_portfolio.cash_reserved;
  v_free_quantity numeric;
begin
  if p_portfolio.suspend_trade or (p_portfolio.closing_only and o.side = 'buy') then
    return jsonb_build_object('code', 'trading_suspended');
  end if;
  if p_status = 'restricted' and o.side = 'buy' then
    return jsonb_build_object('code', 'account_restricted');
  end if;
  if p_found is not null then return p_found; end if;
  if o.side = 'buy' then
    if o.reserved_amount <= v_free_cash then return null; end if;
    return jsonb_build_object('code', 'insufficient_buying_power',
      'required', o.reserved_amount::text, 'available', v_free_cash::text);
  end if;
  select quantity - quantity_reserved into v_free_quantity
  from positions where user_id = o.user_id and symbol = o.symbol and closed_at is null;
  v_free_quantity := coalesce(v_free_quantity, 0);
  if o.reserved_quantity <= v_free_quantity then return null; end if;
  return jsonb_build_object('code', 'insufficient_quantity', 'symbol', o.symbol,
    'required', o.reserved_quantity::text, 'available', v_free_quantity::text,
    'held_by', coalesce((select jsonb_agg(id order by id) from orders
      where user_id = o.user_id and symbol = o.symbol and side = 'sell' and is_open(status)), '[]'));
end $$;

create or replace function insert_order(o orders) returns orders
language plpgsql as $$
declare
  v orders;
begin
  insert into orders (
    id, user_id, client_order_id, symbol, asset_type, side, type, quantity, notional, limit_price, stop_price,
    time_in_force, filled_quantity, filled_value, status, rejection_reason, refusal, reserve_price, fee_rate,
    reserved_amount, reserved_quantity, fees, broker, sent_as, close_share, replaces,
    replace_total, version, created_at, updated_at)
  values (
    o.id, o.user_id, o.client_order_id, o.symbol, o.asset_type, o.side, o.type, o.quantity, o.notional, o.limit_price,
    o.stop_price, o.time_in_force, o.filled_quantity, o.filled_value, o.status, o.rejection_reason, o.refusal,
    o.reserve_price, o.fee_rate, o.reserved_amount, o.reserved_quantity, o.fees, o.broker, o.sent_as, o.close_share,
    o.replaces, o.replace_total, o.version, o.created_at, o.updated_at)
  returning * into v;
  return v;
end $$;

-- Places an order at most once per account and client order id: locks the account, checks the session, the key and the
-- money, writes order, event and ledger. One round trip, before the broker hears of it.
--
-- p: id, user_id, session_id or api_key_id, client_order_id, symbol, asset_type, side, type, quantity, notional, limit_price,
--    stop_price, time_in_force, close_share, broker, sent_as, reserve_price, fee_rate, reserved_amount, reserved_quantity,
--    probe (true: only look the key up, write nothing),
--    denial (a refusal that the rules already found, kept with the order: {code, ...facts} or null), at.
-- Answers {result, order, facts}; result: placed | replayed | conflict | denied | unused | unauthenticated |
-- account_inactive.
create or replace function place_order(p jsonb) returns jsonb
language plpgsql as $$
declare
  v_at timestamptz := (p->>'at')::timestamptz;
  v_user uuid := (p->>'user_id')::uuid;
  v_new orders := jsonb_populate_record(null::orders, p);
  v_old orders;
  v_portfolio portfolios;
  v_account account_status;
  v_denial jsonb := nullif(p->'denial', 'null'::jsonb);
  v_shown jsonb;
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

  if v_new.client_order_id is not null then
    select * into v_old from orders where user_id = v_user and client_order_id = v_new.client_order_id;
    if found then
      return jsonb_build_object(
        'result', case when same_terms(v_old, v_new) then 'replayed' else 'conflict' end,
        'order', order_json(v_old));
    end if;
  end if;

  -- The order is refused as things stand; only whether its key was used was asked.
  if (p->>'probe')::boolean then return jsonb_build_object('result', 'unused'); end if;

  v_new.filled_quantity := 0;
  v_new.filled_value := 0;
  v_new.fees := 0;
  v_new.version := 0;
  v_new.fee_rate := coalesce(v_new.fee_rate, 0);
  v_new.created_at := v_at;
  v_new.updated_at := v_at;
  v_new.status := 'pending_new';
  v_denial := find_denial(v_new, v_portfolio, v_account, v_denial);
  if v_denial is not null then
    v_new.status := 'rejected';
    v_new.rejection_reason := v_denial->>'code';
    v_new.refusal := v_denial;
    v_new.reserved_amount := 0;
    v_new.reserved_quantity := 0;
  end if;

  v_new := next_version(v_new, v_at);
  v_new := insert_order(v_new);
  v_shown := order_json(v_new);
  v_seq := append_event(v_user, 'order', case when v_denial is null then 'pending_new' else 'denied' end, v_new.id,
    v_new.status, v_at, jsonb_build_object('order', v_shown));
  if v_denial is not null then
    return jsonb_build_object('result', 'denied', 'order', v_shown, 'facts', v_denial);
  end if;

  perform post_ledger(v_user, v_seq, 'reserve', v_new.id, null, v_at, jsonb_build_array(
    jsonb_build_array('cash', 'USD', (-v_new.reserved_amount)::text),
    jsonb_build_array('cash_reserved', 'USD', v_new.reserved_amount::text),
    jsonb_build_array('qty:' || v_new.symbol, v_new.symbol, (-v_new.reserved_quantity)::text),
    jsonb_build_array('qty_reserved:' || v_new.symbol, v_new.symbol, v_new.reserved_quantity::text)));
  if v_new.reserved_quantity <> 0 then
    update positions set quantity_reserved = quantity_reserved + v_new.reserved_quantity, updated_at = v_at
    where user_id = v_user and symbol = v_new.symbol and closed_at is null;
  end if;
  return jsonb_build_object('result', 'placed', 'order', v_shown);
end $$;
