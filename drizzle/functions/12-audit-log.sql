-- The audit log is only ever added to.
create or replace function refuse_rewriting() returns trigger
language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;

create or replace trigger audit_log_append_only before update or delete or truncate on audit_log
for each statement execute function refuse_rewriting();
