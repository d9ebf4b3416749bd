-- Everybody has an inbox: a stream with the id of the account, from the account's first moment on.
create function create_inbox() returns trigger
language plpgsql
as $$
  begin
    insert into stream (id, kind) values (new.id, 'inbox');
    return new;
  end
$$;
--> statement-breakpoint
create trigger app_user_inbox after insert on app_user for each row execute function create_inbox();
--> statement-breakpoint
insert into stream (id, kind) select id, 'inbox' from app_user on conflict do nothing;
--> statement-breakpoint
-- The 64 control streams tell every process whose sessions have ended.
insert into stream (id, kind)
select ('00000000-0000-8000-8000-0000000000' || lpad(to_hex(n), 2, '0'))::uuid, 'control' from generate_series(0, 63) n;
