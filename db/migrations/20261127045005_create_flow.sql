CREATE TABLE "flow_column" (
	"org_id" uuid NOT NULL,
	"board_id" uuid NOT NULL,
	"column_id" uuid PRIMARY KEY NOT NULL,
	"state_group" text NOT NULL,
	"state" text NOT NULL,
	CONSTRAINT "flow_column_group" CHECK ("state_group" in ('backlog', 'unstarted', 'started', 'completed', 'cancelled'))
);
--> statement-breakpoint
ALTER TABLE "flow_column" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "flow_count" (
	"org_id" uuid NOT NULL,
	"board_id" uuid NOT NULL,
	"scope_id" uuid NOT NULL,
	"state_group" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"tasks" integer NOT NULL,
	"points" numeric(12, 2) NOT NULL,
	"added" integer NOT NULL,
	"removed" integer NOT NULL,
	CONSTRAINT "flow_count_org_id_board_id_scope_id_at_state_group_pk" PRIMARY KEY("org_id","board_id","scope_id","at","state_group"),
	CONSTRAINT "flow_count_group" CHECK ("state_group" in ('backlog', 'unstarted', 'started', 'completed', 'cancelled'))
);
--> statement-breakpoint
ALTER TABLE "flow_count" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "plan" (
	"id" uuid PRIMARY KEY NOT NULL,
	"org_id" uuid NOT NULL,
	"project_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"starts_on" date,
	"ends_on" date,
	"state" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "plan_org_id" UNIQUE("org_id","id"),
	CONSTRAINT "plan_kind" CHECK ("kind" in ('milestone', 'sprint')),
	CONSTRAINT "plan_state" CHECK ("state" in ('open', 'closed')),
	CONSTRAINT "plan_days" CHECK ("plan"."starts_on" <= "plan"."ends_on")
);
--> statement-breakpoint
ALTER TABLE "plan" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "task_flow" (
	"org_id" uuid NOT NULL,
	"board_id" uuid NOT NULL,
	"task_id" uuid NOT NULL,
	"column_id" uuid NOT NULL,
	"state" text NOT NULL,
	"points" numeric(8, 2) NOT NULL,
	"plan_ids" uuid[] DEFAULT '{}' NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"started_at" timestamp (3) with time zone,
	"completed_at" timestamp (3) with time zone,
	CONSTRAINT "task_flow_board_id_task_id_pk" PRIMARY KEY("board_id","task_id")
);
--> statement-breakpoint
ALTER TABLE "task_flow" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "task_plan" (
	"org_id" uuid NOT NULL,
	"board_id" uuid NOT NULL,
	"task_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"plan_id" uuid NOT NULL,
	CONSTRAINT "task_plan_task_id_kind_pk" PRIMARY KEY("task_id","kind"),
	CONSTRAINT "task_plan_kind" CHECK ("kind" in ('milestone', 'sprint'))
);
--> statement-breakpoint
ALTER TABLE "task_plan" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "flow_column" ADD CONSTRAINT "flow_column_column" FOREIGN KEY ("org_id","board_id","column_id") REFERENCES "public"."board_column"("org_id","board_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "flow_count" ADD CONSTRAINT "flow_count_board" FOREIGN KEY ("org_id","board_id") REFERENCES "public"."board"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plan" ADD CONSTRAINT "plan_project" FOREIGN KEY ("org_id","project_id") REFERENCES "public"."project"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_flow" ADD CONSTRAINT "task_flow_board" FOREIGN KEY ("org_id","board_id") REFERENCES "public"."board"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_plan" ADD CONSTRAINT "task_plan_task" FOREIGN KEY ("org_id","board_id","task_id") REFERENCES "public"."task"("org_id","board_id","id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "task_plan" ADD CONSTRAINT "task_plan_plan" FOREIGN KEY ("org_id","plan_id") REFERENCES "public"."plan"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "flow_column_of_board" ON "flow_column" USING btree ("org_id","board_id","column_id");--> statement-breakpoint
CREATE INDEX "plan_of_project" ON "plan" USING btree ("org_id","project_id","id");--> statement-breakpoint
CREATE INDEX "task_flow_of_column" ON "task_flow" USING btree ("org_id","board_id","column_id");--> statement-breakpoint
CREATE INDEX "task_flow_completed" ON "task_flow" USING btree ("org_id","board_id","completed_at") WHERE "task_flow"."completed_at" is not null;--> statement-breakpoint
CREATE INDEX "task_plan_task_index" ON "task_plan" USING btree ("org_id","board_id","task_id");--> statement-breakpoint
CREATE INDEX "task_plan_of_plan" ON "task_plan" USING btree ("org_id","plan_id","board_id");--> statement-breakpoint
CREATE POLICY "of_org" ON "flow_column" AS PERMISSIVE FOR ALL TO public USING (("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid)) is true) WITH CHECK ("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "flow_column" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "of_org" ON "flow_count" AS PERMISSIVE FOR ALL TO public USING (("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid)) is true) WITH CHECK ("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "flow_count" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "of_org" ON "plan" AS PERMISSIVE FOR ALL TO public USING (("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid)) is true) WITH CHECK ("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "plan" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "of_org" ON "task_flow" AS PERMISSIVE FOR ALL TO public USING (("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid)) is true) WITH CHECK ("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "task_flow" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "of_org" ON "task_plan" AS PERMISSIVE FOR ALL TO public USING (("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid)) is true) WITH CHECK ("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "task_plan" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);