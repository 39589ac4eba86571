-- Opens an account: user, portfolio, its first deposit as an event of the journal with its ledger transaction, and a
-- session with the first refresh token of its family.
--
-- p: user_id, portfolio_id, session_id, email, username, password_hash, full_name, device_name, cash, token_hash, at,
--    session_expires_at. E-mail and username are in lower case.
-- Answers {result, user}; result: opened | email_taken | username_taken.
create or replace function open_account(p jsonb) returns jsonb
language plpgsql as $$
declare
  v_at timestamptz := (p->>'at')::timestamptz;
  v_cash numeric := (p->>'cash')::numeric;
  v_user users;
begin
  insert into users (id, email, username, password_hash, full_name, created_at, updated_at)
  values ((p->>'user_id')::uuid, p->>'email', p->>'username', p->>'password_hash', p->>'full_name', v_at, v_at)
  on conflict do nothing returning * into v_user;
  if not found then
    -- A statement of its own sees what a concurrent registration has committed meanwhile.
    return jsonb_build_object('result', case
      when exists (select from users where lower(email) = lower(p->>'email')) then 'email_taken'
      else 'username_taken' end);
  end if;

  insert into portfolios (id, user_id, created_at, updated_at)
  values ((p->>'portfolio_id')::uuid, v_user.id, v_at, v_at);
  perform append_event(v_user.id, 'account', 'opened', null, null, v_at, jsonb_build_object(
    'account_type', v_user.account_type, 'account_status', v_user.account_status));
  if v_cash > 0 then perform book_deposit(v_user.id, v_cash, v_at); end if;

  perform start_session(p);
  perform audit(v_user.id, v_at, 'registered', jsonb_build_object('session_id', p->>'session_id'));
  return jsonb_build_object('result', 'opened', 'user', to_jsonb(v_user) - 'password_hash');
end $$;
