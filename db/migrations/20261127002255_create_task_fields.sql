CREATE TABLE "task_field" (
	"id" uuid PRIMARY KEY NOT NULL,
	"org_id" uuid NOT NULL,
	"project_id" uuid NOT NULL,
	"name" text NOT NULL,
	"kind" text NOT NULL,
	"options" jsonb NOT NULL,
	"rank" text collate "C" NOT NULL,
	"state" text NOT NULL,
	CONSTRAINT "task_field_kind" CHECK ("kind" in ('text', 'number', 'date', 'select', 'multi-select', 'person', 'checkbox', 'url')),
	CONSTRAINT "task_field_state" CHECK ("state" in ('open', 'archived'))
);
--> statement-breakpoint
ALTER TABLE "task_field" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "board" ADD COLUMN "lane_by" text;--> statement-breakpoint
ALTER TABLE "task" ADD COLUMN "fields" jsonb DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "task_field" ADD CONSTRAINT "task_field_project" FOREIGN KEY ("org_id","project_id") REFERENCES "public"."project"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "task_field_of_project" ON "task_field" USING btree ("org_id","project_id");--> statement-breakpoint
CREATE POLICY "of_org" ON "task_field" AS PERMISSIVE FOR ALL TO public USING (("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid)) is true) WITH CHECK ("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "task_field" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);