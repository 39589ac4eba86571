-- Tickets for streams: each opens one, within a minute. Known by their SHA-256; taking one deletes it.

-- Keeps a ticket of a session or key that still holds, and drops what that has let grow old.
--
-- p: ticket_hash, user_id, session_id or api_key_id, scopes, credential_expires_at (or null), at, expires_at.
-- Answers {result}; result: kept | unauthenticated.
create or replace function keep_stream_ticket(p jsonb) returns jsonb
language plpgsql as $$
declare
  v_at timestamptz := (p->>'at')::timestamptz;
  v_session uuid := (p->>'session_id')::uuid;
  v_key uuid := (p->>'api_key_id')::uuid;
begin
  if not credential_holds(p) then return jsonb_build_object('result', 'unauthenticated'); end if;
  delete from stream_tickets where (session_id = v_session or api_key_id = v_key) and expires_at <= v_at;
  insert into stream_tickets (ticket_hash, session_id, api_key_id, scopes, credential_expires_at, expires_at)
  values (p->>'ticket_hash', v_session, v_key, array(select jsonb_array_elements_text(p->'scopes')),
    (p->>'credential_expires_at')::timestamptz, (p->>'expires_at')::timestamptz);
  return jsonb_build_object('result', 'kept');
end $$;

-- Takes a ticket: of two who present it at once, one gets it.
--
-- p: ticket_hash, at.
-- Answers {result, user_id, session_id, api_key_id, scopes, credential_expires_at}; result: taken | invalid.
create or replace function take_stream_ticket(p jsonb) returns jsonb
language plpgsql as $$
declare
  v_ticket stream_tickets;
  v_caller jsonb;
begin
  delete from stream_tickets where ticket_hash = p->>'ticket_hash' returning * into v_ticket;
  if not found or v_ticket.expires_at <= (p->>'at')::timestamptz then
    return jsonb_build_object('result', 'invalid');
  end if;
  v_caller := jsonb_build_object('session_id', v_ticket.session_id, 'api_key_id', v_ticket.api_key_id,
    'user_id', coalesce((select user_id from sessions where id = v_ticket.session_id),
      (select user_id from api_keys where id = v_ticket.api_key_id)));
  if not credential_holds(v_caller || jsonb_build_object('at', p->>'at')) then
    return jsonb_build_object('result', 'invalid');
  end if;
  return v_caller || jsonb_build_object('result', 'taken', 'scopes', to_jsonb(v_ticket.scopes),
    'credential_expires_at', v_ticket.credential_expires_at);
end $$;
