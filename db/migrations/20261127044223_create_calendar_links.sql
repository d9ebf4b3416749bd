CREATE TABLE "calendar_link" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"board_id" uuid,
	"token_hash" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"last_used_at" timestamp (3) with time zone,
	CONSTRAINT "calendar_link_token" UNIQUE("token_hash")
);
--> statement-breakpoint
ALTER TABLE "calendar_link" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "calendar_link" ADD CONSTRAINT "calendar_link_user_id_app_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."app_user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "calendar_link_user" ON "calendar_link" USING btree ("user_id","created_at");--> statement-breakpoint
CREATE POLICY "of_user" ON "calendar_link" AS PERMISSIVE FOR ALL TO public USING (("user_id" = (select nullif(current_setting('app.user_id', true), '')::uuid)) is true) WITH CHECK ("user_id" = (select nullif(current_setting('app.user_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "calendar_link" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);