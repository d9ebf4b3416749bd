import { sql } from "drizzle-orm";
import { each } from "../../../db/columns.ts";
import { boardRefusal, type FoundAtBoard, LACKS_FACTOR } from "../../core/access.ts";
import { requireLocked } from "../../core/event-log.ts";
import { newId } from "../../core/ids.ts";
import { announceToInbox, type Tx } from "../../core/tx.ts";
import type { NotificationNews } from "./notifications.contract.ts";

/** Somebody and a task. */
export interface PersonAtTask {
  readonly userId: string;
  readonly taskId: string;
}

/** On which board a task is now, of those who may see it there. */
export class BoardsSeen {
  readonly #boards: ReadonlyMap<string, string>;

  constructor(rows: readonly (PersonAtTask & { boardId: string })[]) {
    this.#boards = new Map(rows.map(({ userId, taskId, boardId }) => [`${userId} ${taskId}`, boardId]));
  }

  /** Undefined: they may not see it. */
  of({ userId, taskId }: PersonAtTask): string | undefined {
    return this.#boards.get(`${userId} ${taskId}`);
  }
}

/** Looks up who may see what, in the organisation that the transaction is in. Programs see nothing here: they do not look. */
export async function boardsSeen(tx: Tx, orgId: string, pairs: readonly PersonAtTask[]): Promise<BoardsSeen> {
  const wanted = [...new Map(pairs.map((pair) => [`${pair.userId} ${pair.taskId}`, pair])).values()];
  if (wanted.length === 0) return new BoardsSeen([]);
  const rows = await tx.db.execute<FoundAtBoard & PersonAtTask & { boardId: string } & Record<string, unknown>>(sql`
    select w.user_id as "userId", t.id as "taskId", b.id as "boardId", b.org_id as "orgId",
      board_role(m.role, b.visibility, bm.role) as role, to_json(m.allowed) as allowed, ${LACKS_FACTOR} as "lacksFactor"
    from unnest(${each("uuid", wanted, ({ userId }) => userId)}, ${each("uuid", wanted, ({ taskId }) => taskId)})
      w(user_id, task_id)
    join task t on t.id = w.task_id and t.org_id = ${orgId}::uuid
    join board b on b.id = t.board_id
    join membership m on m.org_id = t.org_id and m.user_id = w.user_id
    join app_user u on u.id = w.user_id and u.kind = 'person'
    left join board_member bm on bm.board_id = b.id and bm.user_id = w.user_id`);
  return new BoardsSeen(rows.filter((row) => boardRefusal({ ...row, key: undefined }, "task:read") === undefined));
}

/** What somebody is told, and what keeps it from being told twice: the place of an event, or a date. */
export interface Telling {
  readonly userId: string;
  readonly notification: Omit<NotificationNews, "id" | "orgId">;
  readonly once: { streamId: string; version: number } | { leadMinutes: number };
}

/**
 * Tells people of an organisation something that they may see. Their inboxes are held. Announces `notification.received`
 * to those who were not told of it before.
 */
export async function tell(tx: Tx, orgId: string, tellings: readonly Telling[]): Promise<void> {
  if (tellings.length === 0) return;
  requireLocked(
    tx.streams,
    tellings.map(({ userId }) => userId),
  );
  const rows = tellings.map(({ userId, notification, once }) => {
    return { userId, once, notification: { ...notification, id: newId(), orgId } };
  });
  const json = rows.map(({ userId, once, notification }) => ({ ...notification, ...once, userId }));
  const added = await tx.db.execute<{ id: string }>(
    sql`select id from add_notifications(${JSON.stringify(json)}::text::jsonb) added(id)`,
  );
  const ids = new Set(added.map(({ id }) => id));
  for (const { userId, notification } of rows) {
    if (!ids.has(notification.id)) continue;
    // In the name of who did it, or else of whom it is for. Whoever is signed in may tell somebody else something.
    const signedBy = notification.actorId ?? userId;
    tx.enter({ orgId, userId: signedBy });
    const data = { notification };
    announceToInbox(tx, { userId: signedBy, inboxId: userId }, { type: "notification.received", data });
  }
}
