CREATE TABLE "attachment" (
	"id" uuid PRIMARY KEY NOT NULL,
	"org_id" uuid NOT NULL,
	"board_id" uuid NOT NULL,
	"task_id" uuid NOT NULL,
	"file_id" uuid NOT NULL,
	"name" text NOT NULL,
	"content_type" text NOT NULL,
	"size_bytes" bigint NOT NULL,
	"thumbnail" text NOT NULL,
	"version" bigint NOT NULL,
	"created_by" uuid NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "attachment_thumbnail" CHECK ("thumbnail" in ('none', 'waiting', 'ready'))
);
--> statement-breakpoint
ALTER TABLE "attachment" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "attachment_upload" (
	"id" uuid PRIMARY KEY NOT NULL,
	"org_id" uuid NOT NULL,
	"board_id" uuid NOT NULL,
	"task_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "attachment_upload" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "stored_file" (
	"id" uuid PRIMARY KEY NOT NULL,
	"org_id" uuid NOT NULL,
	"size_bytes" bigint NOT NULL,
	"sha256" text collate "C" NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "stored_file_org_id" UNIQUE("org_id","id")
);
--> statement-breakpoint
ALTER TABLE "stored_file" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "task" ADD COLUMN "attachment_count" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "attachment" ADD CONSTRAINT "attachment_created_by_app_user_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."app_user"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attachment" ADD CONSTRAINT "attachment_task" FOREIGN KEY ("org_id","board_id","task_id") REFERENCES "public"."task"("org_id","board_id","id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "attachment" ADD CONSTRAINT "attachment_file" FOREIGN KEY ("org_id","file_id") REFERENCES "public"."stored_file"("org_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attachment_upload" ADD CONSTRAINT "attachment_upload_user_id_app_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."app_user"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attachment_upload" ADD CONSTRAINT "attachment_upload_task" FOREIGN KEY ("org_id","board_id","task_id") REFERENCES "public"."task"("org_id","board_id","id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
CREATE INDEX "attachment_of_task" ON "attachment" USING btree ("board_id","task_id","created_at","id");--> statement-breakpoint
CREATE INDEX "attachment_of_file" ON "attachment" USING btree ("org_id","file_id");--> statement-breakpoint
CREATE INDEX "attachment_upload_of_task" ON "attachment_upload" USING btree ("org_id","board_id","task_id");--> statement-breakpoint
CREATE INDEX "attachment_upload_created" ON "attachment_upload" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "stored_file_kept" ON "stored_file" USING btree ("org_id") WHERE "stored_file"."expires_at" is null;--> statement-breakpoint
CREATE INDEX "stored_file_expires" ON "stored_file" USING btree ("expires_at") WHERE "stored_file"."expires_at" is not null;--> statement-breakpoint
CREATE POLICY "of_org" ON "attachment" AS PERMISSIVE FOR ALL TO public USING (("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid)) is true) WITH CHECK ("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "attachment" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "of_org" ON "attachment_upload" AS PERMISSIVE FOR ALL TO public USING (("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid)) is true) WITH CHECK ("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "attachment_upload" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "of_org" ON "stored_file" AS PERMISSIVE FOR ALL TO public USING (("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid)) is true) WITH CHECK ("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "stored_file" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);