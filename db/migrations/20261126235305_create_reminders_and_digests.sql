CREATE TABLE "digest" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"state" text NOT NULL,
	"hour" integer NOT NULL,
	"time_zone" text NOT NULL,
	"next_at" timestamp (3) with time zone NOT NULL,
	"told_id" uuid,
	CONSTRAINT "digest_state" CHECK ("state" in ('on', 'off')),
	CONSTRAINT "digest_hour" CHECK ("digest"."hour" between 0 and 23)
);
--> statement-breakpoint
ALTER TABLE "digest" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "unsubscribe_link" (
	"token_hash" text PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "unsubscribe_link" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "reminder_setting" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"lead_minutes" integer[] NOT NULL
);
--> statement-breakpoint
ALTER TABLE "reminder_setting" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "task_reminder" (
	"org_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"board_id" uuid NOT NULL,
	"task_id" uuid NOT NULL,
	"lead_minutes" integer[] NOT NULL,
	CONSTRAINT "task_reminder_task_id_user_id_pk" PRIMARY KEY("task_id","user_id")
);
--> statement-breakpoint
ALTER TABLE "task_reminder" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "time_position" (
	"name" text PRIMARY KEY NOT NULL,
	"until" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "notification" ADD COLUMN "due_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "notification" ADD COLUMN "lead_minutes" integer;--> statement-breakpoint
ALTER TABLE "digest" ADD CONSTRAINT "digest_user_id_app_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."app_user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "unsubscribe_link" ADD CONSTRAINT "unsubscribe_link_user_id_app_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."app_user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reminder_setting" ADD CONSTRAINT "reminder_setting_user_id_app_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."app_user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_reminder" ADD CONSTRAINT "task_reminder_member" FOREIGN KEY ("org_id","user_id") REFERENCES "public"."membership"("org_id","user_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_reminder" ADD CONSTRAINT "task_reminder_task" FOREIGN KEY ("org_id","board_id","task_id") REFERENCES "public"."task"("org_id","board_id","id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
CREATE INDEX "digest_due" ON "digest" USING btree ("next_at") WHERE "digest"."state" = 'on';--> statement-breakpoint
CREATE INDEX "unsubscribe_link_user" ON "unsubscribe_link" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "unsubscribe_link_created" ON "unsubscribe_link" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "task_reminder_member_index" ON "task_reminder" USING btree ("org_id","user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "notification_due" ON "notification" USING btree ("user_id","task_id","due_at","lead_minutes");--> statement-breakpoint
CREATE POLICY "of_user" ON "digest" AS PERMISSIVE FOR ALL TO public USING (("user_id" = (select nullif(current_setting('app.user_id', true), '')::uuid)) is true) WITH CHECK ("user_id" = (select nullif(current_setting('app.user_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "digest" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "of_user" ON "unsubscribe_link" AS PERMISSIVE FOR ALL TO public USING (("user_id" = (select nullif(current_setting('app.user_id', true), '')::uuid)) is true) WITH CHECK ("user_id" = (select nullif(current_setting('app.user_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "unsubscribe_link" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "of_user" ON "reminder_setting" AS PERMISSIVE FOR ALL TO public USING (("user_id" = (select nullif(current_setting('app.user_id', true), '')::uuid)) is true) WITH CHECK ("user_id" = (select nullif(current_setting('app.user_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "reminder_setting" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "of_org" ON "task_reminder" AS PERMISSIVE FOR ALL TO public USING (("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid)) is true) WITH CHECK ("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "task_reminder" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);