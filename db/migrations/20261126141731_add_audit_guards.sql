-- Audit records and blocks are added and never changed, by the owner of the tables neither. The one change: a record
-- gets its place in a block, once. (A generated column is not there yet before an update.)
create function refuse_audit_change() returns trigger
language plpgsql set search_path = pg_catalog
as $$
begin
  if tg_op = 'UPDATE' and tg_table_name = 'audit_record' then
    if old.block is null and new.block is not null and new.position is not null
      and to_jsonb(new) - '{block,position,chain_id}'::text[] = to_jsonb(old) - '{block,position,chain_id}'::text[] then
      return new;
    end if;
  end if;
  raise exception 'the audit log is only ever added to' using errcode = 'insufficient_privilege';
end
$$;
--> statement-breakpoint
create trigger audit_record_kept before update or delete on audit_record
for each row execute function refuse_audit_change();
--> statement-breakpoint
create trigger audit_record_whole before truncate on audit_record
for each statement execute function refuse_audit_change();
--> statement-breakpoint
create trigger audit_block_kept before update or delete on audit_block
for each row execute function refuse_audit_change();
--> statement-breakpoint
create trigger audit_block_whole before truncate on audit_block
for each statement execute function refuse_audit_change();
