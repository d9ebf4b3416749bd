CREATE TABLE "import_row" (
	"org_id" uuid NOT NULL,
	"import_id" uuid NOT NULL,
	"row" integer NOT NULL,
	"content" jsonb,
	"outcome" text,
	"task_id" uuid,
	"external_id" text collate "C",
	"other_id" text collate "C",
	"refusal" text,
	"notes" text[] DEFAULT '{}' NOT NULL,
	"links" jsonb,
	CONSTRAINT "import_row_org_id_import_id_row_pk" PRIMARY KEY("org_id","import_id","row"),
	CONSTRAINT "import_row_outcome" CHECK ("outcome" in ('created', 'unchanged', 'refused'))
);
--> statement-breakpoint
ALTER TABLE "import_row" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "board_import" DROP CONSTRAINT "board_import_state";--> statement-breakpoint
ALTER TABLE "board_import" ADD COLUMN "board_name" text;--> statement-breakpoint
ALTER TABLE "board_import" ADD COLUMN "headers" jsonb;--> statement-breakpoint
ALTER TABLE "board_import" ADD COLUMN "mapping" jsonb;--> statement-breakpoint
ALTER TABLE "board_import" ADD COLUMN "row_count" integer;--> statement-breakpoint
ALTER TABLE "board_import" ADD COLUMN "rows_done" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "board_import" ADD CONSTRAINT "board_import_org_id" UNIQUE("org_id","id");--> statement-breakpoint
ALTER TABLE "import_row" ADD CONSTRAINT "import_row_org_id_import_id_board_import_org_id_id_fk" FOREIGN KEY ("org_id","import_id") REFERENCES "public"."board_import"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "import_row_external" ON "import_row" USING btree ("import_id","external_id");--> statement-breakpoint
CREATE INDEX "import_row_other" ON "import_row" USING btree ("import_id","other_id");--> statement-breakpoint
CREATE INDEX "board_import_created" ON "board_import" USING btree ("created_at");--> statement-breakpoint
ALTER TABLE "board_import" ADD CONSTRAINT "board_import_source" CHECK ("source" in ('trello', 'csv', 'jira', 'github'));--> statement-breakpoint
ALTER TABLE "board_import" ADD CONSTRAINT "board_import_state" CHECK ("state" in ('waiting', 'running', 'received', 'importing', 'done', 'failed', 'cancelled'));--> statement-breakpoint
CREATE POLICY "of_org" ON "import_row" AS PERMISSIVE FOR ALL TO public USING (("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid)) is true) WITH CHECK ("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "import_row" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);