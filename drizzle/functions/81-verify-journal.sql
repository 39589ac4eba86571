-- The journal: without a hole, each event of an order following from the one before it, each of the account known to the
-- audit log, each movement of cash to the ledger.

-- While a change is pending, what the order will return to moves on with what the venue says, which has no event.
create or replace function may_become(p_before order_status, p_now order_status) returns boolean
language sql immutable as $$
  select p_now = p_before or (p_before = 'pending_new' and p_now in ('accepted', 'new'))
    or (p_before = 'accepted' and p_now = 'new')
$$;

-- From which status (`*`: any) to which an event may lead. `=`: it stays. `<`: to what stood before the pending one.
create or replace function event_leads(p_event text, p_from order_status, p_before order_status, p_to order_status)
returns boolean
language sql immutable as $$
  select exists (select from (values
    ('new', '{pending_new,accepted}', 'new'), ('new', '{pending_cancel}', '='),
    ('accepted', '{pending_new}', 'accepted'), ('rejected', '{pending_new,accepted,new}', 'rejected'),
    ('triggered', '{new}', '='), ('fill', '*', 'filled'), ('restated', '*', '='),
    ('partial_fill', '{pending_new,accepted,new,partially_filled}', 'partially_filled'),
    ('partial_fill', '{pending_cancel,pending_replace,filled,canceled,expired,rejected,replaced}', '='),
    ('canceled', '{pending_new,accepted,new,partially_filled,pending_cancel}', 'canceled'),
    ('expired', '{pending_new,accepted,new,partially_filled,pending_cancel}', 'expired'),
    ('pending_cancel', '{pending_new,accepted,new,partially_filled}', 'pending_cancel'),
    ('cancel_rejected', '{pending_cancel}', '<'), ('pending_replace', '{new,partially_filled}', 'pending_replace'),
    ('replaced', '{pending_replace}', 'replaced'), ('replace_rejected', '{pending_replace}', '<')
  ) step (event, sources, target)
  where event = p_event and case when sources = '*' then true else p_from::text = any (sources::text[]) end
    and case target when '=' then p_to = p_from when '<' then may_become(p_before, p_to) else p_to::text = target end)
$$;

-- What an event changes of its order, beside what the ledger tells.
create or replace function changes_by(
  p_event text, p_at timestamptz, p orders, o orders, t trades, p_data jsonb
) returns jsonb
language sql stable as $$
  with booked as (
    select case p_event when 'fill' then 1 when 'partial_fill' then 1 when 'restated' then -1 else 0 end as sign
  ), filled as (
    select (p).filled_quantity + sign * coalesce((t).quantity, 0) as quantity,
      (p).filled_value + sign * coalesce((t).quantity * (t).price, 0) as value,
      (p).fees + sign * coalesce((t).fee_usd, 0) as fees
    from booked
  )
  select jsonb_build_object(
    'version', (p).version + 1, 'updated_at', p_at, 'status', o.status,
    'status_before', case
      when p_event in ('pending_cancel', 'pending_replace') then (p).status::text
      when o.status not in ('pending_cancel', 'pending_replace') then null
      when p_event = 'partial_fill' then 'partially_filled'
      when p_event = 'new' then 'new'
      when may_become((p).status_before, o.status_before) then o.status_before::text
      else (p).status_before::text end,
    'filled_quantity', f.quantity, 'filled_value', f.value, 'fees', f.fees,
    'filled_avg_price', case when f.quantity > 0 then round(f.value / f.quantity, 8) end,
    'quantity', case when p_event = 'fill' and (p).notional is not null then f.quantity else (p).quantity end,
    'filled_at', case when p_event = 'fill' then coalesce((p).filled_at, (t).executed_at) else (p).filled_at end,
    'cancelled_at', case when p_event = 'canceled' then p_at else (p).cancelled_at end,
    'expired_at', case when p_event = 'expired' then p_at else (p).expired_at end,
    'broker_order_id', coalesce((p).broker_order_id, o.broker_order_id),
    'submitted_at', coalesce((p).submitted_at, o.submitted_at),
    'triggered_at', coalesce((p).triggered_at, o.triggered_at),
    'replaced_by', case p_event when 'pending_replace' then p_data->>'replaced_by' when 'replace_rejected' then null
      else (p).replaced_by::text end)
  from filled f
$$;

-- How an order begins: with nothing filled, and with what it has to reserve by the rules.
create or replace function beginning_of(o orders, p_event text, p_at timestamptz) returns jsonb
language sql immutable as $$
  select to_jsonb(o) || jsonb_build_object(
    'version', 1, 'created_at', p_at, 'updated_at', p_at, 'filled_quantity', 0, 'filled_value', 0, 'filled_avg_price', null,
    'fees', 0, 'status', case p_event when 'pending_new' then 'pending_new' when 'denied' then 'rejected' end,
    'reserve_price', case when o.side = 'buy' then coalesce(o.limit_price, o.reserve_price) else o.reserve_price end,
    'reserved_amount', case
      when p_event = 'denied' or o.side = 'sell' then 0
      -- Beside the order that it shall replace it reserves what it needs beyond that.
      when o.replaces is not null then o.reserved_amount
      when o.notional is not null then o.notional
      else ceil(o.quantity * o.reserve_price * 1e8) / 1e8 + ceil(o.quantity * o.reserve_price * o.fee_rate * 1e8) / 1e8 end,
    'reserved_quantity', case
      when p_event = 'denied' or o.side = 'buy' then 0
      when o.replaces is not null then o.reserved_quantity
      else o.quantity end)
$$;

create or replace function verify_journal(p_user uuid) returns table (name text, expected text, actual text, faults jsonb)
language sql stable as $$
  with portfolio as (select * from portfolios where user_id = p_user),
  events as materialized (select * from account_events where user_id = p_user),
  history as materialized (select * from order_history(p_user)),
  holes as (
    select n as seq from portfolio, generate_series(1, greatest(last_seq, (select max(seq) from events))) n
    where n > last_seq or not exists (select from events where seq = n)
  ),
  of_orders as materialized (
    select seq, after, order_id, coalesce(
      case when (p).id is null and event not in ('pending_new', 'denied') then jsonb_build_object('event', event) end,
      case when (p).id is not null and not event_leads(event, (p).status, (p).status_before, (o).status)
        then jsonb_build_object('status', jsonb_build_array((o).status, (p).status)) end,
      differences(jsonb_build_object('order_id', order_id, 'status', status, 'user_id', p_user),
        jsonb_build_object('order_id', (o).id, 'status', (o).status, 'user_id', (o).user_id), '{}'),
      case when (p).id is null then differences(to_jsonb(o), beginning_of(o, event, at), '{}')
      else differences(to_jsonb(o), to_jsonb(p) || changes_by(event, at, p, o, t, data),
        -- What is reserved, the ledger tells. What the venue has counted, and in whose words it ended, nobody else does.
        array['venue_filled', case (o).side when 'buy' then 'reserved_amount' else 'reserved_quantity' end]
        || case when event in ('rejected', 'canceled', 'expired', 'pending_cancel', 'cancel_rejected')
          then '{rejection_reason,refusal,cancel_reason}'::text[] else '{}' end) end
    ) as wrong
    from history
  ),
  moved as (
    select t.seq, coalesce(sum(amount) filter (where asset = 'USD'), 0) as cash,
      coalesce(sum(amount) filter (where account = 'cash_reserved'), 0) as reserved,
      coalesce(jsonb_agg(distinct asset) filter (where asset <> 'USD'), '[]') as others
    from ledger_transactions t join ledger_entries n on n.transaction_id = t.id
    where t.user_id = p_user and (account in ('cash', 'cash_reserved') or account like 'qty%') group by t.seq
  ),
  running as (
    select e.*, coalesce(m.cash, 0) as moved, coalesce(m.others, '[]') as others,
      coalesce(sum(m.cash) over before, 0) as balance, coalesce(sum(m.reserved) over before, 0) as reserved
    from events e left join moved m using (seq) window before as (order by seq)
  ),
  of_cash as materialized (
    select seq, differences(
      jsonb_build_object('amount', (data->>'amount')::numeric, 'cash_balance', (data->>'cash_balance')::numeric,
        'cash_reserved', (data->>'cash_reserved')::numeric, 'positions_closed', data->'positions_closed'),
      jsonb_build_object('amount', moved, 'cash_balance', balance, 'cash_reserved', reserved,
        'positions_closed', case when event = 'reset' then others end), '{}') as wrong
    from running where kind = 'cash'
  ),
  of_others as materialized (
    select e.seq, case
      when e.order_id is not null or e.status is not null or e.data ? 'order' then e.kind = 'order'
      when e.event in ('deposit', 'reset') then e.kind = 'cash'
      when e.event = 'opened' then e.kind = 'account' and e.seq = 1 and e.at = (select created_at from portfolio)
        and e.data = jsonb_build_object('account_status', 'active',
          'account_type', (select account_type from users where id = p_user))
      else e.kind = 'account'
        and (e.event <> 'restricted' or e.data->>'account_status' = 'restricted')
        and (e.event <> 'reinstated' or e.data->>'account_status' = 'active')
        and exists (select from audit_log a
          where a.user_id = p_user and a.action = e.event and a.at = e.at and e.data @> a.data)
      end as is_known
    from events e
  )
  select 'journal_has_no_hole', (select last_seq::text from portfolio), (select count(*)::text from events),
    (select jsonb_agg(jsonb_build_object('table', 'account_events', 'seq', seq) order by seq) from holes)
  union all
  select 'order_events_follow', count(*)::text, (count(*) filter (where wrong is null))::text,
    jsonb_agg(jsonb_build_object('table', 'account_events', 'seq', seq, 'after', after, 'order_id', order_id, 'wrong', wrong)
      order by seq)
      filter (where wrong is not null)
  from of_orders
  union all
  select 'cash_events_follow', count(*)::text, (count(*) filter (where wrong is null))::text,
    jsonb_agg(jsonb_build_object('table', 'account_events', 'seq', seq, 'wrong', wrong) order by seq)
      filter (where wrong is not null)
  from of_cash
  union all
  select 'events_are_known', count(*)::text, (count(*) filter (where is_known))::text,
    jsonb_agg(jsonb_build_object('table', 'account_events', 'seq', seq) order by seq) filter (where is_known is not true)
  from of_others
$$;
