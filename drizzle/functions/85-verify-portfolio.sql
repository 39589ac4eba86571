-- The account's own row, rebuilt: money from the ledger, profit and fees from the holdings, settings from the journal.

create or replace function verify_portfolio(p_user uuid) returns table (name text, expected text, actual text, faults jsonb)
language sql stable as $$
  with portfolio as (select * from portfolios where user_id = p_user),
  restart as (select coalesce(max(seq), 0) as seq from account_events where user_id = p_user and event = 'reset'),
  usd as (
    select coalesce(sum(amount) filter (where account in ('cash', 'cash_reserved')), 0) as cash,
      coalesce(sum(amount) filter (where account = 'cash_reserved'), 0) as reserved,
      coalesce(-sum(amount) filter (where account = 'external' and t.seq > (select seq from restart)), 0) as deposited
    from ledger_transactions t join ledger_entries n on n.transaction_id = t.id
    where t.user_id = p_user and n.asset = 'USD'
  ),
  steps as materialized (select * from rebuild_holdings(p_user)),
  earned as (
    select coalesce(sum(realized_step), 0) as realized, coalesce(sum(fees_step), 0) as fees
    from steps where seq > (select seq from restart)
  ),
  standing as (select distinct on (symbol) * from steps order by symbol, seq desc),
  in_orders as (select coalesce(sum(reserved_amount), 0) as cash from orders where user_id = p_user),
  cost as (select coalesce(sum(cost_basis), 0) as held from positions where user_id = p_user and closed_at is null),
  configured as (
    select (data->>'suspend_trade')::boolean as suspend, (data->>'closing_only')::boolean as closing
    from account_events where user_id = p_user and event = 'configured' order by seq desc limit 1
  ),
  told as (
    select max(seq) as last_seq, min(at) filter (where event = 'opened') as opened,
      (array_agg(at order by seq desc))[1] as changed from account_events where user_id = p_user
  ),
  result (name, expected, actual) as (
    select 'portfolio_exists', '1', (select count(*)::text from portfolio)
    union all
    select x.name, trim_scale(x.expected)::text, trim_scale(x.actual)::text
    from portfolio p, usd, earned, in_orders, cost, lateral (values
      ('cash_balance', usd.cash, p.cash_balance), ('cash_reserved', usd.reserved, p.cash_reserved),
      ('cash_reserved_by_orders', in_orders.cash, p.cash_reserved), ('net_deposits', usd.deposited, p.net_deposits),
      ('realized_pnl', earned.realized, p.realized_pnl), ('fees', earned.fees, p.fees),
      ('money_is_accounted_for', p.net_deposits + p.realized_pnl - p.fees, p.cash_balance + cost.held)
    ) x (name, expected, actual)
    union all
    select x.name, x.expected, x.actual
    from portfolio p, usd, told, lateral (values
      ('overdrawn', (usd.cash < usd.reserved or exists (select from standing where quantity < reserved))::text,
        p.overdrawn::text),
      ('suspend_trade', coalesce((select suspend from configured), false)::text, p.suspend_trade::text),
      ('closing_only', coalesce((select closing from configured), false)::text, p.closing_only::text),
      ('last_seq', told.last_seq::text, p.last_seq::text), ('opened_at', told.opened::text, p.created_at::text),
      ('changed_at', told.changed::text, p.updated_at::text)
    ) x (name, expected, actual)
  )
  select name, expected, actual, case when expected is distinct from actual then
    jsonb_build_array(jsonb_build_object(
      'table', 'portfolios', 'user_id', p_user, 'wrong', jsonb_build_array(actual, expected))) end
  from result
$$;
