ALTER TABLE "task" DROP CONSTRAINT "task_board_id_column_id_board_column_board_id_id_fk";
--> statement-breakpoint
ALTER TABLE "task_assignee" DROP CONSTRAINT "task_assignee_board_id_task_id_task_board_id_id_fk";
--> statement-breakpoint
ALTER TABLE "task_assignee" DROP CONSTRAINT "task_assignee_board_id_user_id_board_member_board_id_user_id_fk";
--> statement-breakpoint
ALTER TABLE "task_label" DROP CONSTRAINT "task_label_board_id_task_id_task_board_id_id_fk";
--> statement-breakpoint
ALTER TABLE "task_label" DROP CONSTRAINT "task_label_board_id_label_id_label_board_id_id_fk";
--> statement-breakpoint
ALTER TABLE "task_assignee" ALTER COLUMN "org_id" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "task_label" ALTER COLUMN "org_id" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "task" ADD CONSTRAINT "task_column" FOREIGN KEY ("org_id","board_id","column_id") REFERENCES "public"."board_column"("org_id","board_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_assignee" ADD CONSTRAINT "task_assignee_task" FOREIGN KEY ("org_id","board_id","task_id") REFERENCES "public"."task"("org_id","board_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_assignee" ADD CONSTRAINT "task_assignee_person" FOREIGN KEY ("org_id","user_id","board_id") REFERENCES "public"."board_member"("org_id","user_id","board_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_label" ADD CONSTRAINT "task_label_task" FOREIGN KEY ("org_id","board_id","task_id") REFERENCES "public"."task"("org_id","board_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_label" ADD CONSTRAINT "task_label_label_fk" FOREIGN KEY ("org_id","board_id","label_id") REFERENCES "public"."label"("org_id","board_id","id") ON DELETE cascade ON UPDATE no action;