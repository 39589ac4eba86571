-- The ledger: each transaction balanced, of exactly one event, and with the entries that this event must have.

-- What an order shows to hold: USD of a buy, units of a sell.
create or replace function held_by(o orders) returns numeric
language sql immutable as $$
  select coalesce(case o.side when 'buy' then o.reserved_amount else o.reserved_quantity end, 0)
$$;

-- The most that an order in another's place may hold once that one has filled so much: what both have filled comes off its
-- total.
create or replace function most_held(n orders, p_old_filled numeric) returns numeric
language sql immutable as $$
  select case n.side when 'buy'
    then ceil(rest * n.reserve_price * 1e8) / 1e8 + ceil(rest * n.reserve_price * n.fee_rate * 1e8) / 1e8 else rest end
  from (select greatest(least(n.quantity, n.replace_total - p_old_filled) - n.filled_quantity, 0) as rest) left_over
$$;

-- What an order holds just before the event `p_until`, given as its event `p_after` showed it. Without an event of its own,
-- it hands all of it to the order that takes its place, or pays for what the order whose place it took still fills.
create or replace function held_before(x orders, p_after bigint, p_until bigint) returns numeric
language sql stable as $$
  select case
    when x.replaced_by is not null and exists (select from account_events
      where order_id = x.replaced_by and event = 'new' and seq > p_after and seq < p_until) then 0
    when x.replaces is not null and x.submitted_at is not null then (
      select case when max(seq) is null then held_by(x)
        else least(held_by(x), most_held(x, max((data->'order'->>'filled_quantity')::numeric))) end
      from account_events where order_id = x.replaces and event in ('fill', 'partial_fill') and seq > p_after and seq < p_until)
    else held_by(x) end
$$;

-- What an event changes of what another order holds: it takes over from the one it replaces, or is paid for by the one in
-- its place.
create or replace function handed_over(p_seq bigint, p_event text, o orders, p orders) returns numeric
language sql stable as $$
  select case
    when p_event = 'new' and o.replaces is not null and p.submitted_at is null then (
      select -held_by(x) from account_events last, lateral jsonb_populate_record(null::orders, last.data->'order') x
      where last.order_id = o.replaces and last.seq < p_seq and last.event <> 'replaced' order by last.seq desc limit 1)
    when p_event in ('fill', 'partial_fill') and o.replaced_by is not null then (
      select held_before(x, last.seq, p_seq + 1) - held_before(x, last.seq, p_seq)
      from account_events last, lateral jsonb_populate_record(null::orders, last.data->'order') x
      where last.order_id = o.replaced_by and last.seq < p_seq order by last.seq desc limit 1)
    end
$$;

-- What the events of an account must have posted, summed by account and asset.
create or replace function entries_due(p_user uuid) returns table (seq bigint, account text, asset text, amount numeric)
language sql stable as $$
  with orders_moved as materialized (
    select seq, event, (o).symbol as symbol, (o).side as side, t,
      -- With its own end a replaced order gives back nothing: the one in its place has taken that over, or does so next.
      case when event = 'replaced' then 0
        else held_by(o) - coalesce(held_before(p, after, seq), 0) + coalesce(handed_over(seq, event, o, p), 0) end as held,
      case event when 'fill' then 1 when 'partial_fill' then 1 when 'restated' then -1 else 0 end as sign,
      data->'trade'->>'fee_mark' is not null as is_marked
    from order_history(p_user)
  ),
  -- Of a purchase: what the venue took of the coins, and what of the cash.
  orders_split as (
    select *, case when side = 'buy' then held else 0 end as cash_held, case when side = 'sell' then held else 0 end as units_held,
      case when side = 'buy' then sign else -sign end as way,
      case when side = 'buy' and (t).fee_asset = split_part(symbol, '/', 1) then (t).fee else 0 end as fee_units
    from orders_moved
  ),
  orders_due as (
    select seq, e.* from orders_split,
    lateral (
      select case when fee_units = 0 and sign <> 0 then sign * (t).fee_usd else 0 end as fee,
        way * coalesce((t).value, 0) as paid, way * coalesce((t).quantity, 0) as got, sign * coalesce(fee_units, 0) as kept
    ) a,
    lateral (values
      ('cash_reserved', 'USD', cash_held), ('cash', 'USD', -cash_held - paid - fee), ('venue', 'USD', paid),
      (case when is_marked then 'adjustment' else 'fees' end, 'USD', fee),
      ('qty_reserved:' || symbol, symbol, units_held), ('qty:' || symbol, symbol, got - kept - units_held),
      ('venue', symbol, -got), ('fees', symbol, kept)) e (account, asset, amount)
  ),
  posted as (
    select t.seq, n.account, n.asset, n.amount from ledger_transactions t join ledger_entries n on n.transaction_id = t.id
    where t.user_id = p_user
  ),
  cash_due as (
    select e.seq, x.* from account_events e, lateral (values
      ('cash', 'USD', (e.data->>'amount')::numeric),
      ('external', 'USD', -(e.data->>'amount')::numeric)) x (account, asset, amount)
    where e.user_id = p_user and e.event = 'deposit'
    union all
    select r.seq, x.* from account_events r
    join lateral (
      select b.account, b.asset, sum(b.amount) as standing from posted b
      where b.seq < r.seq and (b.account like 'cash%' or b.account like 'qty%') group by b.account, b.asset
    ) s on true,
    lateral (values (s.account, s.asset, -s.standing), ('adjustment', s.asset, s.standing)) x (account, asset, amount)
    where r.user_id = p_user and r.event = 'reset'
  )
  select seq, account, asset, sum(amount) from (select * from orders_due union all select * from cash_due) due
  group by seq, account, asset having sum(amount) <> 0
$$;

-- The kind of transaction that an event has.
create or replace function kind_due(p_event text) returns text
language sql immutable as $$
  select case p_event when 'pending_new' then 'reserve' when 'fill' then 'fill' when 'partial_fill' then 'fill'
    when 'restated' then 'restate' when 'deposit' then 'deposit' when 'reset' then 'reset' else 'release' end
$$;

create or replace function verify_ledger(p_user uuid) returns table (name text, expected text, actual text, faults jsonb)
language sql stable as $$
  with transactions as materialized (select * from ledger_transactions where user_id = p_user),
  entries as materialized (
    select n.*, t.seq from transactions t join ledger_entries n on n.transaction_id = t.id
  ),
  -- Of our transactions and another user, or the reverse.
  strays as (
    select transaction_id as id, ordinal from entries where user_id <> p_user
    union
    select transaction_id, ordinal from ledger_entries n
    where user_id = p_user and not exists (select from transactions t where t.id = n.transaction_id)
  ),
  unbalanced as (
    select transaction_id as id, asset, sum(amount) as off from entries group by transaction_id, asset having sum(amount) <> 0
  ),
  negative as (
    select account, sum(amount) as standing from entries where account like 'cash%' or account like 'qty%'
    group by account
    having sum(amount) < 0 and (account like '%reserved%' or not (select overdrawn from portfolios where user_id = p_user))
  ),
  due as materialized (select * from entries_due(p_user)),
  posted as (select seq, account, asset, sum(amount) as amount from entries group by seq, account, asset),
  compared as (
    select seq, jsonb_object_agg(account || ' ' || asset, jsonb_build_array(p.amount, d.amount)) as wrong
    from posted p full join due d using (seq, account, asset)
    where coalesce(p.amount, 0) <> coalesce(d.amount, 0) group by seq
  ),
  headed as materialized (
    select coalesce(t.seq, d.seq) as seq, t.id, coalesce(
      case when t.id is null or e.seq is null or d.seq is null then jsonb_build_object('is', t.kind, 'event', e.event) end,
      differences(to_jsonb(t), to_jsonb(t) || jsonb_build_object('kind', kind_due(e.event), 'order_id', e.order_id,
        'trade_id', case when e.event in ('fill', 'partial_fill', 'restated') then e.data->'trade'->>'id' end,
        'created_at', e.at), '{}'), c.wrong) as wrong
    from transactions t full join (select distinct seq from due) d using (seq)
    left join account_events e on e.user_id = p_user and e.seq = coalesce(t.seq, d.seq)
    left join compared c on c.seq = coalesce(t.seq, d.seq)
  )
  select 'transactions_balance', '0', count(*)::text,
    jsonb_agg(jsonb_build_object('table', 'ledger_transactions', 'id', id, 'asset', asset, 'off', off)) from unbalanced
  union all
  select 'transactions_follow_events', count(*)::text, (count(*) filter (where wrong is null))::text,
    jsonb_agg(jsonb_build_object('table', 'ledger_transactions', 'id', id, 'seq', seq, 'wrong', wrong) order by seq)
      filter (where wrong is not null)
  from headed
  union all
  select 'entries_are_of_one_user', '0', count(*)::text,
    jsonb_agg(jsonb_build_object('table', 'ledger_entries', 'transaction_id', id, 'ordinal', ordinal)) from strays
  union all
  select 'nothing_negative', '0', count(*)::text,
    jsonb_agg(jsonb_build_object('table', 'ledger_entries', 'account', account, 'standing', standing)) from negative
$$;
