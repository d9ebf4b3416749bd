import { sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import type { BoardRole } from "../../../db/enums.ts";
import { type BoardActor, toBoardActor } from "../../core/access.ts";
import { eventJson, type LogEvent, toCursor } from "../../core/event-log.ts";
import type { BoardAction } from "../../policy.ts";
import type { SnapshotReason } from "../../events.ts";
import type { Board, BoardMember, Snapshot } from "./boards.contract.ts";
import type { Column } from "./columns.contract.ts";
import type { Label } from "./labels.contract.ts";
import { boardJson, cardJson, columnJson, labelJson, taskSource } from "./rows.ts";
import type { Card } from "./tasks.contract.ts";

/** Somebody who wants to read a board, not yet known to have a role there. */
export interface BoardClaim {
  readonly userId: string;
  readonly boardId: string;
  readonly action: BoardAction;
}

/** A watch that missed more than this gets a snapshot: it is cheaper. */
const FARTHEST = 500;

type Row = {
  orgId: string;
  role: BoardRole | null;
  version: string;
  nonce: string;
  reason: SnapshotReason | null;
  events: LogEvent[] | null;
  board: Board | null;
  columns: Column[] | null;
  tasks: Card[] | null;
  labels: Label[] | null;
  members: BoardMember[] | null;
};

export type BoardOpening = { actor: BoardActor; version: number; nonce: number } & (
  | { snapshot: Snapshot; reason: SnapshotReason }
  | { events: LogEvent[] }
);

/**
 * Opens a board, or goes on from a cursor: access, the check of the cursor, and the rows with their cursor or the
 * missed events, all of one MVCC snapshot because they are one statement (rules L6, L8).
 * Fails: BOARD_NOT_FOUND, ACTION_FORBIDDEN.
 */
export async function openBoard(
  db: Db,
  claim: BoardClaim,
  cursor?: { version: number; nonce: number },
  reset = false,
): Promise<BoardOpening> {
  const { boardId, userId } = claim;
  const id = sql`${boardId}::uuid`;
  const from = sql`${cursor?.version ?? null}::bigint`;
  const nonce = sql`${cursor?.nonce ?? null}::bigint`;
  const [row] = await db.execute<Row>(sql`
    with head as materialized (
      select b.org_id, s.version, s.nonce, s.floor, m.access_version as admitted,
        board_role(m.role, b.visibility, bm.role) as role
      from stream s join board b on b.id = s.id
      left join membership m on m.org_id = b.org_id and m.user_id = ${userId}::uuid
      left join board_member bm on bm.board_id = b.id and bm.user_id = ${userId}::uuid
      where s.id = ${id}
    ), verdict as materialized (
      select h.*, case
        when h.role is null then null
        when ${from} is null then 'first'
        when ${reset}::boolean then 'reset'
        when ${from} < 0 or (${from} = 0 and ${nonce} <> 0) then 'unknown'
        when ${from} > h.version then 'ahead'
        when ${from} < h.floor then 'too-old'
        when ${from} > 0 and not exists (
          select 1 from event e where e.stream_id = ${id} and e.version = ${from} and e.nonce = ${nonce}) then 'unknown'
        when h.version - ${from} > ${FARTHEST}::bigint then 'too-far'
        -- The event at the cursor counts too: it may be the removal, which the removed was still told of.
        when exists (select 1 from event e where e.stream_id = ${id} and e.version >= ${from} and (
          (e.version > ${from} and e.access_version < h.admitted) or e.type = 'board.visibility-changed'
          or (e.type = 'board.unshared' and e.data->>'userId' = ${userId}))) then 'access'
        when exists (
          select 1 from event e where e.stream_id = ${id} and e.version > ${from} and e.type = 'board.reset') then 'reset'
      end as reason
      from head h
    )
    select v.org_id as "orgId", v.role, v.version, v.nonce, v.reason,
      case when v.role is not null and v.reason is null then (
        select coalesce(json_agg(${eventJson} order by e.version), '[]'::json)
        from event e where e.stream_id = ${id} and e.version > ${from}) end as events,
      case when v.reason is not null then (select ${boardJson} from board b where b.id = ${id}) end as board,
      case when v.reason is not null then (
        select coalesce(json_agg(${columnJson} order by c.rank), '[]'::json)
        from board_column c where c.board_id = ${id} and c.state = 'open') end as columns,
      case when v.reason is not null then (
        select coalesce(json_agg(${cardJson} order by t.column_id, t.rank), '[]'::json)
        from ${taskSource} join board_column c on c.id = t.column_id and c.state = 'open'
        where t.board_id = ${id} and t.state = 'open') end as tasks,
      case when v.reason is not null then (
        select coalesce(json_agg(${labelJson} order by l.id), '[]'::json)
        from label l where l.board_id = ${id}) end as labels,
      case when v.reason is not null then (
        select coalesce(json_agg(json_build_object('userId', x.user_id, 'name', u.name, 'role', x.role)
          order by x.user_id), '[]'::json)
        from board_member x join app_user u on u.id = x.user_id where x.board_id = ${id}) end as members
    from verdict v`);
  const actor = toBoardActor(userId, row?.orgId ?? "", boardId, row?.role ?? null, claim.action);
  return { actor, ...contentOf(row) };
}

/** The board as it is. Fails: BOARD_NOT_FOUND, ACTION_FORBIDDEN. */
export async function getBoard(db: Db, claim: BoardClaim): Promise<Snapshot> {
  const opening = await openBoard(db, claim);
  if ("snapshot" in opening) return opening.snapshot;
  throw new Error("a board opened without a cursor is always a snapshot");
}

function contentOf(row: Row | undefined) {
  const at = { version: Number(row?.version), nonce: Number(row?.nonce) };
  if (row?.events) return { ...at, events: row.events };
  if (!row?.board || !row.columns || !row.tasks || !row.labels || !row.members || !row.reason) {
    throw new Error("an opening holds events or a whole snapshot");
  }
  const { board, columns, tasks, labels, members, reason } = row;
  return { ...at, reason, snapshot: { board, columns, tasks, labels, members, cursor: toCursor(at) } };
}
