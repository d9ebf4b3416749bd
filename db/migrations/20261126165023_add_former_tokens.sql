ALTER TABLE "session" ADD COLUMN "former_id" text;--> statement-breakpoint
ALTER TABLE "session" ADD COLUMN "former_until" timestamp (3) with time zone;--> statement-breakpoint
CREATE UNIQUE INDEX "session_former" ON "session" USING btree ("former_id");