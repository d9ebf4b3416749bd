-- An organisation's keys go with it. No foreign key: see db/schema/encryption.ts.
create function delete_data_keys() returns trigger
language plpgsql
as $$
begin
  delete from data_key where org_id = old.id;
  return null;
end
$$;
--> statement-breakpoint
create trigger org_data_keys after delete on org for each row execute function delete_data_keys();
--> statement-breakpoint
-- Places of last use are encrypted from now on; the next use of a session or key says where it is again.
update session set last_address = null where last_address is not null;
--> statement-breakpoint
update api_key set last_address = null where last_address is not null;
