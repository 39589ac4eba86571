-- Recomputes an account from its journal, ledger and trades, and compares with what stands in the rows that answers are
-- read from. Reads only; shares no code with what it verifies. One row a check.
create or replace function verify_account(p_user uuid)
returns table (name text, ok boolean, expected text, actual text)
language sql stable as $$
  with portfolio as (select * from portfolios where user_id = p_user),
  entries as (select e.* from ledger_entries e where e.user_id = p_user),
  restart as (select coalesce(max(seq), 0) as seq from account_events where user_id = p_user and event = 'reset'),
  usd as (
    select coalesce(sum(amount) filter (where account = 'cash'), 0) as free,
           coalesce(sum(amount) filter (where account = 'cash_reserved'), 0) as reserved,
           coalesce(-sum(amount) filter (where account = 'external' and t.seq > (select seq from restart)), 0) as deposited
    from entries join ledger_transactions t on t.id = transaction_id where asset = 'USD'
  ),
  held as (
    select asset as symbol, sum(amount) filter (where account like 'qty:%') as free,
           sum(amount) filter (where account like 'qty\_reserved:%') as reserved
    from entries where account like 'qty%' group by asset
  ),
  holding as (select * from positions where user_id = p_user and closed_at is null),
  filled as (
    select o.id, o.filled_quantity, coalesce(sum(t.quantity), 0) as traded
    from orders o left join trades t on t.order_id = o.id and t.voided_at is null where o.user_id = p_user group by o.id
  ),
  open_orders as (select * from orders where user_id = p_user and is_open(status)),
  result (name, expected, actual) as (
    select 'transactions_balance', 0::numeric, (select count(*)::numeric from (
      select from entries group by transaction_id, asset having sum(amount) <> 0) unbalanced)
    union all
    select 'journal_has_no_hole', (select last_seq::numeric from portfolio),
      (select count(*) from account_events where user_id = p_user and seq <= (select last_seq from portfolio))
    union all
    select 'cash_balance', (select free + reserved from usd), (select cash_balance from portfolio)
    union all
    select 'cash_reserved', (select reserved from usd), (select cash_reserved from portfolio)
    union all
    select 'cash_reserved_by_orders', (select coalesce(sum(reserved_amount), 0) from open_orders),
      (select cash_reserved from portfolio)
    union all
    select 'net_deposits', (select deposited from usd), (select net_deposits from portfolio)
    union all
    select 'position_quantities', 0, (select count(*)::numeric from held full join holding using (symbol)
      where coalesce(held.free, 0) + coalesce(held.reserved, 0) <> coalesce(holding.quantity, 0)
         or coalesce(held.reserved, 0) <> coalesce(holding.quantity_reserved, 0))
    union all
    select 'quantities_reserved_by_orders', 0, (select count(*)::numeric
      from (select symbol, sum(reserved_quantity) as quantity from open_orders group by symbol) by_orders
      full join holding using (symbol) where coalesce(by_orders.quantity, 0) <> coalesce(holding.quantity_reserved, 0))
    union all
    select 'trades_make_filled_quantity', 0, (select count(*)::numeric from filled where filled_quantity <> traded)
    union all
    select 'money_is_accounted_for',
      (select net_deposits + realized_pnl - fees from portfolio),
      (select cash_balance from portfolio) + (select coalesce(sum(cost_basis), 0) from holding)
    union all
    select 'nothing_negative', 0, (select count(*)::numeric from (
      select from portfolio where not overdrawn and (cash_balance < cash_reserved or cash_reserved < 0)
      union all
      select from holding where quantity < quantity_reserved and not (select overdrawn from portfolio)
    ) negative)
  )
  select name, expected = actual, trim_scale(expected)::text, trim_scale(actual)::text from result
$$;
