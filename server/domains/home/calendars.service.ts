import { sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import { jsonObject } from "../../../db/columns.ts";
import { requireBoardActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { newId } from "../../core/ids.ts";
import { newSecret, sha256 } from "../../core/secrets.ts";
import type { Tx, UserActor } from "../../core/tx.ts";
import type {
  CalendarLink,
  CalendarLinkIssued,
  CalendarLinks,
  CreateCalendarLink,
  RevokeCalendarLink,
} from "./calendars.contract.ts";

export const CALENDAR_PATH = "/calendars/";
/** Of one person. */
const MOST_LINKS = 20;

const linkJson = jsonObject({
  id: "l.id",
  boardId: "l.board_id",
  createdAt: "iso(l.created_at)",
  lastUsedAt: "iso(l.last_used_at)",
});

export async function listCalendarLinks(db: Db, userId: string): Promise<CalendarLinks> {
  const rows = await db.execute<{ link: CalendarLink }>(sql`
    select ${linkJson} as link from calendar_link l where l.user_id = ${userId}::uuid
    order by l.created_at desc, l.id desc`);
  return { items: rows.map(({ link }) => link) };
}

/** Makes a link, of whose secret the hash alone is kept. Fails: CALENDARS_TOO_MANY, BOARD_NOT_FOUND, ACTION_FORBIDDEN. */
export async function createCalendarLink(
  tx: Tx,
  { userId }: UserActor,
  { boardId }: CreateCalendarLink,
): Promise<CalendarLinkIssued> {
  if (boardId !== null) {
    tx.enter({ streamId: boardId, userId });
    await requireBoardActor(tx.db, { userId, boardId, key: undefined }, "task:read");
    tx.enter({ userId });
  }
  const secret = newSecret();
  const [row] = await tx.db.execute<{ link: CalendarLink }>(sql`
    with l as (
      insert into calendar_link (id, user_id, board_id, token_hash, created_at)
      select ${newId()}::uuid, ${userId}::uuid, ${boardId}::uuid, ${sha256(secret)}, ${tx.now.toISOString()}::timestamptz
      where (select count(*) from calendar_link where user_id = ${userId}::uuid) < ${MOST_LINKS}::int
      returning *)
    select ${linkJson} as link from l`);
  if (!row) throw new AppError("CALENDARS_TOO_MANY");
  return { link: row.link, path: `${CALENDAR_PATH}${secret}.ics` };
}

/** Ends a link. Fails: CALENDAR_NOT_FOUND. */
export async function revokeCalendarLink(tx: Tx, { userId }: UserActor, { linkId }: RevokeCalendarLink): Promise<null> {
  const deleted = await tx.db.execute(
    sql`delete from calendar_link where user_id = ${userId}::uuid and id = ${linkId}::uuid returning id`,
  );
  if (deleted.length === 0) throw new AppError("CALENDAR_NOT_FOUND");
  return null;
}
