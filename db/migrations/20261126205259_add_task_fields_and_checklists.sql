CREATE TABLE "check_item" (
	"id" uuid PRIMARY KEY NOT NULL,
	"org_id" uuid NOT NULL,
	"board_id" uuid NOT NULL,
	"task_id" uuid NOT NULL,
	"checklist_id" uuid NOT NULL,
	"text" text NOT NULL,
	"state" text NOT NULL,
	"assignee_id" uuid,
	"due_at" timestamp (3) with time zone,
	"rank" text collate "C" NOT NULL,
	"version" bigint NOT NULL,
	"external_id" text collate "C",
	CONSTRAINT "check_item_state" CHECK ("state" in ('open', 'done'))
);
--> statement-breakpoint
ALTER TABLE "check_item" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "checklist" (
	"id" uuid PRIMARY KEY NOT NULL,
	"org_id" uuid NOT NULL,
	"board_id" uuid NOT NULL,
	"task_id" uuid NOT NULL,
	"name" text NOT NULL,
	"rank" text collate "C" NOT NULL,
	"version" bigint NOT NULL,
	"external_id" text collate "C",
	CONSTRAINT "checklist_org_id" UNIQUE("org_id","board_id","task_id","id")
);
--> statement-breakpoint
ALTER TABLE "checklist" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "task" ADD COLUMN "start_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "task" ADD COLUMN "start_on" date;--> statement-breakpoint
ALTER TABLE "task" ADD COLUMN "due_on" date;--> statement-breakpoint
ALTER TABLE "task" ADD COLUMN "time_zone" text;--> statement-breakpoint
ALTER TABLE "task" ADD COLUMN "estimate" numeric(8, 2);--> statement-breakpoint
ALTER TABLE "task" ADD COLUMN "cover_color" text;--> statement-breakpoint
ALTER TABLE "task" ADD COLUMN "items_done" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "task" ADD COLUMN "items_total" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "task" ADD COLUMN "field_versions" jsonb;--> statement-breakpoint
ALTER TABLE "check_item" ADD CONSTRAINT "check_item_checklist" FOREIGN KEY ("org_id","board_id","task_id","checklist_id") REFERENCES "public"."checklist"("org_id","board_id","task_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "check_item" ADD CONSTRAINT "check_item_person" FOREIGN KEY ("org_id","assignee_id","board_id") REFERENCES "public"."board_member"("org_id","user_id","board_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "checklist" ADD CONSTRAINT "checklist_task" FOREIGN KEY ("org_id","board_id","task_id") REFERENCES "public"."task"("org_id","board_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "check_item_checklist_index" ON "check_item" USING btree ("org_id","board_id","task_id","checklist_id");--> statement-breakpoint
CREATE INDEX "check_item_assignee" ON "check_item" USING btree ("org_id","assignee_id","board_id") WHERE "check_item"."assignee_id" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "check_item_external" ON "check_item" USING btree ("board_id","external_id");--> statement-breakpoint
CREATE UNIQUE INDEX "checklist_external" ON "checklist" USING btree ("board_id","external_id");--> statement-breakpoint
ALTER TABLE "task" ADD CONSTRAINT "task_cover_color" CHECK ("cover_color" in ('gray', 'red', 'orange', 'yellow', 'lime', 'green', 'sky', 'blue', 'purple', 'pink', 'black'));--> statement-breakpoint
ALTER TABLE "task" ADD CONSTRAINT "task_estimate" CHECK ("task"."estimate" >= 0);--> statement-breakpoint
ALTER TABLE "task" ADD CONSTRAINT "task_dates" CHECK ("task"."start_at" <= "task"."due_at");--> statement-breakpoint
ALTER TABLE "task" ADD CONSTRAINT "task_start_on" CHECK ("task"."start_on" is null or "task"."start_at" is not null and "task"."time_zone" is not null);--> statement-breakpoint
ALTER TABLE "task" ADD CONSTRAINT "task_due_on" CHECK ("task"."due_on" is null or "task"."due_at" is not null and "task"."time_zone" is not null);--> statement-breakpoint
CREATE POLICY "of_org" ON "check_item" AS PERMISSIVE FOR ALL TO public USING (("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid)) is true) WITH CHECK ("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "check_item" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "of_org" ON "checklist" AS PERMISSIVE FOR ALL TO public USING (("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid)) is true) WITH CHECK ("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "checklist" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);