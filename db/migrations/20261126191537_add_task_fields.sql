ALTER TABLE "task" ADD COLUMN "start_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "task" ADD COLUMN "start_on" date;--> statement-breakpoint
ALTER TABLE "task" ADD COLUMN "due_on" date;--> statement-breakpoint
ALTER TABLE "task" ADD COLUMN "time_zone" text;--> statement-breakpoint
ALTER TABLE "task" ADD COLUMN "estimate" numeric(8, 2);--> statement-breakpoint
ALTER TABLE "task" ADD COLUMN "cover_color" text;--> statement-breakpoint
ALTER TABLE "task" ADD CONSTRAINT "task_cover_color" CHECK ("cover_color" in ('gray', 'red', 'orange', 'yellow', 'lime', 'green', 'sky', 'blue', 'purple', 'pink', 'black'));--> statement-breakpoint
ALTER TABLE "task" ADD CONSTRAINT "task_estimate" CHECK ("task"."estimate" >= 0);--> statement-breakpoint
ALTER TABLE "task" ADD CONSTRAINT "task_dates" CHECK ("task"."start_at" <= "task"."due_at");--> statement-breakpoint
ALTER TABLE "task" ADD CONSTRAINT "task_start_on" CHECK ("task"."start_on" is null or "task"."start_at" is not null and "task"."time_zone" is not null);--> statement-breakpoint
ALTER TABLE "task" ADD CONSTRAINT "task_due_on" CHECK ("task"."due_on" is null or "task"."due_at" is not null and "task"."time_zone" is not null);