ALTER TABLE "task" DROP CONSTRAINT "task_state";--> statement-breakpoint
ALTER TABLE "event" ADD COLUMN "replaced" jsonb;--> statement-breakpoint
ALTER TABLE "task" ADD COLUMN "trashed_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "task" ADD COLUMN "trashed_by" uuid;--> statement-breakpoint
ALTER TABLE "task" ADD COLUMN "state_before" text;--> statement-breakpoint
ALTER TABLE "task" ADD CONSTRAINT "task_trashed_by_app_user_id_fk" FOREIGN KEY ("trashed_by") REFERENCES "public"."app_user"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "task_trash" ON "task" USING btree ("org_id","board_id","trashed_at","id") WHERE "task"."state" = 'trashed';--> statement-breakpoint
CREATE INDEX "task_trashed_at" ON "task" USING btree ("trashed_at") WHERE "task"."state" = 'trashed';--> statement-breakpoint
ALTER TABLE "task" ADD CONSTRAINT "task_trashed" CHECK (("task"."state" = 'trashed') = ("task"."trashed_at" is not null and "task"."trashed_by" is not null and "task"."state_before" is not null));--> statement-breakpoint
ALTER TABLE "task" ADD CONSTRAINT "task_state" CHECK ("state" in ('open', 'archived', 'trashed'));