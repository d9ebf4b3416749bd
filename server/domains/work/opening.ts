import { type SQL, sql } from "drizzle-orm";
import type { Database, Db } from "../../../db/client.ts";
import { jsonObject, uuids } from "../../../db/columns.ts";
import type { BoardRole } from "../../../db/enums.ts";
import type { Tenant } from "../../../db/tenant.ts";
import { type BoardActor, LACKS_FACTOR, NOWHERE, toBoardActor } from "../../core/access.ts";
import type { AppServices, BoardClaim, BoardSnapshots, RequestContext } from "../../core/context.ts";
import { type Entry, type Opened, readOpening, toOpened, toPlace, type View } from "../../core/live/opening.ts";
import { SharedSnapshots } from "../../core/live/shared-snapshots.ts";
import { answered } from "../../core/ready-json.ts";
import { together } from "../../core/together.ts";
import type { Snapshot } from "./boards.contract.ts";
import { boardJson, cardJson, columnJson, fieldJson, labelJson, taskSource, transitionJson } from "./rows.ts";

export type BoardOpening = { actor: BoardActor } & Opened;

/** All that is asked of the database: one statement in a tenant. */
interface Within {
  within(tenant: Tenant): Db;
}

/**
 * Opens a board, or goes on from a cursor, in one statement (rules L6, L8). Fails: BOARD_NOT_FOUND, ACTION_FORBIDDEN.
 */
export async function openBoard(
  db: Within,
  claim: BoardClaim,
  entry: Omit<Entry, "streamId"> = {},
): Promise<BoardOpening> {
  const { actor, row } = await readBoard(db, claim, entry);
  return { actor, ...toOpened(row) };
}

/** The snapshots of boards, each made once for a version. Reading fails: BOARD_NOT_FOUND, ACTION_FORBIDDEN. */
export function createBoardSnapshots(db: Database): BoardSnapshots {
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

async function readBoard(db: Within, claim: BoardClaim, entry: Omit<Entry, "streamId">) {
  const { boardId, userId, action, key } = claim;
  const row = await readOpening<BoardHead>(
    db.within({ streamId: boardId }),
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
      ...boardState(sql`${boardId}::uuid`),
    },
  );
  const { orgId, role, allowed, lacksFactor } = row ?? NOWHERE;
  const actor = toBoardActor({ userId, boardId, key, orgId, role, allowed, lacksFactor }, action);
  return { actor, row };
}

type SeenBoard = BoardHead & { version: string; nonce: string };

/** Where boards are, and what the role of each who asks is there: for `<board> <user>` pairs, a statement a board. */
async function lookAtBoards(db: Database, asks: readonly string[]): Promise<Map<string, SeenBoard>> {
  const byBoard = Map.groupBy(asks, (ask) => ask.slice(0, ask.indexOf(" ")));
  const seen = await Promise.all(Array.from(byBoard, ([boardId, of]) => lookAtBoard(db, boardId, of)));
  return new Map(seen.flat());
}

async function lookAtBoard(db: Database, boardId: string, asks: readonly string[]): Promise<[string, SeenBoard][]> {
  const userIds = asks.map((ask) => ask.slice(boardId.length + 1));
  const rows = await db.within({ streamId: boardId }).execute<SeenBoard & { userId: string }>(sql`
    select a.user_id as "userId", b.org_id as "orgId", s.version, s.nonce,
      board_role(m.role, b.visibility, bm.role) as role, to_json(m.allowed) as allowed, ${LACKS_FACTOR} as "lacksFactor"
    from unnest(${uuids(userIds)}) as a(user_id)
    join stream s on s.id = ${boardId}::uuid
    join board b on b.id = s.id
    left join membership m on m.org_id = b.org_id and m.user_id = a.user_id
    left join board_member bm on bm.board_id = b.id and bm.user_id = a.user_id`);
  return rows.map((row) => [`${boardId} ${row.userId}`, row]);
}

/** A board's snapshot but for the cursor. */
function boardState(id: SQL): Pick<View, "fields" | "lists"> {
  return {
    fields: {
      board: sql`(select ${boardJson} from board b where b.id = ${id})`,
      laneBy: sql`(select to_json(b.lane_by) from board b where b.id = ${id})`,
    },
    lists: {
      columns: {
        each: columnJson,
        from: sql`board_column c where c.board_id = ${id} and c.state = 'open'`,
        orderBy: sql`c.rank`,
      },
      labels: { each: labelJson, from: sql`label l where l.board_id = ${id}`, orderBy: sql`l.id` },
      transitions: {
        each: transitionJson,
        from: sql`transition r where r.board_id = ${id}`,
        orderBy: sql`r.id`,
      },
      fields: {
        each: fieldJson,
        from: sql`board b join task_field f on f.org_id = b.org_id and f.project_id = b.project_id and f.state = 'open'
          where b.id = ${id}`,
        orderBy: sql`f.rank, f.id`,
      },
      members: {
        each: jsonObject({ userId: "x.user_id", name: "u.name", role: "x.role" }),
        from: sql`board_member x join app_user u on u.id = x.user_id where x.board_id = ${id}`,
        orderBy: sql`x.user_id`,
      },
      tasks: {
        each: cardJson,
        from: sql`${taskSource} join board_column c on c.id = t.column_id and c.state = 'open'
          where t.board_id = ${id} and t.state = 'open'`,
        orderBy: sql`t.column_id, t.rank`,
      },
    },
  };
}
