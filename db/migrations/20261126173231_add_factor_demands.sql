ALTER TABLE "session" ADD COLUMN "former_id" text;--> statement-breakpoint
ALTER TABLE "session" ADD COLUMN "former_until" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "membership" ADD COLUMN "factor_due_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "org" ADD COLUMN "factor_due_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE UNIQUE INDEX "session_former" ON "session" USING btree ("former_id");--> statement-breakpoint
CREATE INDEX "org_factor_due" ON "org" USING btree ("factor_due_at") WHERE "org"."factor_due_at" is not null;