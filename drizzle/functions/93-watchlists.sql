-- Lists of symbols that a user keeps. They move no money: the lock on the user's row only makes changes of one user's lists
-- take turns, and lets everything else of the user pass.

-- A watchlist as it is answered.
create or replace function watchlist_json(w watchlists) returns jsonb
language sql stable as $$
  select jsonb_build_object('id', w.id, 'name', w.name, 'symbols', coalesce(
    (select jsonb_agg(symbol order by position) from watchlist_symbols where watchlist_id = w.id), '[]'))
$$;

-- Creates a list, or with `replace` sets an existing one's name and symbols.
--
-- p: id, user_id, session_id or api_key_id, name, symbols (each once), replace, lists_max, at.
-- Answers {result, watchlist}; result: saved | unauthenticated | not_found | name_taken | limit_reached.
create or replace function save_watchlist(p jsonb) returns jsonb
language plpgsql as $$
declare
  v_at timestamptz := (p->>'at')::timestamptz;
  v_id uuid := (p->>'id')::uuid;
  v_user uuid := (p->>'user_id')::uuid;
  v_name text := p->>'name';
  v_list watchlists;
begin
  perform from users where id = v_user for no key update;
  if not credential_holds(p) then
    return jsonb_build_object('result', 'unauthenticated');
  end if;
  if (p->>'replace')::boolean then
    if not exists (select from watchlists where id = v_id and user_id = v_user) then
      return jsonb_build_object('result', 'not_found');
    end if;
  elsif (select count(*) from watchlists where user_id = v_user) >= (p->>'lists_max')::int then
    return jsonb_build_object('result', 'limit_reached');
  end if;
  if exists (select from watchlists where user_id = v_user and lower(name) = lower(v_name) and id <> v_id) then
    return jsonb_build_object('result', 'name_taken');
  end if;

  insert into watchlists (id, user_id, name, created_at, updated_at) values (v_id, v_user, v_name, v_at, v_at)
  on conflict (id) do update set name = excluded.name, updated_at = excluded.updated_at
  returning * into v_list;
  delete from watchlist_symbols where watchlist_id = v_id;
  insert into watchlist_symbols (watchlist_id, position, symbol)
  select v_id, n, symbol from jsonb_array_elements_text(p->'symbols') with ordinality as x(symbol, n);
  return jsonb_build_object('result', 'saved', 'watchlist', watchlist_json(v_list));
end $$;

-- p: id, user_id, session_id or api_key_id, at. Answers {result}; result: deleted | unauthenticated | not_found.
create or replace function delete_watchlist(p jsonb) returns jsonb
language plpgsql as $$
declare
  v_user uuid := (p->>'user_id')::uuid;
begin
  if not credential_holds(p) then
    return jsonb_build_object('result', 'unauthenticated');
  end if;
  delete from watchlists where id = (p->>'id')::uuid and user_id = v_user;
  return jsonb_build_object('result', case when found then 'deleted' else 'not_found' end);
end $$;
