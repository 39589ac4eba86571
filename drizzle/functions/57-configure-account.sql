-- Sets what an account refuses of itself. Journals and audits a change; the same settings again change nothing.
--
-- p: user_id, session_id or api_key_id, suspend_trade (or null: as it is), closing_only (likewise), at.
-- Answers {result, config}; result: configured | unauthenticated.
create or replace function configure_account(p jsonb) returns jsonb
language plpgsql as $$
declare
  v_at timestamptz := (p->>'at')::timestamptz;
  v_user uuid := (p->>'user_id')::uuid;
  v_portfolio portfolios;
  v_suspend boolean;
  v_closing boolean;
  v_config jsonb;
begin
  select * into v_portfolio from portfolios where user_id = v_user for update;
  if not found or not credential_holds(p) then
    return jsonb_build_object('result', 'unauthenticated');
  end if;
  v_suspend := coalesce((p->>'suspend_trade')::boolean, v_portfolio.suspend_trade);
  v_closing := coalesce((p->>'closing_only')::boolean, v_portfolio.closing_only);
  v_config := jsonb_build_object('suspend_trade', v_suspend, 'closing_only', v_closing);
  if (v_suspend, v_closing) is distinct from (v_portfolio.suspend_trade, v_portfolio.closing_only) then
    update portfolios set suspend_trade = v_suspend, closing_only = v_closing where user_id = v_user;
    perform append_event(v_user, 'account', 'configured', null, null, v_at, v_config);
    perform audit(v_user, v_at, 'configured', v_config);
  end if;
  return jsonb_build_object('result', 'configured', 'config', v_config);
end $$;
