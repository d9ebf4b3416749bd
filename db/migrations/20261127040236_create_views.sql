CREATE TABLE "saved_view" (
	"id" uuid PRIMARY KEY NOT NULL,
	"org_id" uuid NOT NULL,
	"owner_id" uuid,
	"project_id" uuid,
	"board_id" uuid,
	"name" text NOT NULL,
	"kind" text NOT NULL,
	"filter" text NOT NULL,
	"ordering" text NOT NULL,
	"group_by" text,
	"created_by" uuid NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "saved_view_kind" CHECK ("kind" in ('list', 'board', 'calendar', 'timeline')),
	CONSTRAINT "saved_view_author" CHECK ("saved_view"."owner_id" is null or "saved_view"."owner_id" = "saved_view"."created_by")
);
--> statement-breakpoint
ALTER TABLE "saved_view" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "notification" ADD COLUMN "task_count" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "saved_view" ADD CONSTRAINT "saved_view_org_id_org_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."org"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "saved_view" ADD CONSTRAINT "saved_view_created_by_app_user_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."app_user"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "saved_view" ADD CONSTRAINT "saved_view_owner" FOREIGN KEY ("org_id","owner_id") REFERENCES "public"."membership"("org_id","user_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "saved_view" ADD CONSTRAINT "saved_view_project" FOREIGN KEY ("org_id","project_id") REFERENCES "public"."project"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "saved_view" ADD CONSTRAINT "saved_view_board" FOREIGN KEY ("org_id","board_id") REFERENCES "public"."board"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "saved_view_owner_index" ON "saved_view" USING btree ("org_id","owner_id");--> statement-breakpoint
CREATE INDEX "saved_view_project_index" ON "saved_view" USING btree ("org_id","project_id");--> statement-breakpoint
CREATE INDEX "saved_view_board_index" ON "saved_view" USING btree ("org_id","board_id");--> statement-breakpoint
CREATE POLICY "of_org" ON "saved_view" AS PERMISSIVE FOR ALL TO public USING (("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid)) is true) WITH CHECK ("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "saved_view" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);