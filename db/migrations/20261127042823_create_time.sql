CREATE TABLE "time_entry" (
	"id" uuid PRIMARY KEY NOT NULL,
	"org_id" uuid NOT NULL,
	"board_id" uuid NOT NULL,
	"task_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"note" text NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"stopped_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "time_entry_span" CHECK ("time_entry"."stopped_at" > "time_entry"."started_at" and "time_entry"."stopped_at" <= "time_entry"."started_at" + interval '24 hours')
);
--> statement-breakpoint
ALTER TABLE "time_entry" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "time_entry" ADD CONSTRAINT "time_entry_user_id_app_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."app_user"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "time_entry" ADD CONSTRAINT "time_entry_task" FOREIGN KEY ("org_id","board_id","task_id") REFERENCES "public"."task"("org_id","board_id","id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
CREATE UNIQUE INDEX "time_entry_running" ON "time_entry" USING btree ("user_id") WHERE "time_entry"."stopped_at" is null;--> statement-breakpoint
CREATE INDEX "time_entry_list" ON "time_entry" USING btree ("org_id","started_at","id");--> statement-breakpoint
CREATE INDEX "time_entry_person" ON "time_entry" USING btree ("org_id","user_id","started_at","id");--> statement-breakpoint
CREATE INDEX "time_entry_of_task" ON "time_entry" USING btree ("org_id","board_id","task_id","started_at");--> statement-breakpoint
CREATE POLICY "of_org" ON "time_entry" AS PERMISSIVE FOR ALL TO public USING (("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid) or "user_id" = (select nullif(current_setting('app.user_id', true), '')::uuid)) is true) WITH CHECK ("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "time_entry" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);