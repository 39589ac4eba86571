-- Money that comes and goes without an order: deposits into paper accounts, and starting one over.

-- Locks the account for a movement of money. What the caller answers instead of moving any, or null: a key that was used
-- before gets its first answer again, whatever has become of the account's money since.
create or replace function lock_for_cash(p jsonb, p_operation text) returns jsonb
language plpgsql as $$
declare
  v_user uuid := (p->>'user_id')::uuid;
  u users;
  k idempotency_keys;
begin
  perform from portfolios where user_id = v_user for update;
  if not found or not credential_holds(p) then
    return jsonb_build_object('result', 'unauthenticated');
  end if;
  select * into u from users where id = v_user;
  if u.account_status in ('suspended', 'closed') then
    return jsonb_build_object('result', 'account_inactive', 'facts', jsonb_build_object('account_status', u.account_status));
  end if;
  if u.account_type <> 'paper' then return jsonb_build_object('result', 'not_paper'); end if;
  select * into k from idempotency_keys where user_id = v_user and key = p->>'key';
  if not found then return null; end if;
  if (k.operation, k.amount) is distinct from (p_operation, (p->>'amount')::numeric) then
    return jsonb_build_object('result', 'conflict');
  end if;
  return jsonb_build_object('result', 'replayed', 'answer', k.answer);
end $$;

create or replace function keep_answer(p jsonb, p_operation text, p_answer jsonb) returns void
language sql as $$
  insert into idempotency_keys (user_id, key, operation, amount, answer, created_at)
  select (p->>'user_id')::uuid, p->>'key', p_operation, (p->>'amount')::numeric, p_answer, (p->>'at')::timestamptz
  where p->>'key' is not null
$$;

-- Journals and posts a deposit of more than nothing. Returns its seq. The caller has locked the portfolio row.
create or replace function book_deposit(p_user uuid, p_amount numeric, p_at timestamptz) returns bigint
language plpgsql as $$
declare
  v portfolios;
  v_seq bigint;
begin
  select * into v from portfolios where user_id = p_user;
  v_seq := append_event(p_user, 'cash', 'deposit', null, null, p_at, jsonb_build_object(
    'cash_balance', trim_scale(v.cash_balance + p_amount)::text, 'cash_reserved', trim_scale(v.cash_reserved)::text,
    'amount', trim_scale(p_amount)::text));
  perform post_ledger(p_user, v_seq, 'deposit', null, null, p_at, jsonb_build_array(
    jsonb_build_array('cash', 'USD', p_amount::text),
    jsonb_build_array('external', 'USD', (-p_amount)::text)));
  return v_seq;
end $$;

-- Puts money into a paper account, once a key.
--
-- p: user_id, session_id or api_key_id, key (or null), amount, at.
-- Answers {result, answer | facts}; result: deposited | replayed | conflict | not_paper | unauthenticated | account_inactive.
create or replace function deposit_cash(p jsonb) returns jsonb
language plpgsql as $$
declare
  v_at timestamptz := (p->>'at')::timestamptz;
  v_user uuid := (p->>'user_id')::uuid;
  v_instead jsonb := lock_for_cash(p, 'deposit');
  v_seq bigint;
  v_answer jsonb;
begin
  if v_instead is not null then return v_instead; end if;
  v_seq := book_deposit(v_user, (p->>'amount')::numeric, v_at);
  perform audit(v_user, v_at, 'deposit', jsonb_build_object('seq', v_seq, 'amount', p->>'amount'));
  -- It may be what an overdrawn account was waiting for.
  perform settle_restriction(v_user, v_at);
  select row_json(jsonb_build_object('id', t.id, 'seq', t.seq, 'amount', (p->>'amount')::numeric,
    'cash_balance', f.cash_balance, 'cash_reserved', f.cash_reserved, 'net_deposits', f.net_deposits, 'created_at', v_at))
  into v_answer from ledger_transactions t join portfolios f using (user_id) where t.user_id = v_user and t.seq = v_seq;
  perform keep_answer(p, 'deposit', v_answer);
  return jsonb_build_object('result', 'deposited', 'answer', v_answer);
end $$;

-- Starts a paper account over: whatever it holds goes, against adjustment, and a deposit follows. Orders, trades and keys
-- stay. What was earned, paid and deposited counts from here on.
--
-- p: user_id, session_id or api_key_id, key (or null), amount (may be zero), at.
-- Answers {result, answer | order_ids | facts}; result: reset | open_orders | replayed | conflict | not_paper |
-- unauthenticated | account_inactive.
create or replace function reset_account(p jsonb) returns jsonb
language plpgsql as $$
declare
  v_at timestamptz := (p->>'at')::timestamptz;
  v_user uuid := (p->>'user_id')::uuid;
  v_amount numeric := (p->>'amount')::numeric;
  v_instead jsonb := lock_for_cash(p, 'reset');
  v_busy jsonb;
  v_entries jsonb;
  v_closed jsonb;
  v_seq bigint;
  v_answer jsonb;
begin
  if v_instead is not null then return v_instead; end if;
  -- One that is over is not done with while its venue owes us executions of it.
  select jsonb_agg(id order by id) into v_busy
  from (select id from orders where user_id = v_user and (is_open(status) or venue_filled > filled_quantity) limit 100) o;
  if v_busy is not null then return jsonb_build_object('result', 'open_orders', 'order_ids', v_busy); end if;

  select coalesce(jsonb_agg(e), '[]') into v_entries from (
    select account, asset, sum(amount) as standing from ledger_entries
    where user_id = v_user and (account like 'cash%' or account like 'qty%')
    group by account, asset having sum(amount) <> 0
  ) s, lateral (values
    (jsonb_build_array(account, asset, (-standing)::text)),
    (jsonb_build_array('adjustment', asset, standing::text))) x(e);
  with closed as (
    update positions set quantity = 0, quantity_reserved = 0, cost_basis = 0, closed_at = v_at, updated_at = v_at
    where user_id = v_user and closed_at is null returning symbol
  )
  select coalesce(jsonb_agg(symbol order by symbol), '[]') into v_closed from closed;
  v_seq := append_event(v_user, 'cash', 'reset', null, null, v_at, jsonb_build_object(
    'cash_balance', '0', 'cash_reserved', '0', 'positions_closed', v_closed,
    'amount', (select trim_scale(-cash_balance)::text from portfolios where user_id = v_user)));
  if v_entries <> '[]' then perform post_ledger(v_user, v_seq, 'reset', null, null, v_at, v_entries); end if;
  update portfolios set net_deposits = 0, realized_pnl = 0, fees = 0 where user_id = v_user;
  if v_amount > 0 then perform book_deposit(v_user, v_amount, v_at); end if;
  perform audit(v_user, v_at, 'reset', jsonb_build_object('seq', v_seq, 'cash', p->>'amount', 'positions_closed', v_closed));
  perform settle_restriction(v_user, v_at);
  v_answer := row_json(jsonb_build_object(
    'seq', v_seq, 'cash_balance', v_amount, 'positions_closed', v_closed, 'created_at', v_at));
  perform keep_answer(p, 'reset', v_answer);
  return jsonb_build_object('result', 'reset', 'answer', v_answer);
end $$;
