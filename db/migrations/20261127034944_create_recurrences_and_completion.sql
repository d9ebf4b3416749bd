CREATE TABLE "occurrence" (
	"org_id" uuid NOT NULL,
	"recurrence_id" uuid NOT NULL,
	"on" date NOT NULL,
	"task_id" uuid NOT NULL,
	CONSTRAINT "occurrence_org_id_recurrence_id_on_pk" PRIMARY KEY("org_id","recurrence_id","on")
);
--> statement-breakpoint
ALTER TABLE "occurrence" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "recurrence" (
	"id" uuid PRIMARY KEY NOT NULL,
	"org_id" uuid NOT NULL,
	"board_id" uuid NOT NULL,
	"column_id" uuid NOT NULL,
	"pattern_board_id" uuid NOT NULL,
	"pattern_task_id" uuid NOT NULL,
	"rule" text NOT NULL,
	"starts_on" date NOT NULL,
	"time" text NOT NULL,
	"time_zone" text NOT NULL,
	"mode" text NOT NULL,
	"due_after_days" integer,
	"state" text NOT NULL,
	"problem" text,
	"owner_id" uuid NOT NULL,
	"made" integer DEFAULT 0 NOT NULL,
	"last_task_id" uuid,
	"last_on" date,
	"next_on" date,
	"look_at" timestamp (3) with time zone,
	"version" bigint NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "recurrence_org_id" UNIQUE("org_id","id"),
	CONSTRAINT "recurrence_mode" CHECK ("mode" in ('schedule', 'completion')),
	CONSTRAINT "recurrence_state" CHECK ("state" in ('active', 'paused', 'ended'))
);
--> statement-breakpoint
ALTER TABLE "recurrence" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "task" ADD COLUMN "completed_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "occurrence" ADD CONSTRAINT "occurrence_recurrence" FOREIGN KEY ("org_id","recurrence_id") REFERENCES "public"."recurrence"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "recurrence" ADD CONSTRAINT "recurrence_owner_id_app_user_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."app_user"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "recurrence" ADD CONSTRAINT "recurrence_column" FOREIGN KEY ("org_id","board_id","column_id") REFERENCES "public"."board_column"("org_id","board_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "recurrence" ADD CONSTRAINT "recurrence_pattern" FOREIGN KEY ("org_id","pattern_board_id","pattern_task_id") REFERENCES "public"."task"("org_id","board_id","id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
CREATE INDEX "recurrence_of_board" ON "recurrence" USING btree ("org_id","board_id","id");--> statement-breakpoint
CREATE INDEX "recurrence_of_column" ON "recurrence" USING btree ("org_id","board_id","column_id");--> statement-breakpoint
CREATE INDEX "recurrence_of_pattern" ON "recurrence" USING btree ("org_id","pattern_board_id","pattern_task_id");--> statement-breakpoint
CREATE INDEX "recurrence_due" ON "recurrence" USING btree ("look_at") WHERE "recurrence"."state" = 'active';--> statement-breakpoint
CREATE INDEX "task_completed" ON "task" USING btree ("org_id","completed_at") WHERE "task"."completed_at" is not null;--> statement-breakpoint
CREATE POLICY "of_org" ON "occurrence" AS PERMISSIVE FOR ALL TO public USING (("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid)) is true) WITH CHECK ("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "occurrence" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "of_org" ON "recurrence" AS PERMISSIVE FOR ALL TO public USING (("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid)) is true) WITH CHECK ("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "recurrence" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);