CREATE TABLE "presence" (
	"id" uuid PRIMARY KEY NOT NULL,
	"org_id" uuid NOT NULL,
	"board_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"task_id" uuid,
	"seen_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "presence" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE INDEX "presence_board" ON "presence" USING btree ("board_id");--> statement-breakpoint
CREATE POLICY "of_org" ON "presence" AS PERMISSIVE FOR ALL TO public USING (("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid)) is true) WITH CHECK ("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "presence" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);