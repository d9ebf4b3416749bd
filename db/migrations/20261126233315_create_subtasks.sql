ALTER TABLE "task" ADD COLUMN "parent_id" uuid;--> statement-breakpoint
CREATE INDEX "task_parts" ON "task" USING btree ("board_id","parent_id") WHERE "task"."parent_id" is not null;--> statement-breakpoint
ALTER TABLE "task" ADD CONSTRAINT "task_parent_other" CHECK ("task"."parent_id" <> "task"."id");