import { sql } from "drizzle-orm";
import type { Db } from "../../db/client.ts";

/** Deletes of all accounts what has had its time: what expired, was last seen, or was answered before an instant. */
export async function forgetExpired(
  db: Db,
  kind: "session" | "password-reset" | "email-code" | "ticket" | "device" | "answer" | "attachment-upload" | "import",
  before: Date,
): Promise<void> {
  await db.execute(sql`select forget_expired(${kind}, ${before.toISOString()}::timestamptz)`);
}
