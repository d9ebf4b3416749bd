CREATE TABLE "comment" (
	"id" uuid PRIMARY KEY NOT NULL,
	"org_id" uuid NOT NULL,
	"board_id" uuid NOT NULL,
	"task_id" uuid NOT NULL,
	"parent_id" uuid,
	"author_id" uuid,
	"author_name" text,
	"origin" text NOT NULL,
	"state" text NOT NULL,
	"text" text NOT NULL,
	"mention_ids" uuid[] NOT NULL,
	"text_versions" bigint[] NOT NULL,
	"imported_text" text,
	"version" bigint NOT NULL,
	"external_id" text collate "C",
	"created_at" timestamp (3) with time zone NOT NULL,
	"edited_at" timestamp (3) with time zone,
	CONSTRAINT "comment_org_id" UNIQUE("org_id","board_id","id"),
	CONSTRAINT "comment_state" CHECK ("state" in ('open', 'deleted')),
	CONSTRAINT "comment_origin" CHECK ("origin" in ('written', 'imported')),
	CONSTRAINT "comment_author" CHECK ("comment"."author_id" is null or "comment"."author_name" is null)
);
--> statement-breakpoint
ALTER TABLE "comment" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "comment_reaction" (
	"org_id" uuid NOT NULL,
	"board_id" uuid NOT NULL,
	"comment_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"emoji" text collate "C" NOT NULL,
	"version" bigint NOT NULL,
	CONSTRAINT "comment_reaction_board_id_comment_id_user_id_emoji_pk" PRIMARY KEY("board_id","comment_id","user_id","emoji")
);
--> statement-breakpoint
ALTER TABLE "comment_reaction" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "task" ADD COLUMN "comment_count" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "comment" ADD CONSTRAINT "comment_author_id_app_user_id_fk" FOREIGN KEY ("author_id") REFERENCES "public"."app_user"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "comment" ADD CONSTRAINT "comment_parent" FOREIGN KEY ("org_id","board_id","parent_id") REFERENCES "public"."comment"("org_id","board_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "comment" ADD CONSTRAINT "comment_task" FOREIGN KEY ("org_id","board_id","task_id") REFERENCES "public"."task"("org_id","board_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "comment_reaction" ADD CONSTRAINT "comment_reaction_user_id_app_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."app_user"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "comment_reaction" ADD CONSTRAINT "comment_reaction_comment" FOREIGN KEY ("org_id","board_id","comment_id") REFERENCES "public"."comment"("org_id","board_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "comment_of_task" ON "comment" USING btree ("board_id","task_id","created_at","id");--> statement-breakpoint
CREATE INDEX "comment_answers" ON "comment" USING btree ("org_id","board_id","parent_id") WHERE "comment"."parent_id" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "comment_external" ON "comment" USING btree ("board_id","external_id");--> statement-breakpoint
CREATE POLICY "of_org" ON "comment" AS PERMISSIVE FOR ALL TO public USING (("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid)) is true) WITH CHECK ("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "comment" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "of_org" ON "comment_reaction" AS PERMISSIVE FOR ALL TO public USING (("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid)) is true) WITH CHECK ("org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "comment_reaction" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);