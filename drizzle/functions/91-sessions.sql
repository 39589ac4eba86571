-- Sessions and their refresh tokens. A session is a family of tokens, of which one is unspent; revoking the session
-- ends them all. Tokens are known by their SHA-256.

-- Writes a session and the first token of its family. p as for open_session.
create or replace function start_session(p jsonb) returns void
language plpgsql as $$
begin
  insert into sessions (id, user_id, device_name, created_at, last_used_at, expires_at)
  values ((p->>'session_id')::uuid, (p->>'user_id')::uuid, p->>'device_name', (p->>'at')::timestamptz,
    (p->>'at')::timestamptz, (p->>'session_expires_at')::timestamptz);
  insert into refresh_tokens (token_hash, session_id, issued_at, expires_at)
  values (p->>'token_hash', (p->>'session_id')::uuid, (p->>'at')::timestamptz, (p->>'session_expires_at')::timestamptz);
end $$;

-- Opens a session for a user whose password has just been verified against `password_hash`; if the stored hash is
-- another one by now, the password was changed meanwhile and nothing is opened. With `new_password_hash` that takes the
-- place of one that was made in an older way.
--
-- p: session_id, user_id, password_hash, new_password_hash (or null), device_name, token_hash, at, session_expires_at.
-- Answers {result, account_status}; result: opened | password_changed | account_inactive.
create or replace function open_session(p jsonb) returns jsonb
language plpgsql as $$
declare
  v_status account_status;
begin
  -- The lock keeps a change of password or status from passing between the check and the insert.
  if p->>'new_password_hash' is null then
    select account_status into v_status from users
    where id = (p->>'user_id')::uuid and password_hash = p->>'password_hash' for share;
  else
    update users set password_hash = p->>'new_password_hash'
    where id = (p->>'user_id')::uuid and password_hash = p->>'password_hash' returning account_status into v_status;
  end if;
  if not found then return jsonb_build_object('result', 'password_changed'); end if;
  if v_status in ('suspended', 'closed') then
    return jsonb_build_object('result', 'account_inactive', 'account_status', v_status);
  end if;
  perform start_session(p);
  perform audit((p->>'user_id')::uuid, (p->>'at')::timestamptz, 'signed_in',
    jsonb_build_object('session_id', p->>'session_id', 'device_name', p->>'device_name',
      'rehashed', p->>'new_password_hash' is not null));
  return jsonb_build_object('result', 'opened');
end $$;

-- Spends a refresh token and stores its successor. Presented again within `grace_s` it answers as the first time (the
-- answer was lost); later it was stolen, and its session ends.
--
-- p: token_hash, successor_hash, grace_s, at, expires_at (the successor's).
-- Answers {result, user_id, session_id, expires_at, account_status}; result: rotated | invalid | reused | account_inactive.
create or replace function rotate_refresh_token(p jsonb) returns jsonb
language plpgsql as $$
declare
  v_at timestamptz := (p->>'at')::timestamptz;
  v_token refresh_tokens;
  v_session sessions;
  v_status account_status;
  v_expires timestamptz := (p->>'expires_at')::timestamptz;
begin
  -- The token's row first: two requests with the same token pass one after the other.
  select * into v_token from refresh_tokens where token_hash = p->>'token_hash' for update;
  if not found then return jsonb_build_object('result', 'invalid'); end if;
  select * into v_session from sessions where id = v_token.session_id for update;
  if v_session.revoked_at is not null or v_session.expires_at <= v_at or v_token.expires_at <= v_at then
    return jsonb_build_object('result', 'invalid');
  end if;
  select account_status into v_status from users where id = v_session.user_id;
  if v_status in ('suspended', 'closed') then
    return jsonb_build_object('result', 'account_inactive', 'account_status', v_status);
  end if;

  if v_token.used_at is null then
    update refresh_tokens set used_at = v_at where token_hash = v_token.token_hash;
    insert into refresh_tokens (token_hash, session_id, issued_at, expires_at)
    values (p->>'successor_hash', v_session.id, v_at, v_expires);
    update sessions set last_used_at = v_at, expires_at = v_expires where id = v_session.id;
  elsif v_at - v_token.used_at > make_interval(secs => (p->>'grace_s')::numeric) then
    update sessions set revoked_at = v_at, revoked_reason = 'refresh_token_reused' where id = v_session.id;
    perform audit(v_session.user_id, v_at, 'refresh_token_reused', jsonb_build_object('session_id', v_session.id));
    return jsonb_build_object('result', 'reused', 'user_id', v_session.user_id, 'session_id', v_session.id);
  else
    select expires_at into v_expires from refresh_tokens where token_hash = p->>'successor_hash';
    -- The server's key was changed in between, so the successor cannot be told again.
    if not found then return jsonb_build_object('result', 'invalid'); end if;
  end if;
  return jsonb_build_object('result', 'rotated', 'user_id', v_session.user_id, 'session_id', v_session.id,
    'expires_at', v_expires);
end $$;

-- Ends sessions of a user, with all their tokens: one of them, or all but one; null names none. Returns the ids of those
-- that held.
create or replace function end_sessions(p_user uuid, p_one uuid, p_but uuid, p_reason text, p_at timestamptz)
returns jsonb
language sql as $$
  with ended as (
    update sessions set revoked_at = p_at, revoked_reason = p_reason
    where user_id = p_user and revoked_at is null and expires_at > p_at
      and (p_one is null or id = p_one) and id is distinct from p_but
    returning id
  )
  select coalesce(jsonb_agg(id), '[]') from ended
$$;

-- Ends the caller's session, or with `all` every session of the user.
--
-- p: user_id, session_id, all, at. Answers {result, session_ids}; result: closed | unauthenticated.
create or replace function close_session(p jsonb) returns jsonb
language plpgsql as $$
declare
  v_at timestamptz := (p->>'at')::timestamptz;
  v_user uuid := (p->>'user_id')::uuid;
  v_session uuid := (p->>'session_id')::uuid;
  v_closed jsonb;
begin
  if not session_holds(v_user, v_session, v_at) then
    return jsonb_build_object('result', 'unauthenticated');
  end if;
  v_closed := end_sessions(v_user, case when not (p->>'all')::boolean then v_session end, null, 'logout', v_at);
  perform audit(v_user, v_at, 'signed_out', jsonb_build_object('session_id', v_session, 'session_ids', v_closed));
  return jsonb_build_object('result', 'closed', 'session_ids', v_closed);
end $$;

-- Ends one session of the caller's user, which may be the caller's own.
--
-- p: user_id, session_id, target_id, at. Answers {result}; result: ended | not_found | unauthenticated.
create or replace function end_session(p jsonb) returns jsonb
language plpgsql as $$
declare
  v_at timestamptz := (p->>'at')::timestamptz;
  v_user uuid := (p->>'user_id')::uuid;
  v_session uuid := (p->>'session_id')::uuid;
  v_target uuid := (p->>'target_id')::uuid;
begin
  if not session_holds(v_user, v_session, v_at) then
    return jsonb_build_object('result', 'unauthenticated');
  end if;
  if end_sessions(v_user, v_target, null, 'ended_by_user', v_at) = '[]' then
    return jsonb_build_object('result', 'not_found');
  end if;
  perform audit(v_user, v_at, 'session_ended', jsonb_build_object('session_id', v_session, 'ended', v_target));
  return jsonb_build_object('result', 'ended');
end $$;

-- Changes a password that has just been verified against `password_hash`, and ends the other sessions: whoever knew the
-- old one is out. A sign-in with the old one that is on its way waits for the row, and then finds another hash.
--
-- p: user_id, session_id, password_hash, new_password_hash, at.
-- Answers {result, session_ids}; result: changed | password_changed (by somebody else meanwhile) | unauthenticated.
create or replace function change_password(p jsonb) returns jsonb
language plpgsql as $$
declare
  v_at timestamptz := (p->>'at')::timestamptz;
  v_user uuid := (p->>'user_id')::uuid;
  v_session uuid := (p->>'session_id')::uuid;
  v_ended jsonb;
begin
  perform from users where id = v_user for no key update;
  if not session_holds(v_user, v_session, v_at) then
    return jsonb_build_object('result', 'unauthenticated');
  end if;
  update users set password_hash = p->>'new_password_hash', updated_at = v_at
  where id = v_user and password_hash = p->>'password_hash';
  if not found then return jsonb_build_object('result', 'password_changed'); end if;
  v_ended := end_sessions(v_user, null, v_session, 'password_changed', v_at);
  perform audit(v_user, v_at, 'password_changed', jsonb_build_object('session_id', v_session, 'session_ids', v_ended));
  return jsonb_build_object('result', 'changed', 'session_ids', v_ended);
end $$;
