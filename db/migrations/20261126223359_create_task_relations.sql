CREATE TABLE "task_relation" (
	"id" uuid PRIMARY KEY NOT NULL,
	"org_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"from_board_id" uuid NOT NULL,
	"from_task_id" uuid NOT NULL,
	"to_board_id" uuid NOT NULL,
	"to_task_id" uuid NOT NULL,
	"created_by" uuid NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "task_relation_pair" UNIQUE("org_id","from_task_id","to_task_id","kind"),
	CONSTRAINT "task_relation_kind" CHECK ("kind" in ('blocks', 'relates', 'duplicates')),
	CONSTRAINT "task_relation_two" CHECK ("task_relation"."from_task_id" <> "task_relation"."to_task_id")
);
--> statement-breakpoint
ALTER TABLE "task_relation" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "task" ADD COLUMN "blocker_ids" uuid[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "task" ADD COLUMN "blockers_elsewhere" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "task" ADD COLUMN "blocks_on_boards" uuid[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "task_relation" ADD CONSTRAINT "task_relation_created_by_app_user_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."app_user"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_relation" ADD CONSTRAINT "task_relation_from" FOREIGN KEY ("org_id","from_board_id","from_task_id") REFERENCES "public"."task"("org_id","board_id","id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "task_relation" ADD CONSTRAINT "task_relation_to" FOREIGN KEY ("org_id","to_board_id","to_task_id") REFERENCES "public"."task"("org_id","board_id","id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
CREATE INDEX "task_relation_to_task" ON "task_relation" USING btree ("org_id","to_task_id");--> statement-breakpoint
CREATE INDEX "task_blocks_on_boards" ON "task" USING btree ("board_id") WHERE "task"."blocks_on_boards" <> '{}';--> statement-breakpoint
CREATE POLICY "of_org" ON "task_relation" AS PERMISSIVE FOR ALL TO public USING (("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid)) is true) WITH CHECK ("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "task_relation" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);