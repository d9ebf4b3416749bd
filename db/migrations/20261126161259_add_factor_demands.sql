ALTER TABLE "membership" ADD COLUMN "factor_due_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "org" ADD COLUMN "factor_due_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "org_factor_due" ON "org" USING btree ("factor_due_at") WHERE "org"."factor_due_at" is not null;