ALTER TABLE "app_user" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "email_code" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "password_reset" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "session" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "authenticator" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "passkey" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "recovery_code" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "sign_in_ticket" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "identity" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "mutation" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "known_device" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "of_known" ON "app_user" AS PERMISSIVE FOR SELECT TO public USING ((exists (select from "membership" k where k."org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid) and k."user_id" = "app_user"."id") or exists (select from "board_member" k where k."org_id" = (select nullif(current_setting('app.org_id', true), '')::uuid) and k."user_id" = "app_user"."id")) is true);--> statement-breakpoint
CREATE POLICY "of_user" ON "app_user" AS PERMISSIVE FOR ALL TO public USING (("id" = (select nullif(current_setting('app.user_id', true), '')::uuid)) is true) WITH CHECK ("id" = (select nullif(current_setting('app.user_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "app_user" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "of_user" ON "email_code" AS PERMISSIVE FOR ALL TO public USING (("user_id" = (select nullif(current_setting('app.user_id', true), '')::uuid)) is true) WITH CHECK ("user_id" = (select nullif(current_setting('app.user_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "email_code" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "of_user" ON "password_reset" AS PERMISSIVE FOR ALL TO public USING (("user_id" = (select nullif(current_setting('app.user_id', true), '')::uuid)) is true) WITH CHECK ("user_id" = (select nullif(current_setting('app.user_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "password_reset" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "of_user" ON "session" AS PERMISSIVE FOR ALL TO public USING (("user_id" = (select nullif(current_setting('app.user_id', true), '')::uuid)) is true) WITH CHECK ("user_id" = (select nullif(current_setting('app.user_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "session" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "of_user" ON "authenticator" AS PERMISSIVE FOR ALL TO public USING (("user_id" = (select nullif(current_setting('app.user_id', true), '')::uuid)) is true) WITH CHECK ("user_id" = (select nullif(current_setting('app.user_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "authenticator" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "of_user" ON "passkey" AS PERMISSIVE FOR ALL TO public USING (("user_id" = (select nullif(current_setting('app.user_id', true), '')::uuid)) is true) WITH CHECK ("user_id" = (select nullif(current_setting('app.user_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "passkey" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "of_user" ON "recovery_code" AS PERMISSIVE FOR ALL TO public USING (("user_id" = (select nullif(current_setting('app.user_id', true), '')::uuid)) is true) WITH CHECK ("user_id" = (select nullif(current_setting('app.user_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "recovery_code" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "of_user" ON "sign_in_ticket" AS PERMISSIVE FOR ALL TO public USING (("user_id" = (select nullif(current_setting('app.user_id', true), '')::uuid)) is true) WITH CHECK ("user_id" = (select nullif(current_setting('app.user_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "sign_in_ticket" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "of_user" ON "identity" AS PERMISSIVE FOR ALL TO public USING (("user_id" = (select nullif(current_setting('app.user_id', true), '')::uuid)) is true) WITH CHECK ("user_id" = (select nullif(current_setting('app.user_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "identity" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "of_user" ON "mutation" AS PERMISSIVE FOR ALL TO public USING (("user_id" = (select nullif(current_setting('app.user_id', true), '')::uuid)) is true) WITH CHECK ("user_id" = (select nullif(current_setting('app.user_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "mutation" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "of_user" ON "known_device" AS PERMISSIVE FOR ALL TO public USING (("user_id" = (select nullif(current_setting('app.user_id', true), '')::uuid)) is true) WITH CHECK ("user_id" = (select nullif(current_setting('app.user_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "of_owner" ON "known_device" AS PERMISSIVE FOR ALL TO current_user USING (true) WITH CHECK (true);