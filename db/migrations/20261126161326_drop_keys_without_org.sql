ALTER TABLE "board_column" DROP CONSTRAINT "board_column_board_id";--> statement-breakpoint
ALTER TABLE "label" DROP CONSTRAINT "label_board_id";--> statement-breakpoint
ALTER TABLE "task" DROP CONSTRAINT "task_board_id";--> statement-breakpoint
DROP INDEX "board_member_user";