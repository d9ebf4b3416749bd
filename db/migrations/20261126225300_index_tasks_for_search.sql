CREATE INDEX "task_created" ON "task" USING btree ("org_id","created_at","id");--> statement-breakpoint
CREATE INDEX "task_due" ON "task" USING btree ("org_id","due_at");--> statement-breakpoint
CREATE INDEX "task_assignee_of_person" ON "task_assignee" USING btree ("org_id","user_id","board_id","task_id");