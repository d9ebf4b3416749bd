CREATE TABLE "log_position" (
	"reader" text collate "C" NOT NULL,
	"stream_id" uuid NOT NULL,
	"version" bigint NOT NULL,
	CONSTRAINT "log_position_stream_id_reader_pk" PRIMARY KEY("stream_id","reader")
);
--> statement-breakpoint
CREATE TABLE "notification" (
	"id" uuid PRIMARY KEY NOT NULL,
	"org_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"board_id" uuid NOT NULL,
	"task_id" uuid NOT NULL,
	"comment_id" uuid,
	"reason" text NOT NULL,
	"stream_id" uuid,
	"version" bigint,
	"type" text,
	"actor_id" uuid,
	"created_at" timestamp (3) with time zone NOT NULL,
	"read_at" timestamp (3) with time zone,
	"snoozed_until" timestamp (3) with time zone,
	CONSTRAINT "notification_reason" CHECK ("reason" in ('assigned', 'mentioned', 'due', 'moved', 'watched')),
	CONSTRAINT "notification_place" CHECK (("notification"."stream_id" is null) = ("notification"."version" is null))
);
--> statement-breakpoint
ALTER TABLE "notification" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "watch" (
	"id" uuid PRIMARY KEY NOT NULL,
	"org_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"project_id" uuid,
	"board_id" uuid,
	"column_id" uuid,
	"task_id" uuid,
	"level" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "watch_of_one_thing" CHECK (("watch"."project_id" is null) <> ("watch"."board_id" is null) and ("watch"."column_id" is null or "watch"."task_id" is null)
        and ("watch"."board_id" is not null or ("watch"."column_id" is null and "watch"."task_id" is null))),
	CONSTRAINT "watch_level" CHECK ("level" in ('watching', 'involved', 'muted'))
);
--> statement-breakpoint
ALTER TABLE "watch" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "notification" ADD CONSTRAINT "notification_member" FOREIGN KEY ("org_id","user_id") REFERENCES "public"."membership"("org_id","user_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notification" ADD CONSTRAINT "notification_task" FOREIGN KEY ("org_id","board_id","task_id") REFERENCES "public"."task"("org_id","board_id","id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "watch" ADD CONSTRAINT "watch_member" FOREIGN KEY ("org_id","user_id") REFERENCES "public"."membership"("org_id","user_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "watch" ADD CONSTRAINT "watch_project" FOREIGN KEY ("org_id","project_id") REFERENCES "public"."project"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "watch" ADD CONSTRAINT "watch_board" FOREIGN KEY ("org_id","board_id") REFERENCES "public"."board"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "watch" ADD CONSTRAINT "watch_column" FOREIGN KEY ("org_id","board_id","column_id") REFERENCES "public"."board_column"("org_id","board_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "watch" ADD CONSTRAINT "watch_task" FOREIGN KEY ("org_id","board_id","task_id") REFERENCES "public"."task"("org_id","board_id","id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
CREATE UNIQUE INDEX "notification_event" ON "notification" USING btree ("user_id","stream_id","version");--> statement-breakpoint
CREATE UNIQUE INDEX "notification_mention" ON "notification" USING btree ("user_id","comment_id") WHERE "notification"."reason" = 'mentioned';--> statement-breakpoint
CREATE INDEX "notification_list" ON "notification" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "notification_unread" ON "notification" USING btree ("user_id","board_id") WHERE "notification"."read_at" is null;--> statement-breakpoint
CREATE INDEX "notification_task_index" ON "notification" USING btree ("org_id","board_id","task_id");--> statement-breakpoint
CREATE INDEX "notification_member_index" ON "notification" USING btree ("org_id","user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "watch_subject" ON "watch" USING btree ("user_id",coalesce("task_id", "column_id", "board_id", "project_id"));--> statement-breakpoint
CREATE INDEX "watch_board_index" ON "watch" USING btree ("org_id","board_id","task_id");--> statement-breakpoint
CREATE INDEX "watch_project_index" ON "watch" USING btree ("org_id","project_id");--> statement-breakpoint
CREATE POLICY "of_user" ON "notification" AS PERMISSIVE FOR ALL TO public USING (("user_id" = (select nullif(current_setting('app.user_id', true), '')::uuid)) is true) WITH CHECK ("user_id" = (select nullif(current_setting('app.user_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "notification" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "of_org" ON "watch" AS PERMISSIVE FOR ALL TO public USING (("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid)) is true) WITH CHECK ("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "watch" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);