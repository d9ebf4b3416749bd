CREATE TABLE "search_text" (
	"org_id" uuid NOT NULL,
	"board_id" uuid NOT NULL,
	"task_id" uuid NOT NULL,
	"source_id" uuid NOT NULL,
	"title" text,
	"words" "tsvector" NOT NULL,
	CONSTRAINT "search_text_task_id_source_id_pk" PRIMARY KEY("task_id","source_id")
);
--> statement-breakpoint
ALTER TABLE "search_text" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "search_text" ADD CONSTRAINT "search_text_task" FOREIGN KEY ("org_id","board_id","task_id") REFERENCES "public"."task"("org_id","board_id","id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
CREATE INDEX "search_text_words" ON "search_text" USING gin ("words");--> statement-breakpoint
CREATE INDEX "task_label_of_org" ON "task_label" USING btree ("org_id","label_id","board_id","task_id");--> statement-breakpoint
CREATE POLICY "of_org" ON "search_text" AS PERMISSIVE FOR ALL TO public USING (("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid)) is true) WITH CHECK ("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "search_text" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);