CREATE TABLE "operation" (
	"id" uuid PRIMARY KEY NOT NULL,
	"org_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"input" jsonb NOT NULL,
	"state" text NOT NULL,
	"done" integer DEFAULT 0 NOT NULL,
	"total" integer,
	"run_id" uuid,
	"checkpoint" jsonb,
	"result" jsonb,
	"error_kind" text,
	"error_fields" jsonb,
	"created_at" timestamp (3) with time zone NOT NULL,
	"changed_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "operation_state" CHECK ("state" in ('waiting', 'running', 'cancelling', 'done', 'failed', 'cancelled')),
	CONSTRAINT "operation_finished" CHECK (("operation"."finished_at" is not null) = ("operation"."state" in ('done', 'failed', 'cancelled')))
);
--> statement-breakpoint
ALTER TABLE "operation" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "operation" ADD CONSTRAINT "operation_member" FOREIGN KEY ("org_id","user_id") REFERENCES "public"."membership"("org_id","user_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "operation_person" ON "operation" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "operation_of_member" ON "operation" USING btree ("org_id","user_id");--> statement-breakpoint
CREATE INDEX "operation_changed" ON "operation" USING btree ("changed_at");--> statement-breakpoint
CREATE POLICY "of_org" ON "operation" AS PERMISSIVE FOR ALL TO public USING (("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid) or "user_id" = (select nullif(current_setting('app.user_id', true), '')::uuid)) is true) WITH CHECK ("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "operation" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);