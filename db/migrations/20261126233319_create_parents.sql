-- drizzle-kit has no words for either: whoever is a part of a deleted task is on its own again, and a batch may write a
-- part before what it is a part of.
alter table task add constraint task_parent foreign key (org_id, board_id, parent_id)
  references task (org_id, board_id, id) on delete set null (parent_id) deferrable initially deferred;
