-- drizzle-kit does not know unlogged tables.
alter table "try_count" set unlogged;
--> statement-breakpoint
alter table "call_use" set unlogged;
