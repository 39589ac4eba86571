-- Recomputes an account from its journal, its ledger and its trades, and compares with the rows that answers are read from:
-- each invariant of the rules, and each projection rebuilt. Reads only, at one instant. One row a check; `rows` names the
-- rows that disagree, each with what is and what should be, at most 20 a check.
drop function if exists verify_account(uuid);
create or replace function verify_account(p_user uuid)
returns table (name text, ok boolean, expected text, actual text, rows jsonb)
language sql stable as $$
  select name, faults is null and expected is not distinct from actual, expected, actual,
    coalesce((select jsonb_agg(f) from (select f from jsonb_array_elements(faults) f limit 20) first), '[]')
  from (
    select * from verify_journal(p_user) union all select * from verify_ledger(p_user)
    union all select * from verify_orders(p_user) union all select * from verify_positions(p_user)
    union all select * from verify_portfolio(p_user)
  ) checks
$$;
