CREATE TABLE "audit_block" (
	"org_id" uuid,
	"chain_id" uuid GENERATED ALWAYS AS (coalesce(org_id, '00000000-0000-0000-0000-000000000000'::uuid)) STORED NOT NULL,
	"number" bigint NOT NULL,
	"entries" jsonb NOT NULL,
	"total" bigint NOT NULL,
	"previous_hash" text NOT NULL,
	"hash" text NOT NULL,
	"key_id" text NOT NULL,
	"signature" text NOT NULL,
	"sealed_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "audit_block_chain_id_number_pk" PRIMARY KEY("chain_id","number")
);
--> statement-breakpoint
CREATE TABLE "audit_record" (
	"id" uuid PRIMARY KEY NOT NULL,
	"org_id" uuid,
	"chain_id" uuid GENERATED ALWAYS AS (coalesce(org_id, '00000000-0000-0000-0000-000000000000'::uuid)) STORED NOT NULL,
	"account_id" uuid,
	"actor_id" uuid,
	"session_id" uuid,
	"key_id" uuid,
	"address" text,
	"action" text NOT NULL,
	"object_kind" text NOT NULL,
	"object_id" text,
	"outcome" text NOT NULL,
	"reason" text,
	"times" integer NOT NULL,
	"request_id" uuid,
	"before_digest" text,
	"after_digest" text,
	"at" timestamp (3) with time zone NOT NULL,
	"mac" text NOT NULL,
	"block" bigint,
	"position" integer,
	CONSTRAINT "audit_record_outcome" CHECK ("outcome" in ('done', 'refused'))
);
--> statement-breakpoint
CREATE INDEX "audit_record_chain" ON "audit_record" USING btree ("chain_id","at","id");--> statement-breakpoint
CREATE INDEX "audit_record_account" ON "audit_record" USING btree ("account_id","at","id");--> statement-breakpoint
CREATE INDEX "audit_record_block" ON "audit_record" USING btree ("chain_id","block","position");--> statement-breakpoint
CREATE INDEX "audit_record_unsealed" ON "audit_record" USING btree ("chain_id","id") WHERE block is null;