import { type SQL, sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import type { BoardRole } from "../../../db/enums.ts";
import { type BoardActor, toBoardActor } from "../../core/access.ts";
import { type Entry, type Opened, readOpening, toOpened, toState } from "../../core/live/opening.ts";
import type { BoardAction } from "../../policy.ts";
import type { Snapshot } from "./boards.contract.ts";
import { boardJson, cardJson, columnJson, labelJson, taskSource } from "./rows.ts";

/** Somebody who wants to read a board, not yet known to have a role there. */
export interface BoardClaim {
  readonly userId: string;
  readonly boardId: string;
  readonly action: BoardAction;
}

export type BoardOpening = { actor: BoardActor } & Opened<Snapshot>;

/**
 * Opens a board, or goes on from a cursor, in one statement (rules L6, L8). Fails: BOARD_NOT_FOUND, ACTION_FORBIDDEN.
 */
export async function openBoard(db: Db, claim: BoardClaim, entry: Omit<Entry, "streamId"> = {}): Promise<BoardOpening> {
  const { boardId, userId, action } = claim;
  const row = await readOpening<{ orgId: string; role: BoardRole | null }, Snapshot>(
    db,
    { ...entry, streamId: boardId },
    {
      head: sql`
        select b.org_id as "orgId", x.role, x.role is not null as may, s.version, s.nonce, s.floor,
          m.access_version as admitted
        from stream s join board b on b.id = s.id
        left join membership m on m.org_id = b.org_id and m.user_id = ${userId}::uuid
        left join board_member bm on bm.board_id = b.id and bm.user_id = ${userId}::uuid
        cross join lateral (select board_role(m.role, b.visibility, bm.role) as role) x
        where s.id = ${boardId}::uuid`,
      lost: sql`e.type = 'board.visibility-changed'
        or (e.type = 'board.unshared' and e.data->>'userId' = ${userId})`,
      state: boardState(sql`${boardId}::uuid`),
    },
  );
  const actor = toBoardActor(userId, row?.orgId ?? "", boardId, row?.role ?? null, action);
  return { actor, ...toOpened(row) };
}

/** The board as it is. Fails: BOARD_NOT_FOUND, ACTION_FORBIDDEN. */
export async function getBoard(db: Db, claim: BoardClaim): Promise<Snapshot> {
  return toState<Snapshot>(await openBoard(db, claim));
}

/** A board's snapshot but for the cursor. */
function boardState(id: SQL): SQL {
  return sql`json_build_object(
    'board', (select ${boardJson} from board b where b.id = ${id}),
    'columns', (select coalesce(json_agg(${columnJson} order by c.rank), '[]'::json)
      from board_column c where c.board_id = ${id} and c.state = 'open'),
    'labels', (select coalesce(json_agg(${labelJson} order by l.id), '[]'::json)
      from label l where l.board_id = ${id}),
    'members', (select coalesce(json_agg(json_build_object('userId', x.user_id, 'name', u.name, 'role', x.role)
        order by x.user_id), '[]'::json)
      from board_member x join app_user u on u.id = x.user_id where x.board_id = ${id}),
    'tasks', (select coalesce(json_agg(${cardJson} order by t.column_id, t.rank), '[]'::json)
      from ${taskSource} join board_column c on c.id = t.column_id and c.state = 'open'
      where t.board_id = ${id} and t.state = 'open'))`;
}
