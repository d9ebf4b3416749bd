CREATE TABLE "app_user" (
	"id" uuid PRIMARY KEY NOT NULL,
	"email" text NOT NULL,
	"name" text NOT NULL,
	"password_hash" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "app_user_email_lower" CHECK ("app_user"."email" = lower("app_user"."email"))
);
--> statement-breakpoint
CREATE TABLE "session" (
	"id" text PRIMARY KEY NOT NULL,
	"public_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"ends_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"user_agent" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "event" (
	"stream_id" uuid NOT NULL,
	"version" bigint NOT NULL,
	"nonce" bigint NOT NULL,
	"org_id" uuid,
	"access_version" bigint NOT NULL,
	"type" text NOT NULL,
	"actor_id" uuid NOT NULL,
	"mutation_id" uuid NOT NULL,
	"tx_id" "xid8" DEFAULT pg_current_xact_id() NOT NULL,
	"data" jsonb NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "event_stream_id_version_pk" PRIMARY KEY("stream_id","version")
);
--> statement-breakpoint
CREATE TABLE "mutation" (
	"user_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"procedure" text NOT NULL,
	"input_hash" text NOT NULL,
	"result" jsonb,
	"stream_id" uuid NOT NULL,
	"version" bigint NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "mutation_user_id_id_pk" PRIMARY KEY("user_id","id")
);
--> statement-breakpoint
CREATE TABLE "stream" (
	"id" uuid PRIMARY KEY NOT NULL,
	"org_id" uuid,
	"kind" text NOT NULL,
	"version" bigint DEFAULT 0 NOT NULL,
	"nonce" bigint DEFAULT 0 NOT NULL,
	"floor" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "stream_kind" CHECK ("kind" in ('board', 'org', 'inbox', 'channel', 'control'))
);
--> statement-breakpoint
CREATE TABLE "invitation" (
	"id" uuid PRIMARY KEY NOT NULL,
	"org_id" uuid NOT NULL,
	"email" text NOT NULL,
	"role" text NOT NULL,
	"token_hash" text NOT NULL,
	"invited_by" uuid NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "invitation_role" CHECK ("role" in ('owner', 'admin', 'member', 'guest')),
	CONSTRAINT "invitation_email_lower" CHECK ("invitation"."email" = lower("invitation"."email"))
);
--> statement-breakpoint
CREATE TABLE "membership" (
	"org_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"role" text NOT NULL,
	"access_version" bigint NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "membership_org_id_user_id_pk" PRIMARY KEY("org_id","user_id"),
	CONSTRAINT "membership_role" CHECK ("role" in ('owner', 'admin', 'member', 'guest'))
);
--> statement-breakpoint
CREATE TABLE "org" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"slug" text NOT NULL,
	"access_version" bigint DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "board" (
	"id" uuid PRIMARY KEY NOT NULL,
	"org_id" uuid NOT NULL,
	"project_id" uuid NOT NULL,
	"name" text NOT NULL,
	"visibility" text NOT NULL,
	"state" text NOT NULL,
	"version" bigint NOT NULL,
	"external_id" text collate "C",
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "board_org_id" UNIQUE("org_id","id"),
	CONSTRAINT "board_visibility" CHECK ("visibility" in ('org', 'private')),
	CONSTRAINT "board_state" CHECK ("state" in ('open', 'archived'))
);
--> statement-breakpoint
CREATE TABLE "board_column" (
	"id" uuid PRIMARY KEY NOT NULL,
	"org_id" uuid NOT NULL,
	"board_id" uuid NOT NULL,
	"name" text NOT NULL,
	"rank" text collate "C" NOT NULL,
	"wip_limit" integer,
	"state" text NOT NULL,
	"version" bigint NOT NULL,
	"external_id" text collate "C",
	CONSTRAINT "board_column_board_id" UNIQUE("board_id","id"),
	CONSTRAINT "board_column_state" CHECK ("state" in ('open', 'archived')),
	CONSTRAINT "board_column_wip_limit" CHECK ("board_column"."wip_limit" > 0)
);
--> statement-breakpoint
CREATE TABLE "board_import" (
	"id" uuid PRIMARY KEY NOT NULL,
	"org_id" uuid NOT NULL,
	"project_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"source" text NOT NULL,
	"file_name" text NOT NULL,
	"state" text NOT NULL,
	"board_id" uuid,
	"report" jsonb,
	"error_kind" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "board_import_state" CHECK ("state" in ('waiting', 'running', 'done', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "board_member" (
	"org_id" uuid NOT NULL,
	"board_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"role" text,
	CONSTRAINT "board_member_board_id_user_id_pk" PRIMARY KEY("board_id","user_id"),
	CONSTRAINT "board_member_role" CHECK ("role" in ('manager', 'editor', 'commenter', 'viewer'))
);
--> statement-breakpoint
CREATE TABLE "label" (
	"id" uuid PRIMARY KEY NOT NULL,
	"org_id" uuid NOT NULL,
	"board_id" uuid NOT NULL,
	"name" text NOT NULL,
	"color" text NOT NULL,
	"version" bigint NOT NULL,
	"external_id" text collate "C",
	CONSTRAINT "label_board_id" UNIQUE("board_id","id"),
	CONSTRAINT "label_color" CHECK ("color" in ('gray', 'red', 'orange', 'yellow', 'lime', 'green', 'sky', 'blue', 'purple', 'pink', 'black'))
);
--> statement-breakpoint
CREATE TABLE "project" (
	"id" uuid PRIMARY KEY NOT NULL,
	"org_id" uuid NOT NULL,
	"name" text NOT NULL,
	"key" text NOT NULL,
	"next_number" integer DEFAULT 1 NOT NULL,
	"state" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "project_org_id" UNIQUE("org_id","id"),
	CONSTRAINT "project_state" CHECK ("state" in ('open', 'archived'))
);
--> statement-breakpoint
CREATE TABLE "task" (
	"id" uuid PRIMARY KEY NOT NULL,
	"org_id" uuid NOT NULL,
	"project_id" uuid NOT NULL,
	"board_id" uuid NOT NULL,
	"column_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"rank" text collate "C" NOT NULL,
	"left_column_id" uuid,
	"left_rank" text collate "C",
	"title" text NOT NULL,
	"description" text NOT NULL,
	"priority" text NOT NULL,
	"due_at" timestamp (3) with time zone,
	"assignee_names" text[] NOT NULL,
	"state" text NOT NULL,
	"version" bigint NOT NULL,
	"external_id" text collate "C",
	"created_by" uuid NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "task_board_id" UNIQUE("board_id","id"),
	CONSTRAINT "task_state" CHECK ("state" in ('open', 'archived')),
	CONSTRAINT "task_priority" CHECK ("priority" in ('none', 'low', 'medium', 'high', 'urgent'))
);
--> statement-breakpoint
CREATE TABLE "task_assignee" (
	"board_id" uuid NOT NULL,
	"task_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	CONSTRAINT "task_assignee_board_id_task_id_user_id_pk" PRIMARY KEY("board_id","task_id","user_id")
);
--> statement-breakpoint
CREATE TABLE "task_label" (
	"board_id" uuid NOT NULL,
	"task_id" uuid NOT NULL,
	"label_id" uuid NOT NULL,
	CONSTRAINT "task_label_board_id_task_id_label_id_pk" PRIMARY KEY("board_id","task_id","label_id")
);
--> statement-breakpoint
ALTER TABLE "session" ADD CONSTRAINT "session_user_id_app_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."app_user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "event" ADD CONSTRAINT "event_stream_id_stream_id_fk" FOREIGN KEY ("stream_id") REFERENCES "public"."stream"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stream" ADD CONSTRAINT "stream_org_id_org_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."org"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invitation" ADD CONSTRAINT "invitation_org_id_org_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."org"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invitation" ADD CONSTRAINT "invitation_invited_by_app_user_id_fk" FOREIGN KEY ("invited_by") REFERENCES "public"."app_user"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "membership" ADD CONSTRAINT "membership_org_id_org_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."org"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "membership" ADD CONSTRAINT "membership_user_id_app_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."app_user"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "board" ADD CONSTRAINT "board_org_id_project_id_project_org_id_id_fk" FOREIGN KEY ("org_id","project_id") REFERENCES "public"."project"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "board_column" ADD CONSTRAINT "board_column_org_id_board_id_board_org_id_id_fk" FOREIGN KEY ("org_id","board_id") REFERENCES "public"."board"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "board_import" ADD CONSTRAINT "board_import_user_id_app_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."app_user"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "board_import" ADD CONSTRAINT "board_import_org_id_project_id_project_org_id_id_fk" FOREIGN KEY ("org_id","project_id") REFERENCES "public"."project"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "board_member" ADD CONSTRAINT "board_member_user_id_app_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."app_user"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "board_member" ADD CONSTRAINT "board_member_org_id_board_id_board_org_id_id_fk" FOREIGN KEY ("org_id","board_id") REFERENCES "public"."board"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "label" ADD CONSTRAINT "label_org_id_board_id_board_org_id_id_fk" FOREIGN KEY ("org_id","board_id") REFERENCES "public"."board"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "project" ADD CONSTRAINT "project_org_id_org_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."org"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task" ADD CONSTRAINT "task_created_by_app_user_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."app_user"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task" ADD CONSTRAINT "task_org_id_project_id_project_org_id_id_fk" FOREIGN KEY ("org_id","project_id") REFERENCES "public"."project"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task" ADD CONSTRAINT "task_org_id_board_id_board_org_id_id_fk" FOREIGN KEY ("org_id","board_id") REFERENCES "public"."board"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task" ADD CONSTRAINT "task_board_id_column_id_board_column_board_id_id_fk" FOREIGN KEY ("board_id","column_id") REFERENCES "public"."board_column"("board_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_assignee" ADD CONSTRAINT "task_assignee_board_id_task_id_task_board_id_id_fk" FOREIGN KEY ("board_id","task_id") REFERENCES "public"."task"("board_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_assignee" ADD CONSTRAINT "task_assignee_board_id_user_id_board_member_board_id_user_id_fk" FOREIGN KEY ("board_id","user_id") REFERENCES "public"."board_member"("board_id","user_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_label" ADD CONSTRAINT "task_label_board_id_task_id_task_board_id_id_fk" FOREIGN KEY ("board_id","task_id") REFERENCES "public"."task"("board_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_label" ADD CONSTRAINT "task_label_board_id_label_id_label_board_id_id_fk" FOREIGN KEY ("board_id","label_id") REFERENCES "public"."label"("board_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "app_user_email" ON "app_user" USING btree ("email");--> statement-breakpoint
CREATE UNIQUE INDEX "session_public_id" ON "session" USING btree ("public_id");--> statement-breakpoint
CREATE INDEX "session_user" ON "session" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "session_expires" ON "session" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "event_tx" ON "event" USING btree ("tx_id");--> statement-breakpoint
CREATE INDEX "mutation_at" ON "mutation" USING btree ("at");--> statement-breakpoint
CREATE INDEX "stream_org" ON "stream" USING btree ("org_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "invitation_token" ON "invitation" USING btree ("token_hash");--> statement-breakpoint
CREATE UNIQUE INDEX "invitation_org_email" ON "invitation" USING btree ("org_id","email");--> statement-breakpoint
CREATE INDEX "membership_user" ON "membership" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "org_slug" ON "org" USING btree ("slug");--> statement-breakpoint
CREATE INDEX "board_project" ON "board" USING btree ("org_id","project_id");--> statement-breakpoint
CREATE UNIQUE INDEX "board_external" ON "board" USING btree ("project_id","external_id");--> statement-breakpoint
CREATE UNIQUE INDEX "board_column_rank" ON "board_column" USING btree ("board_id","rank") WHERE "board_column"."state" = 'open';--> statement-breakpoint
CREATE UNIQUE INDEX "board_column_external" ON "board_column" USING btree ("board_id","external_id");--> statement-breakpoint
CREATE INDEX "board_import_project" ON "board_import" USING btree ("org_id","project_id");--> statement-breakpoint
CREATE INDEX "board_member_user" ON "board_member" USING btree ("org_id","user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "label_external" ON "label" USING btree ("board_id","external_id");--> statement-breakpoint
CREATE UNIQUE INDEX "project_key" ON "project" USING btree ("org_id","key");--> statement-breakpoint
CREATE UNIQUE INDEX "task_number" ON "task" USING btree ("project_id","number");--> statement-breakpoint
CREATE UNIQUE INDEX "task_rank" ON "task" USING btree ("column_id","rank") WHERE "task"."state" = 'open';--> statement-breakpoint
CREATE UNIQUE INDEX "task_external" ON "task" USING btree ("board_id","external_id");--> statement-breakpoint
CREATE INDEX "task_label_label" ON "task_label" USING btree ("board_id","label_id");