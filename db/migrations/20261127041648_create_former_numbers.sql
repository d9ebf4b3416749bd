CREATE TABLE "former_number" (
	"org_id" uuid NOT NULL,
	"project_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"board_id" uuid NOT NULL,
	"task_id" uuid NOT NULL,
	CONSTRAINT "former_number_project_id_number_pk" PRIMARY KEY("project_id","number")
);
--> statement-breakpoint
ALTER TABLE "former_number" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "check_item" DROP CONSTRAINT "check_item_checklist";
--> statement-breakpoint
ALTER TABLE "checklist" DROP CONSTRAINT "checklist_task";
--> statement-breakpoint
ALTER TABLE "task_assignee" DROP CONSTRAINT "task_assignee_task";
--> statement-breakpoint
ALTER TABLE "comment" DROP CONSTRAINT "comment_task";
--> statement-breakpoint
ALTER TABLE "comment_reaction" DROP CONSTRAINT "comment_reaction_comment";
--> statement-breakpoint
ALTER TABLE "former_number" ADD CONSTRAINT "former_number_project" FOREIGN KEY ("org_id","project_id") REFERENCES "public"."project"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "former_number" ADD CONSTRAINT "former_number_task" FOREIGN KEY ("org_id","board_id","task_id") REFERENCES "public"."task"("org_id","board_id","id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
CREATE INDEX "former_number_of_task" ON "former_number" USING btree ("org_id","board_id","task_id");--> statement-breakpoint
ALTER TABLE "check_item" ADD CONSTRAINT "check_item_checklist" FOREIGN KEY ("org_id","board_id","task_id","checklist_id") REFERENCES "public"."checklist"("org_id","board_id","task_id","id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "checklist" ADD CONSTRAINT "checklist_task" FOREIGN KEY ("org_id","board_id","task_id") REFERENCES "public"."task"("org_id","board_id","id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "task_assignee" ADD CONSTRAINT "task_assignee_task" FOREIGN KEY ("org_id","board_id","task_id") REFERENCES "public"."task"("org_id","board_id","id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "comment" ADD CONSTRAINT "comment_task" FOREIGN KEY ("org_id","board_id","task_id") REFERENCES "public"."task"("org_id","board_id","id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE "comment_reaction" ADD CONSTRAINT "comment_reaction_comment" FOREIGN KEY ("org_id","board_id","comment_id") REFERENCES "public"."comment"("org_id","board_id","id") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
CREATE POLICY "of_org" ON "former_number" AS PERMISSIVE FOR ALL TO public USING (("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid)) is true) WITH CHECK ("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "former_number" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);