-- What an assignment or a label on a task belongs to is what its task belongs to.
update task_assignee x set org_id = t.org_id from task t where t.id = x.task_id;
--> statement-breakpoint
update task_label x set org_id = t.org_id from task t where t.id = x.task_id;
--> statement-breakpoint
-- For processes of the build before, which do not name it, while they are replaced.
create function fill_org_of_task() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    new.org_id := (select org_id from task where id = new.task_id);
    return new;
  end
$$;
--> statement-breakpoint
create trigger task_assignee_org before insert on task_assignee for each row
when (new.org_id is null) execute function fill_org_of_task();
--> statement-breakpoint
create trigger task_label_org before insert on task_label for each row
when (new.org_id is null) execute function fill_org_of_task();
