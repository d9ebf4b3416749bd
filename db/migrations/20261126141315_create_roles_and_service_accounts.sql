CREATE TABLE "service_account" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"org_id" uuid NOT NULL,
	"created_by" uuid NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "org_role" (
	"id" uuid PRIMARY KEY NOT NULL,
	"org_id" uuid NOT NULL,
	"name" text NOT NULL,
	"base" text NOT NULL,
	"actions" text[] NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "org_role_of_org" UNIQUE("org_id","id"),
	CONSTRAINT "org_role_base" CHECK ("base" in ('admin', 'member', 'guest'))
);
--> statement-breakpoint
ALTER TABLE "app_user" ALTER COLUMN "email" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "app_user" ALTER COLUMN "password_hash" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "app_user" ADD COLUMN "kind" text DEFAULT 'person' NOT NULL;--> statement-breakpoint
ALTER TABLE "invitation" ADD COLUMN "role_id" uuid;--> statement-breakpoint
ALTER TABLE "membership" ADD COLUMN "role_id" uuid;--> statement-breakpoint
ALTER TABLE "membership" ADD COLUMN "allowed" text[];--> statement-breakpoint
ALTER TABLE "service_account" ADD CONSTRAINT "service_account_created_by_app_user_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."app_user"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "service_account" ADD CONSTRAINT "service_account_org_id_user_id_membership_org_id_user_id_fk" FOREIGN KEY ("org_id","user_id") REFERENCES "public"."membership"("org_id","user_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "org_role" ADD CONSTRAINT "org_role_org_id_org_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."org"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "service_account_org" ON "service_account" USING btree ("org_id","user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "org_role_name" ON "org_role" USING btree ("org_id",lower("name"));--> statement-breakpoint
ALTER TABLE "invitation" ADD CONSTRAINT "invitation_org_id_role_id_org_role_org_id_id_fk" FOREIGN KEY ("org_id","role_id") REFERENCES "public"."org_role"("org_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "membership" ADD CONSTRAINT "membership_org_id_role_id_org_role_org_id_id_fk" FOREIGN KEY ("org_id","role_id") REFERENCES "public"."org_role"("org_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "membership_custom_role" ON "membership" USING btree ("org_id","role_id");--> statement-breakpoint
ALTER TABLE "app_user" ADD CONSTRAINT "app_user_kind" CHECK ("kind" in ('person', 'service'));--> statement-breakpoint
ALTER TABLE "app_user" ADD CONSTRAINT "app_user_person" CHECK ("app_user"."kind" = 'person' or ("app_user"."email" is null and "app_user"."password_hash" is null));--> statement-breakpoint
ALTER TABLE "app_user" ADD CONSTRAINT "app_user_reachable" CHECK ("app_user"."kind" = 'service' or "app_user"."email" is not null);--> statement-breakpoint
ALTER TABLE "membership" ADD CONSTRAINT "membership_allowed" CHECK (("membership"."role_id" is null) = ("membership"."allowed" is null));