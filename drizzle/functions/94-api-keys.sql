-- API keys: made and deleted by sessions only. A key is known by its key_id, its secret by the SHA-256.

-- An API key as its owner sees it.
create or replace function api_key_json(k api_keys) returns jsonb
language sql stable as $$ select to_jsonb(k) - 'secret_hash' - 'user_id' - 'revoked_at' $$;

-- p: id, user_id, session_id, name, key_id, secret_hash, scopes, expires_at (or null), keys_max, at.
-- Answers {result, api_key}; result: created | limit_reached | unauthenticated.
create or replace function create_api_key(p jsonb) returns jsonb
language plpgsql as $$
declare
  v_at timestamptz := (p->>'at')::timestamptz;
  v_user uuid := (p->>'user_id')::uuid;
  v_session uuid := (p->>'session_id')::uuid;
  v_key api_keys;
begin
  -- Keys of one user are made one after the other, so that none is counted too few.
  perform from users where id = v_user for no key update;
  if not session_holds(v_user, v_session, v_at) then
    return jsonb_build_object('result', 'unauthenticated');
  end if;
  if (select count(*) from api_keys where user_id = v_user and revoked_at is null) >= (p->>'keys_max')::int then
    return jsonb_build_object('result', 'limit_reached');
  end if;
  insert into api_keys (id, user_id, name, key_id, secret_hash, scopes, created_at, expires_at)
  values ((p->>'id')::uuid, v_user, p->>'name', p->>'key_id', p->>'secret_hash',
    array(select jsonb_array_elements_text(p->'scopes')), v_at, (p->>'expires_at')::timestamptz)
  returning * into v_key;
  perform audit(v_user, v_at, 'api_key_created', jsonb_build_object(
    'api_key_id', v_key.id, 'key_id', v_key.key_id, 'scopes', to_jsonb(v_key.scopes), 'session_id', v_session));
  return jsonb_build_object('result', 'created', 'api_key', api_key_json(v_key));
end $$;

-- p: id, user_id, session_id, at. Answers {result}; result: deleted | not_found | unauthenticated.
create or replace function delete_api_key(p jsonb) returns jsonb
language plpgsql as $$
declare
  v_at timestamptz := (p->>'at')::timestamptz;
  v_user uuid := (p->>'user_id')::uuid;
  v_session uuid := (p->>'session_id')::uuid;
  v_key api_keys;
begin
  if not session_holds(v_user, v_session, v_at) then
    return jsonb_build_object('result', 'unauthenticated');
  end if;
  update api_keys set revoked_at = v_at
  where id = (p->>'id')::uuid and user_id = v_user and revoked_at is null returning * into v_key;
  if not found then return jsonb_build_object('result', 'not_found'); end if;
  perform audit(v_user, v_at, 'api_key_deleted', jsonb_build_object(
    'api_key_id', v_key.id, 'key_id', v_key.key_id, 'session_id', v_session));
  return jsonb_build_object('result', 'deleted');
end $$;

-- Whom a key and its secret stand for. Notes the use, to the minute.
--
-- p: key_id, secret_hash, at.
-- Answers {result, user_id, api_key_id, scopes, expires_at, account_status}; result: good | invalid | account_inactive.
create or replace function use_api_key(p jsonb) returns jsonb
language plpgsql as $$
declare
  v_at timestamptz := (p->>'at')::timestamptz;
  v_key api_keys;
  v_status account_status;
begin
  select * into v_key from api_keys
  where key_id = p->>'key_id' and secret_hash = p->>'secret_hash' and revoked_at is null
    and (expires_at is null or expires_at > v_at);
  if not found then return jsonb_build_object('result', 'invalid'); end if;
  select account_status into v_status from users where id = v_key.user_id;
  if v_status in ('suspended', 'closed') then
    return jsonb_build_object('result', 'account_inactive', 'account_status', v_status);
  end if;
  update api_keys set last_used_at = v_at
  where id = v_key.id and (last_used_at is null or last_used_at <= v_at - interval '1 minute');
  return jsonb_build_object('result', 'good', 'user_id', v_key.user_id, 'api_key_id', v_key.id,
    'scopes', to_jsonb(v_key.scopes), 'expires_at', v_key.expires_at);
end $$;
