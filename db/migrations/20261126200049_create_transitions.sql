CREATE TABLE "transition" (
	"id" uuid PRIMARY KEY NOT NULL,
	"org_id" uuid NOT NULL,
	"board_id" uuid NOT NULL,
	"name" text NOT NULL,
	"from_column_ids" uuid[],
	"to_column_id" uuid NOT NULL,
	"minimum_role" text,
	"required_fields" text[] NOT NULL,
	"version" bigint NOT NULL,
	CONSTRAINT "transition_minimum_role" CHECK ("minimum_role" in ('manager', 'editor', 'commenter', 'viewer'))
);
--> statement-breakpoint
ALTER TABLE "transition" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "transition" ADD CONSTRAINT "transition_column" FOREIGN KEY ("org_id","board_id","to_column_id") REFERENCES "public"."board_column"("org_id","board_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "transition_board" ON "transition" USING btree ("board_id");--> statement-breakpoint
CREATE INDEX "transition_to" ON "transition" USING btree ("to_column_id");--> statement-breakpoint
CREATE POLICY "of_org" ON "transition" AS PERMISSIVE FOR ALL TO public USING (("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid)) is true) WITH CHECK ("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "transition" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);