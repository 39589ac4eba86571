-- The journal and the ledger of an account. Every caller has locked the account's portfolio row.

-- Adds an event and returns its seq: the next of the account, without a hole.
create or replace function append_event(
  p_user uuid, p_kind event_kind, p_event text, p_order uuid, p_status order_status, p_at timestamptz, p_data jsonb
) returns bigint
language plpgsql as $$
declare
  v_seq bigint;
begin
  update portfolios set last_seq = last_seq + 1, updated_at = p_at where user_id = p_user returning last_seq into v_seq;
  insert into account_events (user_id, seq, kind, event, order_id, status, at, data)
  values (p_user, v_seq, p_kind, p_event, p_order, p_status, p_at, p_data);
  return v_seq;
end $$;

-- Posts one balanced transaction for the event `p_seq` and moves the portfolio's cash and net deposits with it.
-- `p_entries` is an array of [account, asset, amount as text]; entries of zero are left out, and a transaction
-- that would be empty is not written.
create or replace function post_ledger(
  p_user uuid, p_seq bigint, p_kind text, p_order uuid, p_trade uuid, p_at timestamptz, p_entries jsonb
) returns void
language plpgsql as $$
declare
  v_id uuid := new_id(p_at);
  v_unbalanced text;
  v_is_empty boolean;
  v_cash numeric;
  v_reserved numeric;
  v_deposited numeric;
begin
  -- In one pass: this is on the path of every order.
  select string_agg(asset, ', ') filter (where total <> 0), bool_and(is_empty),
         coalesce(sum(cash), 0), coalesce(sum(reserved), 0), coalesce(-sum(external), 0)
  into v_unbalanced, v_is_empty, v_cash, v_reserved, v_deposited
  from (
    select asset, sum(amount) as total, bool_and(amount = 0) as is_empty,
           sum(amount) filter (where account in ('cash', 'cash_reserved')) as cash,
           sum(amount) filter (where account = 'cash_reserved') as reserved,
           sum(amount) filter (where account = 'external') as external
    from (select e->>0 as account, e->>1 as asset, (e->>2)::numeric as amount
          from jsonb_array_elements(p_entries) e) entries
    group by asset
  ) assets;
  if v_unbalanced is not null then
    raise exception 'ledger transaction % of user % does not balance in %: %', p_kind, p_user, v_unbalanced, p_entries;
  end if;
  if v_is_empty then return; end if;

  insert into ledger_transactions (id, user_id, seq, kind, order_id, trade_id, created_at)
  values (v_id, p_user, p_seq, p_kind, p_order, p_trade, p_at);
  insert into ledger_entries (transaction_id, ordinal, user_id, account, asset, amount)
  select v_id, n, p_user, e->>0, e->>1, (e->>2)::numeric
  from jsonb_array_elements(p_entries) with ordinality as x(e, n) where (e->>2)::numeric <> 0;

  -- Only a fill, or one taken back, may take more than there is, since it is a fact; anything else breaks the constraint.
  update portfolios set
    cash_balance = cash_balance + v_cash,
    cash_reserved = cash_reserved + v_reserved,
    net_deposits = net_deposits + v_deposited,
    overdrawn = overdrawn or (p_kind in ('fill', 'restate') and cash_balance + v_cash < cash_reserved + v_reserved)
  where user_id = p_user and (v_cash <> 0 or v_reserved <> 0);
end $$;

create or replace function audit(p_user uuid, p_at timestamptz, p_action text, p_data jsonb) returns void
language sql as $$
  insert into audit_log (id, user_id, at, action, data) values (new_id(p_at), p_user, p_at, p_action, p_data)
$$;

-- Whether a session still holds.
create or replace function session_holds(p_user uuid, p_session uuid, p_at timestamptz) returns boolean
language sql stable as $$
  select exists (
    select from sessions where id = p_session and user_id = p_user and revoked_at is null and expires_at > p_at
  )
$$;

-- Whether the credential of a request still holds: a session or a key. State-changing functions ask here, in their own
-- statement. p: user_id, session_id or api_key_id, at.
create or replace function credential_holds(p jsonb) returns boolean
language sql stable as $$
  select case
    when p->>'api_key_id' is null then
      session_holds((p->>'user_id')::uuid, (p->>'session_id')::uuid, (p->>'at')::timestamptz)
    else exists (
      select from api_keys where id = (p->>'api_key_id')::uuid and user_id = (p->>'user_id')::uuid
        and revoked_at is null and (expires_at is null or expires_at > (p->>'at')::timestamptz)
    ) end
$$;

-- Restricts an account that a late fill has overdrawn, and lifts that when it is back above. After money has moved. What
-- the operator says of the account stays: where that is more than `active`, its standing does not change here.
create or replace function settle_restriction(p_user uuid, p_at timestamptz) returns void
language plpgsql as $$
declare
  v_was boolean;
  v_short boolean;
  v_user users;
  v_event text;
begin
  select overdrawn, cash_balance < cash_reserved
    or exists (select from positions where user_id = p_user and closed_at is null and quantity < quantity_reserved)
  into v_was, v_short from portfolios where user_id = p_user;
  if not v_was and not v_short then return; end if;
  update portfolios set overdrawn = v_short where user_id = p_user;
  update users set overdrawn = v_short, updated_at = p_at where id = p_user and overdrawn <> v_short returning * into v_user;
  if not found then return; end if;
  v_event := case when v_short then 'restricted' else 'reinstated' end;
  if v_user.account_status = 'active' then
    perform append_event(p_user, 'account', v_event, null, null, p_at,
      jsonb_build_object('account_status', v_user.standing, 'cause', 'overdrawn'));
  end if;
  perform audit(p_user, p_at, v_event, '{"cause": "overdrawn"}');
end $$;
