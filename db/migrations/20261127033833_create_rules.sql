CREATE TABLE "rule" (
	"id" uuid PRIMARY KEY NOT NULL,
	"org_id" uuid NOT NULL,
	"project_id" uuid NOT NULL,
	"board_id" uuid,
	"owner_id" uuid NOT NULL,
	"name" text NOT NULL,
	"trigger" jsonb NOT NULL,
	"filter" text NOT NULL,
	"time_zone" text NOT NULL,
	"actions" jsonb NOT NULL,
	"state" text NOT NULL,
	"stop_reason" text,
	"on_since" timestamp (3) with time zone NOT NULL,
	"next_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "rule_org_id" UNIQUE("org_id","id"),
	CONSTRAINT "rule_state" CHECK ("state" in ('on', 'off', 'stopped')),
	CONSTRAINT "rule_stop_reason" CHECK ("stop_reason" in ('loop', 'too-often', 'owner-gone'))
);
--> statement-breakpoint
ALTER TABLE "rule" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "rule_mutation" (
	"mutation_id" uuid PRIMARY KEY NOT NULL,
	"org_id" uuid NOT NULL,
	"run_id" uuid NOT NULL,
	"action" integer NOT NULL,
	"task_id" uuid
);
--> statement-breakpoint
ALTER TABLE "rule_mutation" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "rule_run" (
	"id" uuid PRIMARY KEY NOT NULL,
	"org_id" uuid NOT NULL,
	"rule_id" uuid NOT NULL,
	"board_id" uuid NOT NULL,
	"version" bigint,
	"task_ids" uuid[] NOT NULL,
	"chain" uuid[] NOT NULL,
	"outcome" text NOT NULL,
	"reason" text,
	"results" jsonb NOT NULL,
	"is_begun" boolean DEFAULT false NOT NULL,
	"claimed_until" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "rule_run_org_id" UNIQUE("org_id","id"),
	CONSTRAINT "rule_run_outcome" CHECK ("outcome" in ('waiting', 'done', 'partly', 'refused', 'skipped'))
);
--> statement-breakpoint
ALTER TABLE "rule_run" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "notification" DROP CONSTRAINT "notification_reason";--> statement-breakpoint
ALTER TABLE "rule" ADD CONSTRAINT "rule_project" FOREIGN KEY ("org_id","project_id") REFERENCES "public"."project"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rule" ADD CONSTRAINT "rule_board" FOREIGN KEY ("org_id","board_id") REFERENCES "public"."board"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rule_mutation" ADD CONSTRAINT "rule_mutation_run" FOREIGN KEY ("org_id","run_id") REFERENCES "public"."rule_run"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rule_run" ADD CONSTRAINT "rule_run_rule" FOREIGN KEY ("org_id","rule_id") REFERENCES "public"."rule"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rule_run" ADD CONSTRAINT "rule_run_board" FOREIGN KEY ("org_id","board_id") REFERENCES "public"."board"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "rule_of_project" ON "rule" USING btree ("org_id","project_id","created_at","id");--> statement-breakpoint
CREATE INDEX "rule_of_board" ON "rule" USING btree ("board_id");--> statement-breakpoint
CREATE INDEX "rule_next" ON "rule" USING btree ("next_at") WHERE "next_at" is not null and "state" = 'on';--> statement-breakpoint
CREATE INDEX "rule_mutation_of_run" ON "rule_mutation" USING btree ("org_id","run_id");--> statement-breakpoint
CREATE UNIQUE INDEX "rule_run_event" ON "rule_run" USING btree ("rule_id","board_id","version");--> statement-breakpoint
CREATE INDEX "rule_run_of_rule" ON "rule_run" USING btree ("org_id","rule_id","created_at","id");--> statement-breakpoint
CREATE INDEX "rule_run_waiting" ON "rule_run" USING btree ("board_id","created_at","id") WHERE "outcome" = 'waiting';--> statement-breakpoint
CREATE INDEX "rule_run_age" ON "rule_run" USING btree ("created_at");--> statement-breakpoint
ALTER TABLE "notification" ADD CONSTRAINT "notification_reason" CHECK ("reason" in ('assigned', 'mentioned', 'due', 'moved', 'watched', 'rule', 'rule-stopped'));--> statement-breakpoint
CREATE POLICY "of_org" ON "rule" AS PERMISSIVE FOR ALL TO public USING (("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid)) is true) WITH CHECK ("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "rule" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "of_org" ON "rule_mutation" AS PERMISSIVE FOR ALL TO public USING (("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid)) is true) WITH CHECK ("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "rule_mutation" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "of_org" ON "rule_run" AS PERMISSIVE FOR ALL TO public USING (("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid)) is true) WITH CHECK ("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "rule_run" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);