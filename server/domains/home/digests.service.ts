import { sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import { AppError } from "../../core/app-error.ts";
import type { AppServices } from "../../core/context.ts";
import { announceToInbox, type Tx, type UserActor } from "../../core/tx.ts";
import { write } from "../../core/write.ts";
import { sha256 } from "../../core/secrets.ts";
import { dayAt, instantAt } from "../../days.ts";
import type { Digest, SetDigest } from "./digests.contract.ts";

/** Of whoever has not asked for one. */
const NONE: Digest = { state: "off", hour: 8, timeZone: "UTC" };
/** The newest notification of whose transaction it is: what comes after it is new. */
export const LAST_TOLD = sql`(select max(n.id::text)::uuid from notification n)`;
const DAY_MS = 86_400_000;

export async function getDigest(db: Db, userId: string): Promise<Digest> {
  const [row] = await db.execute<Digest>(
    sql`select state, hour, time_zone as "timeZone" from digest where user_id = ${userId}::uuid`,
  );
  return row ?? NONE;
}

/**
 * Asks for a mail a day, or for none. What is unread by then is not new. Announces `digest.changed`, and nothing when it
 * is so already. Fails: EMAIL_UNPROVED.
 */
export async function setDigest(tx: Tx, { userId }: UserActor, input: SetDigest): Promise<null> {
  const { state, hour, timeZone } = input;
  const [before, [account]] = await Promise.all([
    getDigest(tx.db, userId),
    tx.db.execute(sql`select from app_user where id = ${userId}::uuid and email_verified_at is not null`),
  ]);
  if (state === "on" && !account) throw new AppError("EMAIL_UNPROVED");
  if (before.state === state && before.hour === hour && before.timeZone === timeZone) return null;
  const next = sql`${nextAt(tx.now, { hour, timeZone }).toISOString()}::timestamptz`;
  tx.send(
    tx.db.execute(sql`
      insert into digest (user_id, state, hour, time_zone, next_at, told_id)
      values (${userId}::uuid, ${state}, ${hour}::int, ${timeZone}, ${next}, ${LAST_TOLD})
      on conflict (user_id) do update set state = excluded.state, hour = excluded.hour, time_zone = excluded.time_zone,
        next_at = excluded.next_at,
        told_id = case when digest.state = 'on' then digest.told_id else excluded.told_id end`),
  );
  announceToInbox(tx, { userId, inboxId: userId }, { type: "digest.changed", data: { state, hour, timeZone } });
  return null;
}

/** The next time that clocks of a zone show an hour: by them, so that a day may have 23 or 25 of ours. */
export function nextAt(now: Date, { hour, timeZone }: Pick<Digest, "hour" | "timeZone">): Date {
  for (const days of [0, 1, 2]) {
    const day = dayAt(new Date(now.getTime() + days * DAY_MS), timeZone);
    const at = instantAt(day, hour * 60, timeZone);
    if (at && at > now) return at;
  }
  return new Date(now.getTime() + DAY_MS);
}

/** Ends the digests of whoever a link in one of them was made for. Whether there is such a link, nobody is told. */
export async function unsubscribe(app: AppServices, token: string): Promise<void> {
  const [row] = await app.db.execute<{ id: string | null }>(
    sql`select account_of('unsubscribe', ${sha256(token)}) as id`,
  );
  const userId = row?.id;
  if (typeof userId !== "string") return;
  const { hour, timeZone } = await getDigest(app.db.within({ userId }), userId);
  const call = { scope: { on: "user", userId }, procedure: "digests.set" } as const;
  await write(app, call, { service: setDigest, input: { state: "off", hour, timeZone } });
}
