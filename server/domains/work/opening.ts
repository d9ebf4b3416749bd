import { type SQL, sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import { uuids } from "../../../db/columns.ts";
import type { BoardRole } from "../../../db/enums.ts";
import { type BoardActor, LACKS_FACTOR, NOWHERE, toBoardActor } from "../../core/access.ts";
import type { AppServices, BoardClaim, BoardSnapshots, RequestContext } from "../../core/context.ts";
import { type Entry, type Opened, readOpening, toOpened, toPlace } from "../../core/live/opening.ts";
import { SharedSnapshots } from "../../core/live/shared-snapshots.ts";
import { answered } from "../../core/ready-json.ts";
import { together } from "../../core/together.ts";
import type { Snapshot } from "./boards.contract.ts";
import { boardJson, cardJson, columnJson, labelJson, taskSource } from "./rows.ts";

export type BoardOpening = { actor: BoardActor } & Opened<Snapshot>;

/**
 * Opens a board, or goes on from a cursor, in one statement (rules L6, L8). Fails: BOARD_NOT_FOUND, ACTION_FORBIDDEN.
 */
export async function openBoard(db: Db, claim: BoardClaim, entry: Omit<Entry, "streamId"> = {}): Promise<BoardOpening> {
  const { actor, row } = await readBoard(db, claim, entry);
  return { actor, ...toOpened(row) };
}

/** The snapshots of boards, each made once for a version. Reading fails: BOARD_NOT_FOUND, ACTION_FORBIDDEN. */
export function createBoardSnapshots(db: Db): BoardSnapshots {
  const shared = new SharedSnapshots();
  const look = together((asks: readonly string[]) => lookAtBoards(db, asks));
  return {
    read(claim) {
      const { boardId, userId, action, key } = claim;
      return shared.read(boardId, {
        async look() {
          const seen = await look(`${boardId} ${userId}`);
          const { orgId, role, allowed, lacksFactor } = seen ?? NOWHERE;
          toBoardActor({ userId, boardId, key, orgId, role, allowed, lacksFactor }, action);
          return toPlace(seen);
        },
        async open(known) {
          const { row } = await readBoard(db, claim, { known });
          return { ...toPlace(row), state: row?.state ?? undefined };
        },
      });
    },
  };
}

/** The board as it is. Fails: BOARD_NOT_FOUND, ACTION_FORBIDDEN. */
export async function getBoard(app: AppServices, request: RequestContext, claim: BoardClaim): Promise<Snapshot> {
  const { json } = await app.boardSnapshots.read(claim);
  return answered<Snapshot>(request, json);
}

type BoardHead = { orgId: string; role: BoardRole | null; allowed: string[] | null; lacksFactor: boolean };

async function readBoard(db: Db, claim: BoardClaim, entry: Omit<Entry, "streamId">) {
  const { boardId, userId, action, key } = claim;
  const row = await readOpening<BoardHead>(
    db,
    { ...entry, streamId: boardId },
    {
      head: sql`
        select b.org_id as "orgId", x.role, to_json(m.allowed) as allowed, ${LACKS_FACTOR} as "lacksFactor",
          x.role is not null and not ${LACKS_FACTOR} as may, s.version, s.nonce, s.floor,
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
  const { orgId, role, allowed, lacksFactor } = row ?? NOWHERE;
  const actor = toBoardActor({ userId, boardId, key, orgId, role, allowed, lacksFactor }, action);
  return { actor, row };
}

type SeenBoard = BoardHead & { version: string; nonce: string };

/** Where boards are, and what the role of each who asks is there: for `<board> <user>` pairs, in one statement. */
async function lookAtBoards(db: Db, asks: readonly string[]): Promise<Map<string, SeenBoard>> {
  const pairs = asks.map((ask) => ask.split(" "));
  const rows = await db.execute<SeenBoard & { ask: string }>(sql`
    select a.board_id || ' ' || a.user_id as ask, b.org_id as "orgId", s.version, s.nonce,
      board_role(m.role, b.visibility, bm.role) as role, to_json(m.allowed) as allowed, ${LACKS_FACTOR} as "lacksFactor"
    from unnest(${uuids(pairs.map(([boardId = ""]) => boardId))}, ${uuids(pairs.map(([, userId = ""]) => userId))})
      as a(board_id, user_id)
    join stream s on s.id = a.board_id
    join board b on b.id = a.board_id
    left join membership m on m.org_id = b.org_id and m.user_id = a.user_id
    left join board_member bm on bm.board_id = b.id and bm.user_id = a.user_id`);
  return new Map(rows.map((row) => [row.ask, row]));
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
