ALTER TABLE "board_column" ADD COLUMN "state_group" text DEFAULT 'unstarted' NOT NULL;--> statement-breakpoint
ALTER TABLE "board_column" ADD COLUMN "wip_mode" text DEFAULT 'hard' NOT NULL;--> statement-breakpoint
ALTER TABLE "board_column" ADD CONSTRAINT "board_column_state_group" CHECK ("state_group" in ('backlog', 'unstarted', 'started', 'completed', 'cancelled'));--> statement-breakpoint
ALTER TABLE "board_column" ADD CONSTRAINT "board_column_wip_mode" CHECK ("wip_mode" in ('hard', 'soft'));