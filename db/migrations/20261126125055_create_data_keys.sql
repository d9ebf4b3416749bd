CREATE TABLE "data_key" (
	"id" uuid PRIMARY KEY NOT NULL,
	"org_id" uuid,
	"purpose" text NOT NULL,
	"root_key_id" text NOT NULL,
	"wrapped" text NOT NULL,
	"reserved" bigint DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"retired_at" timestamp (3) with time zone,
	CONSTRAINT "data_key_purpose" CHECK ("purpose" in ('seal', 'index'))
);
--> statement-breakpoint
CREATE UNIQUE INDEX "data_key_current" ON "data_key" USING btree (coalesce("org_id", '00000000-0000-0000-0000-000000000000'::uuid),"purpose") WHERE "data_key"."retired_at" is null;--> statement-breakpoint
CREATE INDEX "data_key_org" ON "data_key" USING btree ("org_id");